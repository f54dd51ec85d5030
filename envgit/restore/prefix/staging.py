"""The place where an environment is built before it is moved to where it belongs.

A staging folder is a sibling of its target, so that a rename puts it into place, and its name is the
target's name plus a suffix that occurs nowhere else. Whatever wrote its own path into a file while it
was staged (quoted for a shell, encoded for a URL) is therefore put right by taking that suffix out.
Beside it lies a lock that the building process holds: a folder whose lock nobody holds was left by a
process that was killed, and the next restore into the same parent clears it away.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from envgit.errors import Conflict, RestoreFailed
from envgit.restore.faults import OTHER_PREFIX, refused
from envgit.restore.prefix.claims import abandoned, claim, give_up, suffix_of, target_of
from envgit.restore.prefix.swap import forget, is_in_halves, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from filelock import BaseFileLock

__all__ = ["clear", "place", "recover", "remove_tree", "staged", "suffix_of", "sweep"]


@contextmanager
def staged(target: Path, *, forbidden: str = OTHER_PREFIX) -> Iterator[Path]:
    """Give a path beside ``target`` to build at; what stands there at the end is removed.

    The folder itself is not made. What killed processes left beside ``target`` is removed first.
    ``forbidden`` is the next step where permission to write there is missing.

    Raises:
        RestoreFailed: nothing can be written there, or an environment that is not proven stays at ``target``.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, target=target)
        staging, lock = claim(target)
    except OSError as error:
        raise refused(error, target.parent, forbidden=forbidden) from error
    try:
        yield staging
    finally:
        if not _discard(staging, lock, late=False):
            raise RestoreFailed(
                f"something else stands at {target} now; the environment that stood there is at {staging}",
                hint="move away what stands there, and the environment back",
            )


def place(staging: Path, target: Path) -> None:
    """Move a finished environment to where it belongs, in one step.

    Raises:
        Conflict: ``target`` exists and is no empty folder; it was not touched.
        RestoreFailed: the rename is refused.
    """
    try:
        if os.name == "nt" and target.is_dir():
            target.rmdir()
        staging.rename(target)
    except OSError as error:
        if os.path.lexists(target):
            raise Conflict(
                f"{target} exists and is no empty folder", hint="choose another place, or remove it"
            ) from error
        raise refused(error, target) from error


def recover(prefix: Path) -> None:
    """Bring a change of ``prefix`` that was broken off to one of its ends: the old environment, or the new.

    Where nothing was broken off it costs one look. A change that is under way is left alone.

    Raises:
        RestoreFailed: the system refuses.
    """
    if is_in_halves(prefix):
        clear(prefix)
        try:
            forget(prefix)
        except OSError as error:
            raise refused(error, prefix) from error


def clear(prefix: Path) -> None:
    """Do what :func:`recover` does, and remove what else killed processes left beside ``prefix``.

    Raises:
        RestoreFailed: the system refuses.
    """
    try:
        sweep(prefix.parent, target=prefix)
    except FileNotFoundError:
        return
    except OSError as error:
        raise refused(error, prefix) from error


def sweep(folder: Path, *, target: Path | None = None) -> None:
    """Remove the staging folders in ``folder`` whose process is no more.

    Raises:
        RestoreFailed: that of ``target`` holds its old environment, which cannot be put back.
    """
    for staging, lock in abandoned(folder):
        try:
            _discard(staging, lock, late=True)
        except RestoreFailed:
            if target_of(staging) == target:
                raise


def _discard(staging: Path, lock: BaseFileLock, *, late: bool) -> bool:
    """Put back what is to be put back, and remove the rest; whether both are where they belong.

    What cannot be removed keeps its lock, so that the next restore tries again.
    """
    try:
        try:
            return _clear_away(staging, late=late)
        except (KeyboardInterrupt, SystemExit):
            _clear_away(
                staging, late=late
            )  # nothing is left behind, also where it is this that was interrupted
            raise
    finally:
        lock.release()


def _clear_away(staging: Path, *, late: bool) -> bool:
    useless = put_back(staging, late=late)
    if useless:
        with suppress(OSError):
            remove_tree(staging)
            give_up(staging)
    return useless


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it, read-only folders too; nothing if it is not there."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink()
        return
    try:
        _remove(folder)
    except PermissionError:
        for path, _, _ in os.walk(folder):
            os.chmod(path, stat.S_IRWXU)
        _remove(folder)


def _remove(path: str | os.PathLike[str]) -> None:
    """What `shutil.rmtree` does in twice the time: it guards against others who put links into the folder."""
    with os.scandir(path) as entries:
        found = list(entries)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            _remove(entry.path)
        else:
            os.unlink(entry.path)
    os.rmdir(path)
