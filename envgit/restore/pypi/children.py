"""Programs that do a part of a restore: they end when we do, whatever ends us, and do not run for ever."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Stands between us and the program, in a session of its own: when our end of the pipe is closed, as the
# kernel does when we are killed, the program goes, and what it has started. Without a terminal nothing
# of it can wait for a password.
_GUARD = """\
import _thread, os, sys
def end_with_parent():
    while os.read(0, 64):
        pass
    os.killpg(0, 9)
nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[nothing])
_thread.start_new_thread(end_with_parent, ())
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
"""
#: What a program says last is kept: that is where it says why it failed.
_KEPT = 1 << 18
#: Seconds between two looks at a program that is silent.
_GLANCE = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """What became of a program, and the last of what it said; ``code`` is None when it had to be stopped."""

    code: int | None
    stdout: str
    stderr: str


def run(
    command: Sequence[str], *, environ: Mapping[str, str], patience: float, folder: str | Path | None = None
) -> Ended:
    """Run a program to its end, or for ``patience`` seconds. It gets no input, and no terminal.

    Raises:
        OSError: it cannot be started.
    """
    guarded = command if os.name == "nt" else [sys.executable, "-I", "-S", "-c", _GUARD, *command]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        guarded, env=dict(environ), cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    ) as child:
        try:
            stdout, stderr = _listen(child, time.monotonic() + patience)
            code = child.poll()
        finally:
            _end(child)
    return Ended(code=code, stdout=stdout, stderr=stderr)


def _listen(child: subprocess.Popen[bytes], deadline: float) -> tuple[str, str]:
    """Read until the program has ended, or its time is over; what it has left running is not waited for."""
    assert child.stdout is not None and child.stderr is not None  # noqa: S101, PT018 - both are pipes
    said: dict[IO[bytes], bytes] = {child.stdout: b"", child.stderr: b""}
    with selectors.DefaultSelector() as selector:
        for pipe in said:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < deadline:
            ready = selector.select(_GLANCE)
            if not ready and child.poll() is not None:
                break
            for key, _ in ready:
                content = os.read(key.fd, 1 << 16)
                pipe = next(pipe for pipe in said if pipe.fileno() == key.fd)
                said[pipe] = (said[pipe] + content)[-_KEPT:]
                if not content:
                    selector.unregister(pipe)
    with suppress(subprocess.TimeoutExpired):
        child.wait(max(0.0, deadline - time.monotonic()))
    stdout, stderr = (content.decode(errors="replace") for content in said.values())
    return stdout, stderr


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    if os.name == "nt":
        child.kill()
        return
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
