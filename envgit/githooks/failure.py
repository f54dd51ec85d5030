"""What is made of a hook that failed: a line to say, an entry in the log, a commit that is accounted for."""

from __future__ import annotations

import os
import time
import traceback
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.store.repository import open_repository

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_RECORDED = "the environment was recorded"
_RECORDED_LATER = "what there is to record waits for the next commit"


def account_for(event: str, environ: Mapping[str, str], error: Exception) -> str:
    """Keep what can be kept of a hook that ended in an error; what to say of it.

    Raises:
        Exception: there is no repository to keep anything in, or it takes too long.
    """
    words = words_of(error)
    trace = "" if isinstance(error, EnvgitError) else "".join(traceback.format_exception(error))
    unlogged = _log(open_repository(os.getcwd(), environ).state_dir, f"{event}: {words}\n{trace}")
    return f"{words}; Git goes on, {_outcome(event, environ, error)}{unlogged}"


def words_of(error: Exception) -> str:
    """An error in one line, with the next step where there is one."""
    if not isinstance(error, EnvgitError):
        return f"{type(error).__name__}: {error}"
    return f"{error.message} ({error.hint})" if error.hint else error.message


def _outcome(event: str, environ: Mapping[str, str], error: Exception) -> str:
    """What the error left undone; where that is a record, the store is told so."""
    if getattr(error, "kind", "") == "postponed":
        return _RECORDED_LATER
    if _UNDONE[event] != _NOT_RECORDED:
        return _UNDONE[event]
    try:
        from envgit.operations.record import record_unobserved
        from envgit.operations.workspace import open_workspace

        workspace = open_workspace(os.getcwd(), environ=environ, tolerant=True)
        return _RECORDED if record_unobserved(workspace, event, error) else _NOT_RECORDED
    except Exception as worse:  # noqa: BLE001 - it is said, and the first error is the one that counts
        return _NOT_RECORDED if type(worse) is type(error) else f"{_NOT_RECORDED} ({words_of(worse)})"


def _log(folder: str, entry: str) -> str:
    """Keep an entry in the hook log, without credentials; what to say where it cannot be kept."""
    from envgit.redact import redact_text

    path = os.path.join(folder, "hook.log")
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    try:
        os.makedirs(folder, exist_ok=True)
        if os.path.exists(path) and os.path.getsize(path) > _LOG_BYTES:
            os.replace(path, path + ".1")
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{stamp} {redact_text(entry).rstrip()}\n")
    except OSError as error:
        return f"; {path} cannot be written ({error.strerror})"
    return ""
