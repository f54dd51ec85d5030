"""How and from where environments are rebuilt."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoreSettings:
    """What a restore may use and what the machine looks like.

    Attributes:
        cache: envgit's cache folder; the cache of conda packages lies below it.
        home: the user's home folder.
        environ: the variables of this process.
        offline: use caches and local files only.
        link_scripts: let conda packages run their post-link scripts, which can do anything.
        mirrors: pairs of a canonical URL prefix and what to put in its place; tried before the original.
        archives: folders or URLs that hold channels and an index, looked in before the recorded URL.
        condarc: configuration files of the user's conda and mamba, the weakest first.
        engine: what installs conda packages: ``auto`` and ``rattler`` are envgit's own.
        compile_bytecode: compile Python modules once they are installed.
        allow_substitutes: let another build or package stand in where the recorded one cannot be had.
        resolve: find versions for distributions that come without, and bring what all of them need.
        indexes: Python package indexes to ask before the configured ones.
        patches: what editable installs held beyond their commits, by the name in the snapshot's tree.
        repository: top of the user's work tree, where editable installs of repository ``.`` lie.
        code: the commit of that repository which the snapshot belongs to, where one is known.
        interpreters: more Python executables to consider for a venv, before all others.
        command: what the history of a conda environment says was run.
        time: when the restore began, for that history.
    """

    cache: Path
    home: Path
    environ: Mapping[str, str]
    offline: bool = False
    link_scripts: bool = False
    mirrors: tuple[tuple[str, str], ...] = ()
    archives: tuple[str, ...] = ()
    condarc: tuple[Path, ...] = ()
    engine: str = "auto"
    compile_bytecode: bool = False
    allow_substitutes: bool = False
    resolve: bool = False
    indexes: tuple[str, ...] = ()
    patches: Mapping[str, bytes] = field(default_factory=dict)
    repository: Path | None = None
    code: str | None = None
    interpreters: tuple[Path, ...] = ()
    command: str = "envgit checkout"
    time: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
