"""Run programs that are not trusted to end: for a limited time, asking nothing, with what they print kept."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a program ended: its exit code, and what it printed. ``fate`` says it in words."""

    code: int
    printed: tuple[str, ...]
    fate: str


def run_limited(
    arguments: Sequence[str], *, folder: Path, environ: Mapping[str, str], seconds: float
) -> Ended:
    """Run a program; what it started and left running ends with it.

    Raises:
        OSError: it cannot be started.
    """
    with tempfile.TemporaryFile() as output:
        started = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        fate = f"did not end within {seconds:g} seconds"
        try:
            fate = f"failed (exit {started.wait(seconds)})"
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end(started)
        output.seek(0)
        printed = output.read().decode(errors="replace").strip().splitlines()
    return Ended(code=started.returncode, printed=tuple(printed), fate=fate)


def _end(started: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        started.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
    started.wait()
