"""Where restored environments go: a named one where conda or virtualenvwrapper would look, else the cache."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import InvalidName
from envgit.restore.cache_layout import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.model import Environment, Snapshot

_FORBIDDEN = frozenset("/\\: #'\"$`\t\n\r")


def cached_places(cache: Path, snapshot: Snapshot) -> Iterator[Path]:
    """The places in the cache for one snapshot, the first one first.

    They are named after the id and, where the id does not say what will be installed (a distribution from a
    URL, a package without a hash), after where that comes from: a stranger's snapshot of the same id must
    not fill the place of one's own.
    """
    named = snapshot.id[:32]
    origins = [
        *(f"{package.name} {package.url}" for package in snapshot.environment.conda if not package.sha256),
        *(f"{d.name} {d.source}" for d in snapshot.environment.pypi if d.source),
    ]
    if origins:
        named += "-" + hashlib.sha256("\n".join(origins).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    yield cache / ENVIRONMENTS / named
    for number in itertools.count(2):
        yield cache / ENVIRONMENTS / f"{named}.{number}"


def named_place(name: str, environment: Environment, *, home: Path, environ: Mapping[str, str]) -> Path:
    """The prefix that an environment called ``name`` would have.

    Raises:
        InvalidName: conda or a file system would misread the name.
    """
    if not name or name in (".", "..", "base", "root") or name[0] in "-." or set(name) & _FORBIDDEN:
        raise InvalidName(f"invalid environment name {name[:40]!r}", hint="for a path use -p")
    folder = _venvs(home, environ) if environment.kind == "venv" else _conda_envs(home, environ)
    return folder / name


def _venvs(home: Path, environ: Mapping[str, str]) -> Path:
    """The folder of virtualenvwrapper, which editors search too."""
    return Path(environ.get("WORKON_HOME") or home / ".virtualenvs").expanduser()


def _conda_envs(home: Path, environ: Mapping[str, str]) -> Path:
    """The first folder that the user's conda or mamba would create a named environment in."""
    listed = environ.get("CONDA_ENVS_DIRS") or environ.get("CONDA_ENVS_PATH")
    if listed:
        return Path(listed.split(os.pathsep)[0]).expanduser()
    roots = [Path(root) / "envs" for root in _roots(environ)]
    # Where its own folder is not writable conda falls back to this one, and finds it unconfigured.
    return next((envs for envs in roots if os.access(envs, os.W_OK)), home / ".conda" / "envs")


def _roots(environ: Mapping[str, str]) -> list[str]:
    executable = environ.get("CONDA_EXE") or shutil.which("conda", path=environ.get("PATH"))
    roots = [os.path.dirname(os.path.dirname(os.path.realpath(executable)))] if executable else []
    return [*roots, *filter(None, (environ.get("MAMBA_ROOT_PREFIX"),))]
