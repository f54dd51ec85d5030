"""The package caches of the user's conda and mamba, which are read and never written to.

Only package files in them are used, each checked against its recorded hash. The folders that conda extracts
them to are passed over: nothing that is recorded proves what lies in them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.formats.syntax.yaml_text import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.restore.settings import RestoreSettings


def user_caches(settings: RestoreSettings) -> tuple[Path, ...]:
    """The package caches there are: those that are configured, then those where the tools have theirs."""
    folders = [*_configured(settings), *(root / "pkgs" for root in _roots(settings))]
    folders += [settings.home / name / "pkgs" for name in (".conda", ".mamba")]
    return tuple(folder for folder in dict.fromkeys(folders) if folder.is_dir())


def _configured(settings: RestoreSettings) -> Iterator[Path]:
    for name in ("CONDA_PKGS_DIRS", "MAMBA_PKGS_DIRS"):
        listed = settings.environ.get(name, "").replace(",", os.pathsep)
        yield from _folders(listed.split(os.pathsep), settings)
    for file in reversed(settings.condarc):
        yield from _folders(_pkgs_dirs(file), settings)


def _pkgs_dirs(condarc: Path) -> list[str]:
    """The setting ``pkgs_dirs`` of a file; a file that conda could not read either has none."""
    try:
        content = load_yaml(condarc.read_text(encoding="utf-8-sig", errors="replace"), str(condarc))
    except (OSError, BadFile):
        return []
    listed = content.get("pkgs_dirs") if isinstance(content, dict) else None
    return [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []


def _folders(listed: list[str], settings: RestoreSettings) -> Iterator[Path]:
    """Paths as conda reads them: with ``~`` and variables in them."""
    for text in filter(None, listed):
        expanded = Template(text).safe_substitute(settings.environ)
        if expanded.startswith("~/"):
            expanded = f"{settings.home}/{expanded[2:]}"
        if os.path.isabs(expanded):
            yield Path(expanded)


def _roots(settings: RestoreSettings) -> Iterator[Path]:
    """Base environments: of the conda at hand, and where mamba and micromamba have theirs."""
    environ: Mapping[str, str] = settings.environ
    executable = environ.get("CONDA_EXE") or shutil.which("conda", path=environ.get("PATH"))
    if executable:
        yield Path(os.path.realpath(executable)).parent.parent
    if environ.get("MAMBA_ROOT_PREFIX"):
        yield Path(environ["MAMBA_ROOT_PREFIX"])
    yield settings.home / "micromamba"
    yield Path(environ.get("XDG_DATA_HOME") or settings.home / ".local" / "share") / "mamba"
