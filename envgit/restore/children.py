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
try:
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[nothing])
except OSError as error:
    sys.exit(f"{sys.argv[1]}: {error.strerror}")
_thread.start_new_thread(end_with_parent, ())
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
"""
#: What a program says last is kept: that is where it says why it failed.
_KEPT = 1 << 18
#: Seconds between two looks at a program that is silent.
_GLANCE = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """What became of a program, and the last of what it said; ``code`` is None when it had to be stopped.

    ``fate`` says in words how it failed, if it did.
    """

    code: int | None
    stdout: str
    stderr: str
    fate: str

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.stdout.strip().splitlines()


def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    patience: float,
    folder: str | Path | None = None,
    merged: bool = False,
) -> Ended:
    """Run a program to its end, or for ``patience`` seconds. It gets no input, and no terminal.

    What it started and left running ends with it. One that cannot be started has failed, and says why.

    Args:
        command: the program and its arguments.
        environ: all the variables that it sees.
        patience: seconds.
        folder: where it runs; where we do, if None.
        merged: what it says of errors goes to ``stdout`` too, in its order.
    """
    guarded = command if os.name == "nt" else [sys.executable, "-I", "-S", "-c", _GUARD, *command]
    with subprocess.Popen(
        guarded,
        env=dict(environ),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        start_new_session=True,
    ) as child:
        try:
            stdout, stderr = _listen(child, time.monotonic() + patience)
            code = child.poll()
        finally:
            _end(child)
    fate = f"did not end within {patience:g} seconds" if code is None else f"failed (exit {code})"
    return Ended(code=code, stdout=stdout, stderr=stderr, fate=fate)


def _listen(child: subprocess.Popen[bytes], deadline: float) -> tuple[str, str]:
    """Read until the program has ended, or its time is over; what it has left running is not waited for."""
    said: dict[IO[bytes], bytes] = {pipe: b"" for pipe in (child.stdout, child.stderr) if pipe}
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
    stdout, *stderr = (content.decode(errors="replace") for content in said.values())
    return stdout, "".join(stderr)


def _end(child: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        child.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # there is nobody left
        os.killpg(child.pid, signal.SIGKILL)
