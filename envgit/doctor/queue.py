"""Area ``queue``: does anything wait to be recorded, and what did hooks fail at last?"""

from __future__ import annotations

import os
import re
import shlex
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding, counted
from envgit.store.names import BRANCHES
from envgit.store.queue import waiting
from envgit.store.trailers import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.operations.workspace import Workspace

_finding = partial(Finding, area="queue")
_RECORD = "envgit snapshot"
_STAMP = "%Y-%m-%dT%H:%M:%S%z"
_ENTRY = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}) (.*)")
#: Enough of the log for its newest entry, a traceback included.
_TAIL = 32 * 1024


def queue(workspace: Workspace) -> Iterator[Finding]:
    """Find events that could not be written, and a failure that nothing was recorded after."""
    unusable = _unusable(workspace.repository.state_dir)
    if unusable:
        yield unusable
        return
    files = waiting(workspace.repository.queue_dir)
    if files:
        yield _finding(
            severity="warning",
            message=f"{counted(len(files), 'event')} could not be recorded yet",
            command=_RECORD,
        )
    else:
        yield _finding(severity="well", message="nothing waits to be recorded")
    yield from _failure(workspace, command="" if files else _RECORD)


def _unusable(folder: str) -> Finding | None:
    """What is where envgit keeps its own things, if it can keep none there."""
    place = shlex.quote(folder)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        message, command = "is no folder", f"mv {place} {shlex.quote(folder + '.aside')}"
    elif os.path.isdir(folder) and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        message, command = "cannot be written to", f"chmod u+rwx {place}"
    else:
        return None
    return _finding(
        severity="broken",
        message=f"{folder} {message}: nothing that waits to be recorded can be kept there",
        command=command,
    )


def _failure(workspace: Workspace, *, command: str) -> Iterator[Finding]:
    log = Path(workspace.repository.state_dir, "hook.log")
    last = _last_entry(log)
    if last is None:
        return
    when, words = last
    if when.timestamp() > _newest_record(workspace):
        yield _finding(
            severity="warning",
            message=f"nothing was recorded since a hook failed at {when:%Y-%m-%d %H:%M}: {words}",
            command=command,
        )
    else:
        yield _finding(
            severity="note",
            message=f"a hook failed at {when:%Y-%m-%d %H:%M}, before the newest snapshot: {words}",
            command=f"tail {shlex.quote(str(log))}",
        )


def _last_entry(log: Path) -> tuple[datetime, str] | None:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    entries = [found for line in text.splitlines() if (found := _ENTRY.fullmatch(line))]
    if not entries:
        return None
    return datetime.strptime(entries[-1][1], _STAMP), entries[-1][2]  # noqa: DTZ007 - the offset is part of it


def _newest_record(workspace: Workspace) -> float:
    """When the newest snapshot was recorded, in seconds since the epoch; 0 where none was."""
    newest = ("--max-count=1", "--format=%ct", f"--grep=^{SNAPSHOT}: ", f"--glob={BRANCHES}*")
    return float(workspace.git.find("log", *newest, "--") or 0)
