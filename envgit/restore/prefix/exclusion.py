"""One restore at a time for one place."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.restore.cache_layout import LOCKS
from envgit.restore.faults import OTHER_CACHE, refused
from envgit.restore.progress import Silent
from envgit.restore.removal import wait_for_cleaning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from envgit.restore.progress import Progress

_PAUSE = 0.05
_LONG = 1.0
_SILENT = Silent()
_HELD = {errno.EAGAIN, errno.EACCES}


@contextmanager
def exclusive(prefix: Path, *, cache: Path, progress: Progress = _SILENT) -> Iterator[None]:
    """Wait for other restores to ``prefix``: who comes second finds what the first one left.

    The lock lies in envgit's cache, so that nothing is left beside the place. An environment that stands
    there is locked itself, too: others may change it who have a cache of their own. ``progress`` is told,
    once, of a wait that takes long.

    Raises:
        RestoreFailed: the cache cannot be written.
    """
    from filelock import FileLock, Timeout

    name = hashlib.sha256(os.path.realpath(prefix).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    wait = _Wait(prefix, progress)

    def attempt() -> bool:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    try:
        (cache / LOCKS).mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / LOCKS / f"{name}.lock")
        wait.until(attempt)
        wait_for_cleaning(cache)
    except OSError as error:
        raise refused(error, cache, forbidden=OTHER_CACHE) from error
    try:
        with _locked(prefix, wait):
            yield
    finally:
        lock.release()


class _Wait:
    """Tries again and again, and says so when it has become long."""

    def __init__(self, prefix: Path, progress: Progress) -> None:
        self._prefix = prefix
        self._progress = progress

    def until(self, attempt: Callable[[], bool]) -> None:
        began, told = time.monotonic(), False
        while not attempt():
            if not told and time.monotonic() - began > _LONG:
                told = True
                self._progress.start(f"Waiting for another restore to {self._prefix}", 0, "")
            time.sleep(_PAUSE)
        if told:
            self._progress.finish()


@contextmanager
def _locked(folder: Path, wait: _Wait) -> Iterator[None]:
    """Lock an environment by its folder; nothing where there is none, or where folders cannot be locked."""
    descriptor: int | None = None

    def attempt() -> bool:
        nonlocal descriptor
        descriptor = _open(folder)
        if descriptor is None or (_lock(descriptor) and _stands_at(folder, descriptor)):
            return True
        os.close(descriptor)
        return False

    wait.until(attempt)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except (OSError, AttributeError):
        return None


def _lock(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _HELD  # a file system that knows no locks keeps nobody out
    return True


def _stands_at(folder: Path, descriptor: int) -> bool:
    """Whether the locked folder was not exchanged for another one in the meantime."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(folder))
    except FileNotFoundError:
        return False
