"""Where the Python of an environment has its things."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore import children

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUERY = "import json, sysconfig; p = sysconfig.get_paths(); print(json.dumps([p['purelib'], p['scripts']]))"
_PATIENCE = 60
_IMPORTS = re.compile(rb"^import[ \t]", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """An environment's interpreter and the folders it installs to, as paths below the prefix asked for."""

    python: Path
    site_packages: Path
    scripts: Path


def layout_of(prefix: Path) -> Layout:
    """Ask the interpreter of an environment.

    Raises:
        RestoreFailed: there is none, or it does not run, or what is run with it speaks in between.
    """
    python = prefix / ("Scripts/python.exe" if (prefix / "Scripts/python.exe").exists() else "python.exe")
    if os.name != "nt":
        python = prefix / "bin/python"
    if not python.exists():
        raise RestoreFailed("the environment has no Python, and its snapshot holds distributions")
    ran = children.run([str(python), "-I", "-c", _QUERY], environ=os.environ, patience=_PATIENCE)
    if ran.code != 0:
        raise RestoreFailed(f"the environment's Python {ran.fate}", hint=ran.stderr.strip()[-400:])
    try:
        paths = json.loads(ran.stdout)
    except ValueError as error:  # uv would not understand it either
        raise RestoreFailed(
            "the environment's Python cannot be asked about itself, for what it runs at each start prints: "
            f"{', '.join(_run_at_start(prefix)) or repr(ran.stdout[:80])}",
            hint="bin/python -c pass shows what it prints; move it away, or uninstall what brought it",
        ) from error
    site_packages, scripts = (_below(Path(path), prefix) for path in paths)
    return Layout(python=python, site_packages=site_packages, scripts=scripts)


def _run_at_start(prefix: Path) -> Iterator[str]:
    """The files that Python runs whenever it starts, see :mod:`site`."""
    for site in (*prefix.glob("lib/python*/site-packages"), *prefix.glob("Lib/site-packages")):
        for file in sorted(site.iterdir()):
            imports = file.suffix == ".pth" and file.is_file() and _IMPORTS.search(file.read_bytes())
            if imports or file.name in {"sitecustomize.py", "usercustomize.py"}:
                yield file.name


def _below(path: Path, prefix: Path) -> Path:
    """The interpreter may see its prefix by another name, through a symbolic link."""
    return prefix / path.resolve().relative_to(prefix.resolve())
