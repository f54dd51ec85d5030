"""Run a script of a conda package, and keep what it has to tell."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore import children

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds that one script may take.
PATIENCE = 600
_LAST_LINES = 10
_WITHOUT = "to go without: git config envgit.linkScripts false"
#: What a script has to tell the user it writes here, in the prefix (conda's convention).
_MESSAGES = ".messages.txt"


def run_script(script: Path, label: str, prefix: Path, environ: Mapping[str, str]) -> str:
    """Run a script that came with a package into ``prefix``.

    Returns:
        What it had to tell the user, if anything.

    Raises:
        RestoreFailed: it failed or did not end in time; the hint holds the end of what it printed.
    """
    ended = children.run(
        [*_interpreter(), str(script)],
        folder=script.parent,
        environ=_environ(script, prefix, environ),
        patience=PATIENCE,
        merged=True,
    )
    if ended.code != 0:
        raise RestoreFailed(
            f"{label} {ended.fate}",
            hint="\n".join([*ended.lines[-_LAST_LINES:], _WITHOUT]),
        )
    return _message(prefix)


def _interpreter() -> list[str]:
    if os.name == "nt":
        return [os.environ.get("COMSPEC", "cmd.exe"), "/d", "/c"]
    return [shutil.which("bash") or "sh"]


def _environ(script: Path, prefix: Path, environ: Mapping[str, str]) -> dict[str, str]:
    return {
        **environ,
        "PREFIX": str(prefix),
        "PYTHONDONTWRITEBYTECODE": "1",  # it would hold the path of where this is staged
        "PATH": os.pathsep.join([str(script.parent), environ.get("PATH", os.defpath)]),
    }


def _message(prefix: Path) -> str:
    file = prefix / _MESSAGES
    try:
        message = file.read_text(encoding="utf-8", errors="replace")
        file.unlink()
    except OSError:
        return ""
    return " ".join(message.split())
