"""Real virtual environments of the running interpreter, and real installs by uv."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class CommandFailed(Exception):
    """A program that a builder needs exited with a status other than 0; holds what it printed."""


def make_venv(path: Path, *, packages: Sequence[str] = (), tool: Literal["uv", "venv"] = "uv") -> Path:
    """Make a virtual environment, install ``packages`` (requirements) with uv, and return it."""
    if tool == "uv":
        run_uv("venv", "--quiet", "--python", sys.executable, str(path))
    else:
        _run(sys.executable, "-m", "venv", "--without-pip", str(path))
    if packages:
        pip_install(path, *packages)
    return path


def pip_install(prefix: Path, *requirements: str | Path, options: Sequence[str] = ()) -> None:
    """Install requirements (or wheels, or folders) with ``uv pip install`` into a venv or conda prefix."""
    python = str(prefix / "bin/python")
    run_uv("pip", "install", "--quiet", "--python", python, *options, *map(str, requirements))


def run_python(prefix: Path, *args: str) -> str:
    """Run the Python of a prefix and return its stdout, stripped.

    Raises:
        CommandFailed: it exited with a status other than 0.
    """
    return _run(str(prefix / "bin/python"), *args).strip()


def run_uv(*args: str) -> str:
    """Run the uv that is installed beside the running interpreter, and return its stdout."""
    import uv

    return _run(uv.find_uv_bin(), *args)


def _run(*command: str) -> str:
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CommandFailed(f"{' '.join(command)} exited with {ran.returncode}:\n{ran.stderr}{ran.stdout}")
    return ran.stdout
