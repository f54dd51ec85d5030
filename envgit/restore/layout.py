"""Where the Python of an environment has its things."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from envgit.errors import RestoreFailed
from envgit.restore import children

_QUERY = "import json, sysconfig; p = sysconfig.get_paths(); print(json.dumps([p['purelib'], p['scripts']]))"
_PATIENCE = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """An environment's interpreter and the folders it installs to, as paths below the prefix asked for."""

    python: Path
    site_packages: Path
    scripts: Path


def layout_of(prefix: Path) -> Layout:
    """Ask the interpreter of an environment.

    Raises:
        RestoreFailed: there is none, or it does not run.
    """
    python = prefix / ("Scripts/python.exe" if (prefix / "Scripts/python.exe").exists() else "python.exe")
    if os.name != "nt":
        python = prefix / "bin/python"
    if not python.exists():
        raise RestoreFailed("the environment has no Python, and its snapshot holds distributions")
    ran = children.run([str(python), "-I", "-c", _QUERY], environ=os.environ, patience=_PATIENCE)
    if ran.code != 0:
        raise RestoreFailed(f"the environment's Python {ran.fate}", hint=ran.stderr.strip()[-400:])
    site_packages, scripts = (_below(Path(path), prefix) for path in json.loads(ran.stdout))
    return Layout(python=python, site_packages=site_packages, scripts=scripts)


def _below(path: Path, prefix: Path) -> Path:
    """The interpreter may see its prefix by another name, through a symbolic link."""
    return prefix / path.resolve().relative_to(prefix.resolve())
