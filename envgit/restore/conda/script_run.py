"""Run a script of a conda package: for a limited time, and with what it prints kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Seconds that one script may take.
PATIENCE = 600
_LAST_LINES = 10
#: What a script has to tell the user it writes here, in the prefix (conda's convention).
_MESSAGES = ".messages.txt"


def run_script(script: Path, label: str, prefix: Path, environ: Mapping[str, str]) -> str:
    """Run a script that came with a package into ``prefix``.

    Returns:
        What it had to tell the user, if anything.

    Raises:
        RestoreFailed: it failed or did not end in time; the hint holds the end of what it printed.
    """
    with tempfile.TemporaryFile() as output:
        started = subprocess.Popen(
            [*_interpreter(), str(script)],
            cwd=script.parent,
            env=_environ(script, prefix, environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | None = started.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(started)
        if code == 0:
            return _message(prefix)
        output.seek(0)
        printed = output.read().decode(errors="replace").strip().splitlines()
    how = f"failed (exit {code})" if code is not None else f"did not end within {PATIENCE:g} seconds"
    raise RestoreFailed(
        f"{label} {how}",
        hint="\n".join([*printed[-_LAST_LINES:], "to go without: git config envgit.linkScripts false"]),
    )


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


def _end(started: subprocess.Popen[bytes]) -> None:
    """End a script, and what it started with it."""
    if os.name == "nt":
        started.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
    started.wait()


def _message(prefix: Path) -> str:
    file = prefix / _MESSAGES
    try:
        message = file.read_text(encoding="utf-8", errors="replace")
        file.unlink()
    except OSError:
        return ""
    return " ".join(message.split())
