"""The place where an environment is built before it is moved to where it belongs.

A staging folder is a sibling of its target, so that a rename puts it into place, and its name is the
target's name plus a suffix that occurs nowhere else. Whatever wrote its own path into a file while it
was staged (quoted for a shell, encoded for a URL) is therefore put right by taking that suffix out.
Beside it lies a lock that the building process holds: a folder whose lock nobody holds was left by a
process that was killed, and the next restore into the same parent removes it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import Conflict, RestoreFailed
from envgit.restore.faults import OTHER_PREFIX, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from filelock import BaseFileLock

_SUFFIX = re.compile(r".\.envgit-[0-9a-f]{8}\.lock$")
_LONGEST_NAME = 255
#: A lock file can be swept away between its making and its locking, but not time after time.
_ATTEMPTS = 20


@contextmanager
def staged(target: Path, *, forbidden: str = OTHER_PREFIX) -> Iterator[Path]:
    """Give a path beside ``target`` to build at; what stands there at the end is removed.

    The folder itself is not made. What killed processes left beside ``target`` is removed first.
    ``forbidden`` is the next step where permission to write there is missing.

    Raises:
        RestoreFailed: nothing can be written there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        staging, lock = _claim(target)
    except OSError as error:
        raise refused(error, target.parent, forbidden=forbidden) from error
    try:
        yield staging
    finally:
        _discard(staging, lock)


def suffix_of(staging: Path, target: Path) -> str:
    """The suffix that tells a staging folder from its target."""
    suffix = staging.name.removeprefix(target.name)
    if staging.parent != target.parent or not _SUFFIX.match(f"x{suffix}.lock"):
        raise ValueError(f"{staging} is no staging folder of {target}")
    return suffix


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


def _claim(target: Path) -> tuple[Path, BaseFileLock]:
    from filelock import FileLock, Timeout

    for _ in range(_ATTEMPTS):
        staging = target.with_name(f"{target.name}.envgit-{secrets.token_hex(4)}")
        file = _lock_file(staging)
        if len(os.fsencode(file.name)) > _LONGEST_NAME:
            raise RestoreFailed(f"the name {target.name[:40]}… is too long to build an environment beside it")
        lock = FileLock(file)
        with suppress(Timeout):  # another process may sweep it away before it is locked
            lock.acquire(timeout=0)
            if file.exists():
                return staging, lock
            lock.release()
    raise RestoreFailed(
        f"no lock can be held in {target.parent}", hint="choose a place on another file system"
    )


def _sweep(folder: Path) -> None:
    """Remove the staging folders in ``folder`` whose process is no more."""
    from filelock import FileLock, Timeout

    ours = [entry for entry in os.scandir(folder) if _SUFFIX.search(entry.name) and _is_ours(entry)]
    for file in (Path(entry.path) for entry in ours):
        lock = FileLock(file)
        with suppress(Timeout, FileNotFoundError, PermissionError):
            lock.acquire(timeout=0)
            _discard(file.with_suffix(""), lock)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether this can be a lock of ours: an empty plain file of this user, not what a repository tracks."""
    status = entry.stat(follow_symlinks=False)
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return mine and stat.S_ISREG(status.st_mode) and status.st_size == 0


def _discard(staging: Path, lock: BaseFileLock) -> None:
    try:
        remove_tree(staging)
    except OSError:
        # The lock file stays, so that the next restore tries again.
        lock.release()
        return
    _lock_file(staging).unlink(missing_ok=True)
    lock.release()


def _lock_file(staging: Path) -> Path:
    return staging.with_name(f"{staging.name}.lock")


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it, read-only folders too; nothing if it is not there."""
    if not os.path.lexists(folder):
        return
    try:
        shutil.rmtree(folder)
    except PermissionError:
        for path, _, _ in os.walk(folder):
            os.chmod(path, stat.S_IRWXU)
        shutil.rmtree(folder)
