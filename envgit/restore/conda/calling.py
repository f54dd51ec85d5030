"""Have something done with py-rattler, in a process of its own (:mod:`envgit.restore.conda.child`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed

if TYPE_CHECKING:
    from envgit.restore.progress import Progress

# The child sees what this process sees, however it was started; the user's site may be no part of it.
_BOOT = """\
import json, sys
boot = json.loads(sys.stdin.buffer.readline())
sys.path[:] = boot["path"]
from envgit.restore.conda.child import main
main(boot["task"], boot["job"])
"""

_ERRORS = {error.kind: error for error in (ArtifactUnavailable, IntegrityError, RestoreFailed)}


def call(task: str, job: dict[str, Any], progress: Progress) -> Any:
    """Do a task of the child's; returns its result, which is plain JSON.

    Raises:
        ArtifactUnavailable, IntegrityError, RestoreFailed: as the task raised them, or the child ended early.
    """
    path = [entry or os.getcwd() for entry in sys.path]
    boot = json.dumps({"path": path, "task": task, "job": job})
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
            outcome = _follow(child, boot.encode() + b"\n", progress)
        except BaseException:
            child.kill()
            raise
        messages.seek(0)
        said = messages.read().decode(errors="replace").strip()
    if outcome is None:
        last = "\n".join(said.splitlines()[-5:])
        raise RestoreFailed(
            f"the process that links conda packages ended early (exit {child.returncode})", hint=last
        )
    kind, *rest = outcome
    if kind == "failed":
        raise _error(*rest, said=said)
    return rest[0]


def _follow(child: subprocess.Popen[bytes], boot: bytes, progress: Progress) -> list[Any] | None:
    """Pass on the child's progress; returns its last answer, None when it ended without one."""
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
    with suppress(BrokenPipeError):  # it ended before it was told anything, and does not answer
        child.stdin.write(boot)
        child.stdin.flush()
    for line in child.stdout:
        answer = json.loads(line)
        if answer[0] in ("done", "failed"):
            return answer  # type: ignore[no-any-return]
        getattr(progress, answer[0])(*answer[1:])
    child.wait()
    return None


def _error(kind: str, message: str, hint: str, *, said: str) -> Exception:
    if kind not in _ERRORS:
        return RuntimeError(f"{message}\n{said}")
    return _ERRORS[kind](message, hint=hint)
