"""Run one hook: quick, silent when all is well, and never in the way of the commit.

Whatever fails here ends in one line on stderr and an entry in the log under the Git directory.
"""

from __future__ import annotations

import os

from envgit.bare import signal
from envgit.errors import EnvgitError
from envgit.githooks.say import say
from envgit.operations.unchanged import record_unchanged

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.operations.workspace import Workspace

#: The only exit code that a launcher takes as a refusal, and only from the gate in pre-commit.
REFUSED = 12
_LOG_BYTES = 256 * 1024
_NOT_RECORDED = "the environment was not recorded"
_UNDONE = {
    "pre-commit": "the environment was not compared",
    "post-commit": _NOT_RECORDED,
    "post-merge": _NOT_RECORDED,
    "post-applypatch": _NOT_RECORDED,
    "post-rewrite": "the rewritten commits were not linked",
    "post-checkout": "the environment was not compared",
    "pre-push": "the snapshots were not pushed",
}
#: The events whose commit may well have changed nothing.
_RECORDING = ("post-commit", "post-applypatch")
#: Seconds until the user's own deadline is read.
_DEADLINE_TO_OPEN = 5.0


class DeadlineExceededError(EnvgitError):
    """The hook took longer than ``envgit.deadline``."""

    kind = "deadline"


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run the hook named by the first argument; 0, or `REFUSED` from the gate.

    Never raises: a hook that fails must not fail the commit.
    """
    event, *rest = arguments
    try:
        return _run(event, rest, environ)
    except DeadlineExceededError:
        return 0  # the alarm went off when all was done


def _run(event: str, arguments: list[str], environ: Mapping[str, str]) -> int:
    workspace = None
    try:
        _set_deadline(_DEADLINE_TO_OPEN)
        if event in _RECORDING and _recorded_unchanged(event, environ):
            return 0
        from envgit.githooks.events import EVENTS
        from envgit.operations.workspace import open_workspace

        workspace = open_workspace(os.getcwd(), environ=environ)
        _set_deadline(workspace.settings.deadline)
        refusal = EVENTS[event](workspace, arguments)
    except EnvgitError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return _failed(workspace, event, f"{error.message}{hint}", "")
    except Exception as error:  # noqa: BLE001 - a defect of ours must not stop the user's commit
        import traceback

        return _failed(workspace, event, f"{type(error).__name__}: {error}", traceback.format_exc())
    finally:
        _set_deadline(0)
    if refusal:
        for line in refusal.splitlines():
            say(line)
        return REFUSED
    return 0


def _recorded_unchanged(event: str, environ: Mapping[str, str]) -> bool:
    words = record_unchanged(event, environ, allow=_set_deadline)
    if words:
        say(words)
    return words is not None


def _set_deadline(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _exceeded)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _exceeded(_number: int, _frame: object) -> None:
    raise DeadlineExceededError("took too long and was given up", hint="git config envgit.deadline <seconds>")


def _failed(workspace: Workspace | None, event: str, words: str, trace: str) -> int:
    unlogged = "" if workspace is None else _log(workspace.repository.state_dir, f"{event}: {words}\n{trace}")
    say(f"{event}: {words}; Git goes on, {_UNDONE[event]}{unlogged}")
    return 0


def _log(folder: str, entry: str) -> str:
    """Keep an entry in the hook log; what to say where it cannot be kept."""
    import time

    path = os.path.join(folder, "hook.log")
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    try:
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(path) and os.path.getsize(path) > _LOG_BYTES:
            os.replace(path, path + ".1")
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{stamp} {entry.rstrip()}\n")
    except OSError as error:
        return f"; {path} cannot be written ({error.strerror})"
    return ""
