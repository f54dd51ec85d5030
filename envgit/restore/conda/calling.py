"""Have something done with py-rattler, in a process of its own (:mod:`envgit.restore.conda.child`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from envgit.restore.progress import Progress

# The child sees what this process sees, however it was started; the user's site may be no part of it.
_BOOT = """\
import json, sys
sys.path[:] = json.loads(sys.stdin.buffer.readline())
from envgit.restore.conda.child import main
main()
"""

_ERRORS = {error.kind: error for error in (ArtifactUnavailable, IntegrityError, RestoreFailed)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A process that does one task with py-rattler, and may tidy up after it has answered."""

    child: subprocess.Popen[bytes]
    messages: IO[bytes]
    meanwhile: tuple[Callable[[], object], ...] = ()

    def call(self, task: str, job: dict[str, Any], progress: Progress) -> Any:
        """Have a task done; returns its result, which is plain JSON.

        Raises:
            ArtifactUnavailable, IntegrityError, RestoreFailed: the task raised them, or the child
                ended early.
        """
        _tell(self.child, {"task": task, "job": job})
        try:
            for do in self.meanwhile:
                do()
            outcome = self._follow(progress)
        except BaseException:
            self.child.kill()  # before the folders go that it writes into
            self.child.wait()
            raise
        if outcome is None:
            last = "\n".join(self._said().splitlines()[-5:])
            raise RestoreFailed(
                f"the process that links conda packages ended early (exit {self.child.wait()})", hint=last
            )
        kind, *rest = outcome
        if kind == "failed":
            raise _error(*rest, said=self._said())
        return rest[0]

    def _follow(self, progress: Progress) -> list[Any] | None:
        """Pass on the child's progress; returns its last answer, None when it ended without one."""
        assert self.child.stdout is not None  # noqa: S101 - it is a pipe
        for line in self.child.stdout:
            answer = json.loads(line)
            if answer[0] in ("done", "failed"):
                return answer  # type: ignore[no-any-return]
            getattr(progress, answer[0])(*answer[1:])
        return None

    def _said(self) -> str:
        self.messages.seek(0)
        return self.messages.read().decode(errors="replace").strip()


@contextmanager
def working() -> Iterator[Worker]:
    """Start a worker; when the context ends it has ended."""
    with (
        tempfile.TemporaryFile() as messages,
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
        ) as child,
    ):
        try:
            _tell(child, [entry or os.getcwd() for entry in sys.path])
            yield Worker(child=child, messages=messages)
        except BaseException:
            child.kill()
            raise


@contextmanager
def expecting(meanwhile: Callable[[], object] | None = None) -> Iterator[None]:
    """Start a worker before it is known what there is to do, for the first :func:`call` in this context.

    After it has answered, it may tidy up until the context ends. ``meanwhile`` is called once a worker has
    its task: what is to be done here anyway costs nothing as long as the other one works. Where one waits
    already, it is that one, and what was to be done meanwhile is done, too. Where it gets no task nothing is
    called: who needs an outcome has to ask for it.
    """
    further = (meanwhile,) if meanwhile else ()
    if _WAITING:
        waiting = _WAITING.pop()
        _WAITING.append(replace(waiting, meanwhile=(*waiting.meanwhile, *further)))
        yield
        return
    with working() as worker:
        _WAITING.append(replace(worker, meanwhile=further))
        try:
            yield
        finally:
            if _WAITING:
                _WAITING.pop().child.kill()


def announce(folders: list[str]) -> None:
    """Name the cached packages that may be linked, by their folders, to a worker that waits for its task."""
    if _WAITING:
        _tell(_WAITING[-1].child, {"announced": folders})


def call(task: str, job: dict[str, Any], progress: Progress) -> Any:
    """Have a task done by the worker that waits for one, else by one of its own; see :meth:`Worker.call`."""
    if _WAITING:
        return _WAITING.pop().call(task, job, progress)
    with working() as worker:
        return worker.call(task, job, progress)


#: The worker that was started early, until it is given its task.
_WAITING: list[Worker] = []


def _tell(child: subprocess.Popen[bytes], what: object) -> None:
    assert child.stdin is not None  # noqa: S101 - it is a pipe
    with suppress(BrokenPipeError):  # it ended before it was told anything, and does not answer
        child.stdin.write(json.dumps(what).encode() + b"\n")
        child.stdin.flush()


def _error(
    kind: str, message: str, hint: str, lost: Mapping[str, str] = MappingProxyType({}), *, said: str
) -> Exception:
    if kind not in _ERRORS:
        return RuntimeError(f"{message}\n{said}")
    error = _ERRORS[kind](message, hint=hint)
    error.lost = lost
    return error
