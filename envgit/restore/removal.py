"""Take things out of the cache: while no restore needs them, and never by halves."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from envgit.restore.cache_layout import LOCKS, REMOVED
from envgit.restore.faults import OTHER_CACHE, refused
from envgit.restore.prefix.staging import staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_CLEANING = "cleaning.lock"


@contextmanager
def removal(cache: Path) -> Iterator[Callable[[Path], None]]:
    """Give the function that takes something out of ``cache`` in one step; all of it is removed at the end.

    What a killed removal leaves to be removed is removed by the next one.

    Raises:
        RestoreFailed: the cache cannot be written.
    """
    with staged(cache / REMOVED, forbidden=OTHER_CACHE) as aside:
        taken = 0

        def take(path: Path) -> None:
            nonlocal taken
            taken += 1
            try:
                aside.mkdir(exist_ok=True)
                path.rename(aside / str(taken))
            except FileNotFoundError:
                pass  # somebody else removed it
            except OSError as error:
                raise refused(error, path, forbidden=OTHER_CACHE) from error

        yield take


@contextmanager
def at_rest(cache: Path) -> Iterator[bool]:
    """Let no restore begin while the block runs; gives whether none had begun before.

    Every restore holds a lock in the cache (:func:`~envgit.restore.prefix.exclusion.exclusive`), and then
    waits for the end of a cleaning. So whichever comes second, a restore or a cleaning, sees the other.

    Raises:
        RestoreFailed: the cache cannot be written.
    """
    from filelock import FileLock

    folder = cache / LOCKS
    cleaning = FileLock(folder / _CLEANING)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        cleaning.acquire()
        locks = [file for file in folder.glob("*.lock") if file.name != _CLEANING]
        held = [file for file in locks if not _freed(file)]
    except OSError as error:
        raise refused(error, folder, forbidden=OTHER_CACHE) from error
    try:
        yield not held
    finally:
        cleaning.release()


def _freed(file: Path) -> bool:
    """Remove a lock that nobody holds; whether nobody does."""
    from filelock import FileLock, Timeout

    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    with suppress(OSError):  # there are systems on which no open file can be removed
        file.unlink()
    lock.release()
    return True


def wait_for_cleaning(cache: Path) -> None:
    """Wait until nothing is being taken out of the cache."""
    from filelock import FileLock

    with FileLock(cache / LOCKS / _CLEANING):
        pass
