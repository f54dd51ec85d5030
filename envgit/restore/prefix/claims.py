"""The lock beside each staging folder: whose it is, and how far its work has come.

A staging folder is named after its target, with a suffix that occurs nowhere else, and its lock has one
suffix more. Beside the lock lies a file with one line of ours, and whoever finds the lock free knows by it
what to do with the folder. The line names the very lock by its inode: files that came with a clone
or a copy never do, so nothing is taken for a leftover that somebody else put there. It is a file of its
own, for a lock is emptied by whoever takes it.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from filelock import BaseFileLock

_LOCK = re.compile(r"(?!\.{1,2}\.envgit-[0-9a-f]{8}\.lock$).+\.envgit-[0-9a-f]{8}\.lock", re.DOTALL)
_LENGTH_OF_SUFFIX = len(".envgit-01234567")
_LONGEST_NAME = 255
#: A lock file can be swept away between its making and its locking, but not time after time.
_ATTEMPTS = 20


class Stage(Enum):
    """How far the work at a staging folder has come."""

    #: The folder may be removed.
    BUILDING = "building"
    #: The folder and its target may have changed places, and the old one must not be lost.
    SWAPPING = "swapping"
    #: The target is proven: what stands at the folder is the old one, and may be removed.
    SWAPPED = "swapped"


def claim(target: Path) -> tuple[Path, BaseFileLock]:
    """Find a name for a staging folder of ``target``; returns its path and its lock, which is held.

    Raises:
        RestoreFailed: no lock can be held there, or the name is too long.
        OSError: nothing can be written there.
    """
    from filelock import FileLock, Timeout

    for _ in range(_ATTEMPTS):
        staging = target.with_name(f"{target.name}.envgit-{secrets.token_hex(4)}")
        file = lock_file(staging)
        if len(os.fsencode(_draft(_stage_file(staging)).name)) > _LONGEST_NAME:
            raise RestoreFailed(f"the name {target.name[:40]}… is too long to build an environment beside it")
        lock = FileLock(file)
        with suppress(Timeout):  # another process may sweep it away before it is locked
            lock.acquire(timeout=0)
            if file.exists():
                write_stage(staging, Stage.BUILDING)
                return staging, lock
            lock.release()
    raise RestoreFailed(
        f"no lock can be held in {target.parent}", hint="choose a place on another file system"
    )


def abandoned(folder: Path) -> Iterator[tuple[Path, BaseFileLock]]:
    """Lock the staging folders in ``folder`` whose process is no more, one after the other."""
    from filelock import FileLock, Timeout

    ours = [entry for entry in os.scandir(folder) if _LOCK.fullmatch(entry.name) and _is_ours(entry)]
    for file in (Path(entry.path) for entry in ours):
        lock = FileLock(file)
        with suppress(Timeout, FileNotFoundError, PermissionError):
            lock.acquire(timeout=0)
            yield file.with_suffix(""), lock


def left_of(target: Path) -> list[Path]:
    """The staging folders of ``target`` whose process is no more, found without touching anything."""
    if not target.parent.is_dir():
        return []
    ours = [entry for entry in os.scandir(target.parent) if _LOCK.fullmatch(entry.name) and _is_ours(entry)]
    locks = {Path(entry.path).with_suffix(""): entry.path for entry in ours}
    mine = sorted(staging for staging in locks if target_of(staging) == target and staging.exists())
    return [staging for staging in mine if not _is_held(locks[staging])]


def _is_held(file: str) -> bool:
    """Whether somebody holds a lock; where locks are not held by files, all are taken for held."""
    try:
        import fcntl
    except ImportError:
        return True
    with open(file, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def target_of(staging: Path) -> Path:
    """The place that a staging folder was made for."""
    return staging.with_name(staging.name[:-_LENGTH_OF_SUFFIX])


def suffix_of(staging: Path, target: Path) -> str:
    """The suffix that tells a staging folder from its target."""
    suffix = staging.name.removeprefix(target.name)
    if staging.parent != target.parent or not _LOCK.fullmatch(f"x{suffix}.lock"):
        raise ValueError(f"{staging} is no staging folder of {target}")
    return suffix


def write_stage(staging: Path, stage: Stage) -> None:
    """Note how far the work at a staging folder has come."""
    file = _stage_file(staging)
    draft = _draft(file)
    draft.write_bytes(_line(staging, stage))
    draft.replace(file)


def read_stage(staging: Path) -> Stage | None:
    """How far the work at a staging folder has come; None when nothing says so."""
    try:
        said = _stage_file(staging).read_bytes()
        return next((stage for stage in Stage if said == _line(staging, stage)), None)
    except OSError:
        return None


def give_up(staging: Path) -> None:
    """Remove what lies beside a staging folder that is gone; the lock comes last, and must be held."""
    stage = _stage_file(staging)
    for file in (_draft(stage), stage, lock_file(staging)):
        file.unlink(missing_ok=True)


def _line(staging: Path, stage: Stage) -> bytes:
    lock = os.stat(lock_file(staging), follow_symlinks=False)
    return f"envgit: staging {lock.st_ino}, {stage.value}\n".encode()  # a device may change its number


def lock_file(staging: Path) -> Path:
    """The lock beside a staging folder: it is there for as long as the folder may be."""
    return staging.with_name(f"{staging.name}.lock")


def _stage_file(staging: Path) -> Path:
    return staging.with_name(f"{staging.name}.stage")


def _draft(stage: Path) -> Path:
    return stage.with_name(f"{stage.name}.new")


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether this is a lock of ours: an empty plain file of this user, with our line beside it.

    A process killed right after it made the file has written nothing, there or into a folder. What somebody
    else sweeps away meanwhile is nobody's.
    """
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if not (mine and stat.S_ISREG(status.st_mode) and status.st_size == 0):
        return False
    staging = Path(entry.path).with_suffix("")
    return read_stage(staging) is not None or not os.path.lexists(staging)
