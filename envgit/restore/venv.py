"""Virtual environments, of an interpreter that is on the machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore.faults import refused_to
from envgit.restore.interpreters import any_interpreter, find_interpreter
from envgit.restore.pypi.uv import find_uv
from envgit.restore.relocation import relocate, require_relocated

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment
    from envgit.restore.settings import RestoreSettings

#: The ABI of a wheel for an interpreter without a global lock (PEP 703), in a tag such as cp313-cp313t-any.
_FREE_THREADED = re.compile(r"-cp\d+t-")


def make_venv(environment: Environment, *, staging: Path, suffix: str, settings: RestoreSettings) -> None:
    """Make an empty virtual environment with the Python version of a snapshot, with any where it names none.

    Raises:
        RestoreFailed: that version is not on the machine; the message lists those that are.
    """
    python = _interpreter(environment, settings)
    ran = find_uv(settings).venv(staging, python, system_site_packages=environment.system_site_packages)
    if not ran.ok:
        raise refused_to("uv", ran.output, staging) or RestoreFailed(f"no venv can be made: {ran.reason}")
    written = [staging / "pyvenv.cfg", *(f for f in (staging / "bin").iterdir() if not f.is_symlink())]
    for file in written:
        relocate(file, suffix)
    require_relocated(written, suffix)


def _interpreter(environment: Environment, settings: RestoreSettings) -> Path:
    if not environment.python:
        return any_interpreter(settings)
    threaded = any(_FREE_THREADED.search(tag) for d in environment.pypi for tag in d.tags)
    return find_interpreter(environment.python, settings, free_threaded=threaded)
