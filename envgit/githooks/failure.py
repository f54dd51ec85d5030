"""What becomes of a hook that failed: a line to say, an entry in the log, and a commit that is not passed over."""

from __future__ import annotations

import os
import time
import traceback
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.operations.postponed import Postponed
from envgit.operations.record import record_unobserved
from envgit.operations.workspace import open_workspace

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
_RECORDED_LATER = "what there is to record waits for the next commit"


def account_for(event: str, environ: Mapping[str, str], error: Exception) -> str:
    """Keep what can be kept of a hook that ended in an error; what to say of it.

    Raises:
        Exception: there is no repository to keep anything in, or it takes too long.
    """
    expected = isinstance(error, EnvgitError)
    words = _words(error) if expected else f"{type(error).__name__}: {error}"
    trace = "" if expected else "".join(traceback.format_exception(error))
    workspace = open_workspace(os.getcwd(), environ=environ, tolerant=True)
    unlogged = _log(workspace.repository.state_dir, f"{event}: {words}\n{trace}")
    if isinstance(error, Postponed):
        return f"{words}; Git goes on, {_RECORDED_LATER}{unlogged}"
    if _UNDONE[event] == _NOT_RECORDED:
        try:
            record_unobserved(workspace, event, error)
        except EnvgitError as worse:
            unlogged += f"; {_words(worse)}"
    return f"{words}; Git goes on, {_UNDONE[event]}{unlogged}"


def _words(error: Exception) -> str:
    hint = getattr(error, "hint", "")
    return f"{error} ({hint})" if hint else str(error)


def _log(folder: str, entry: str) -> str:
    """Keep an entry in the hook log; what to say where it cannot be kept."""
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
