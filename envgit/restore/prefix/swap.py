"""An environment and the one that is to stand in its place change places, and back if it fails its proof.

The new one carries a note of the staging folder that it was built in for as long as it is not proven. So
whoever comes after a process that was killed can tell which of the two stands where.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore.faults import refused
from envgit.restore.prefix.claims import Stage, lock_file, read_stage, target_of, write_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: In an environment that is not proven yet: the name of its staging folder.
UNPROVEN = ".envgit-unproven"

_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}


@contextmanager
def swapped(staging: Path, target: Path) -> Iterator[None]:
    """Let what was built at ``staging`` stand at ``target`` while it is proven.

    When the block ends well it stays there, and what stood there is at ``staging``. Whatever else happens,
    :func:`put_back` undoes it; the end of the staging folder calls it.

    Raises:
        RestoreFailed: the system refuses the exchange.
    """
    try:
        (staging / UNPROVEN).unlink(missing_ok=True)  # of a copy of an unproven one
        (staging / UNPROVEN).write_text(staging.name)
        write_stage(staging, Stage.SWAPPING)
        _exchange(staging, target)
    except OSError as error:
        raise _not_exchanged(error, target) from error
    yield
    try:
        write_stage(staging, Stage.SWAPPED)
        (target / UNPROVEN).unlink()
    except OSError as error:
        raise refused(error, target) from error


def put_back(staging: Path) -> bool:
    """Bring a swap to one of its two ends: undone unless the new environment was proven.

    Returns:
        Whether what stands at ``staging`` now is of no more use.

    Raises:
        RestoreFailed: the system refuses; it says where the old environment stands.
    """
    try:
        return _put_back(staging, target_of(staging))
    except OSError as error:
        old = _aside(staging) if os.path.lexists(_aside(staging)) else staging
        raise RestoreFailed(
            f"the change of {target_of(staging)} cannot be brought to an end "
            f"({error.strerror or error}): the environment that stood there is at {old}",
            hint="whatever command looks at it next tries again: envgit status",
        ) from error


def _put_back(staging: Path, target: Path) -> bool:
    if read_stage(staging) is Stage.SWAPPED:
        if _is_unproven(target, staging):
            (target / UNPROVEN).unlink()
        return True
    if read_stage(staging) is not Stage.SWAPPING:
        return True
    _complete_renames(staging, target)
    if _is_unproven(target, staging):
        _exchange(staging, target)
    if not _is_unproven(staging, staging):
        return False  # the old one, and something else stands in its place: not for us to decide
    write_stage(staging, Stage.BUILDING)
    return True


def is_in_halves(prefix: Path) -> bool:
    """Whether a swap of this prefix may have been broken off: the cost of one look."""
    return os.path.lexists(prefix / UNPROVEN) or not os.path.lexists(prefix)


def forget(prefix: Path) -> None:
    """Remove the note in an environment of which nothing else is left: neither who builds, nor the old one.

    It came with a copy, or somebody removed the rest.
    """
    note = prefix / UNPROVEN
    try:
        staging = prefix.with_name(note.read_text())
        beside = (staging, lock_file(staging), _aside(staging))
    except (OSError, ValueError):
        return
    if not any(map(os.path.lexists, beside)):
        note.unlink(missing_ok=True)


def _is_unproven(folder: Path, staging: Path) -> bool:
    try:
        return (folder / UNPROVEN).read_text() == staging.name
    except (OSError, ValueError):
        return False


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change places: in one step where the system can."""
    try:
        _exchange_at_once(one, other)
    except OSError as error:
        if error.errno not in _NO_EXCHANGE:
            raise
        _exchange_by_renames(one, other)


def _exchange_at_once(one: Path, other: Path) -> None:
    import ctypes

    linux = sys.platform.startswith("linux")
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if linux else None
    if renameat2 is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(other))
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), ctypes.c_uint(_EXCHANGE)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))


def _exchange_by_renames(staging: Path, target: Path) -> None:
    """Between the first two renames nothing stands at ``target``; :func:`_complete_renames` knows."""
    aside = _aside(staging)
    target.rename(aside)
    try:
        staging.rename(target)
    except OSError:
        aside.rename(target)
        raise
    aside.rename(staging)


def _complete_renames(staging: Path, target: Path) -> None:
    """Go on where an exchange by renames was broken off."""
    aside = _aside(staging)
    if not os.path.lexists(aside):
        return
    if not os.path.lexists(target):
        aside.rename(target)
    elif not os.path.lexists(staging):
        aside.rename(staging)


def _aside(staging: Path) -> Path:
    return staging.with_name(f"{staging.name}.old")


def _not_exchanged(error: OSError, target: Path) -> RestoreFailed:
    if error.errno in {errno.EXDEV, errno.EBUSY}:
        return RestoreFailed(
            f"{target} cannot be exchanged for another folder: {error.strerror}",
            hint="it may be a mount point, or a part of a container's image; choose another place: "
            "envgit checkout REV -p PREFIX",
        )
    return refused(error, target)
