"""End a program that was started, and what it started itself, within a time that is known."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

_SECONDS_TO_END = 2.0


def end(process: subprocess.Popen[Any], *, group: bool = False) -> None:
    """Ask a program to end, and kill it where it does not; with ``group`` its whole process group.

    Asked to end, Git takes its locks away; killed, it leaves them.
    """
    group = group and hasattr(os, "killpg")
    last = time.monotonic() + _SECONDS_TO_END
    if group:
        _reached(process.pid, signal.SIGTERM)
    else:
        process.terminate()
    while process.poll() is None or (group and _reached(process.pid, 0)):
        if time.monotonic() > last:
            if group:
                _reached(process.pid, signal.SIGKILL)
            else:
                process.kill()
            return
        time.sleep(0.01)


def _reached(group: int, number: int) -> bool:
    """Send a signal to a process group; whether anybody is left there to take it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS does not permit it where all have ended
        return False
    return True
