"""Move several refs at once, each from the value it was seen at, while others may do the same."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

from envgit.store.leftovers import is_abandoned

if TYPE_CHECKING:
    from envgit.store.git import Git, GitFailed

_PATIENCE = 2.0
_LOCK = re.compile(r"Unable to create '(.+\.lock)': File exists")
_OURS = re.compile(r"/refs/(?:heads/envgit|tags/env)/.+\.lock$")


def transact(git: Git, updates: list[str]) -> None:
    """Move refs by lines of ``git update-ref --stdin``: all of them or none."""
    commands = "\n".join(["start", *updates, "prepare", "commit", ""])
    git.run("update-ref", "--stdin", stdin=commands.encode())


class Patience:
    """Wait between attempts, and end where nobody gets anywhere: a lock was left behind.

    A tip that moved was moved by a writer who is done now, so there is one less to wait for.
    """

    def __init__(self) -> None:
        self._tip: object = None
        self._attempt = 0
        self._end = 0.0

    def lasts(self, tip: object) -> bool:
        """Pause, unless this tip has stood for `_PATIENCE` seconds."""
        if tip != self._tip or not self._attempt:
            self._tip, self._end = tip, time.monotonic() + _PATIENCE
        self._attempt += 1
        import random  # a slow import, and few have to wait

        time.sleep(random.uniform(0, 0.01 * 2 ** min(self._attempt, 5)))  # noqa: S311 - jitter, no secret
        return time.monotonic() < self._end


def contended(failed: GitFailed) -> bool:
    """Whether another try may succeed: a ref moved, a lock stands that will soon be gone, or is gone now."""
    lock = _LOCK.search(failed.stderr)
    if lock is not None and is_abandoned(lock[1]):
        return _cleared(lock[1])
    return any(words in failed.stderr for words in (".lock", "cannot lock ref", "reference already exists"))


def _cleared(lock: str) -> bool:
    """Take away a lock that a killed Git of ours left behind; those of other refs are not ours to judge."""
    if _OURS.search(lock) is None:
        return False
    try:
        os.unlink(lock)
    except OSError:
        return False
    return True
