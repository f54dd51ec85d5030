"""Find a Python of one exact version on this machine. Nothing is downloaded."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore import children

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.restore.settings import RestoreSettings

_QUERY = """\
import os, platform, sys
base = os.path.join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2])
print(sys.implementation.name, platform.python_version(), "t" in getattr(sys, "abiflags", ""))
print(base if sys.prefix != sys.base_prefix and os.path.exists(base) else sys.executable)
"""
_PATIENCE = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpreter:
    """A Python that was asked: its full version, and the executable that venvs are made of."""

    version: str
    executable: Path
    free_threaded: bool = False


def find_interpreter(version: str, settings: RestoreSettings, *, free_threaded: bool = False) -> Path:
    """Return the executable of a CPython with exactly this version.

    Looks at the interpreters that the settings name, at this process's own, along ``PATH``, and where
    pyenv, asdf, mise, uv, conda, Homebrew, python.org and container images put theirs.

    Raises:
        RestoreFailed: there is none; the message lists the versions that were found.
    """
    found: dict[str, Path] = {}
    for executable in _likeliest_first(version, settings):
        interpreter = ask(executable)
        if interpreter is None or interpreter.free_threaded != free_threaded:
            continue
        if interpreter.version == version:
            return interpreter.executable
        found.setdefault(interpreter.version, interpreter.executable)
    listed = ", ".join(f"{number} ({path})" for number, path in sorted(found.items())) or "none at all"
    kind = f"{version} (free-threaded)" if free_threaded else version
    raise RestoreFailed(
        f"the snapshot needs Python {kind}, and this machine has {listed}",
        hint=f"install it, for example with: uv python install {version}",
    )


def any_interpreter(settings: RestoreSettings) -> Path:
    """Return the executable of a CPython: the first that settings name or ``PATH`` leads to, else ours."""
    names = ("python3", "python")
    on_path = (Path(folder, name) for folder in _path(settings) for name in names)
    for executable in (*settings.interpreters, *on_path):
        interpreter = ask(executable) if executable.is_file() else None
        if interpreter is not None and not interpreter.free_threaded:
            return interpreter.executable
    return Path(sys.executable)


def ask(executable: Path) -> Interpreter | None:
    """Run an interpreter to learn what it is; None for what is no CPython or does not run."""
    ran = children.run([str(executable), "-I", "-c", _QUERY], environ=os.environ, patience=_PATIENCE)
    lines = ran.stdout.splitlines()
    # It may be a shim or a broken link, of which machines have many.
    words = lines[0].split() if ran.code == 0 and len(lines) == 2 else []
    if len(words) != 3 or words[0] != "cpython":
        return None
    return Interpreter(version=words[1], executable=Path(lines[1]), free_threaded=words[2] == "True")


def _likeliest_first(version: str, settings: RestoreSettings) -> list[Path]:
    """Every candidate once, those first whose path names the version."""
    minor = ".".join(version.split(".")[:2])
    unique: dict[str, Path] = {}
    for candidate in _candidates(minor, settings):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            unique.setdefault(os.path.realpath(candidate), candidate)
    return sorted(unique.values(), key=lambda path: version not in os.path.realpath(path))


def _candidates(minor: str, settings: RestoreSettings) -> Iterator[Path]:
    yield from settings.interpreters
    yield Path(sys.executable)
    names = (f"python{minor}", "python3", "python")
    for folder in _path(settings):
        yield from (Path(folder, name) for name in names)
    for root, pattern in _roots(minor, settings.home, settings.environ):
        yield from sorted(root.glob(pattern))


def _path(settings: RestoreSettings) -> list[str]:
    return [folder for folder in settings.environ.get("PATH", "").split(os.pathsep) if folder]


def _roots(minor: str, home: Path, environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Where version managers and installers put interpreters: folders, each with a pattern below it."""
    shared = Path(environ.get("XDG_DATA_HOME") or home / ".local/share")
    executable = f"bin/python{minor}"
    yield Path(environ.get("PYENV_ROOT") or home / ".pyenv"), f"versions/*/{executable}"
    yield Path(environ.get("ASDF_DATA_DIR") or home / ".asdf"), f"installs/python/*/{executable}"
    yield Path(environ.get("MISE_DATA_DIR") or shared / "mise"), f"installs/python/*/{executable}"
    yield Path(environ.get("UV_PYTHON_INSTALL_DIR") or shared / "uv/python"), f"*/{executable}"
    for conda in ("miniforge3", "mambaforge", "miniconda3", "anaconda3"):
        yield home / conda, executable
    for brew in ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"):
        yield Path(brew), f"opt/python@{minor}/{executable}"
    yield Path("/Library/Frameworks/Python.framework/Versions"), f"{minor}/{executable}"
    yield Path("/opt/python"), f"*/{executable}"
    yield Path("/usr/local"), executable
    yield Path("/usr"), executable
