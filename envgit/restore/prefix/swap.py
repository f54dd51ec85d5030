"""An environment and the one that is to stand in its place change places, and back if it fails its proof.

The new one carries a note of the staging folder that it was built in for as long as it is not proven. So
whoever comes after a process that was killed can tell which of the two stands where. It works meanwhile, for
days where nobody comes: one that somebody wrote into is kept aside when the old one comes back.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore.faults import refused
from envgit.restore.prefix.claims import Stage, lock_file, read_stage, suffix_of, target_of, write_stage
from envgit.sights import sights_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: In an environment that is not proven yet: the name of its staging folder.
UNPROVEN = ".envgit-unproven"

#: Seconds after which what is written has a later time than what was before: the system's clock ticks.
_TICK = 0.01
_SAVED = ".envgit-saved"
_SHOWN = 3

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
        time.sleep(_TICK)
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


def put_back(staging: Path, *, late: bool = True) -> bool:
    """Bring a swap to one of its two ends: undone unless the new environment was proven.

    What was written into one that was not is kept aside, and said. ``late`` when the swap was that of another
    process, which could say nothing: that it is undone is said, too.

    Returns:
        Whether what stands at ``staging`` now is of no more use.

    Raises:
        RestoreFailed: the system refuses; it says where the old environment stands.
    """
    try:
        return _put_back(staging, target_of(staging), late=late)
    except OSError as error:
        old = _aside(staging) if os.path.lexists(_aside(staging)) else staging
        raise RestoreFailed(
            f"the change of {target_of(staging)} cannot be brought to an end "
            f"({error.strerror or error}): the environment that stood there is at {old}",
            hint="whatever command looks at it next tries again: envgit status",
        ) from error


def _put_back(staging: Path, target: Path, *, late: bool) -> bool:
    if read_stage(staging) is Stage.SWAPPED:
        if _is_unproven(target, staging):
            (target / UNPROVEN).unlink()
        return True
    if read_stage(staging) is not Stage.SWAPPING:
        return True
    _complete_renames(staging, target)
    undone = _is_unproven(target, staging)
    if undone:
        _exchange(staging, target)
    if not os.path.lexists(staging):
        return True
    if not _is_unproven(staging, staging):
        return False  # the old one, and something else stands in its place: not for us to decide
    written = [path for path in _written_since(staging) if not _is_one(staging / path, target / path)]
    if written:
        _keep_aside(staging, target, written)
    else:
        write_stage(staging, Stage.BUILDING)
        if undone and late:
            _say(f"a change of {target} that had not been proven was undone")
    return True


def _written_since(folder: Path) -> list[str]:
    """What was written into an unproven environment since it took its place: by its user, that is.

    The time of the last change is one that nobody can set. It changes, too, when a cache gives a file a name
    or takes one: a file with several was written if its time says so, or its folder's that something came.
    Byte code does not count, nor does what is envgit's own.
    """
    seen, began = sights_of(folder, code=False), os.lstat(folder / UNPROVEN).st_ctime_ns
    found = []
    for path, sight in seen.files().items():
        status = seen.folders[path.rpartition("/")[0]].status
        alone = sight.names == 1 or sight.written > began or status.st_mtime_ns > began
        if sight.changed > began and alone:
            found.append(path)
    for path, below in seen.folders.items():  # one that was moved there: what lies in it is as it was
        if path and below.status.st_ctime_ns > began >= below.status.st_mtime_ns:
            found.append(path)
    return sorted(found)


def _is_one(new: Path, old: Path) -> bool:
    """Whether a file is in the old environment, too, and so is what was written into it."""
    try:
        return os.path.samestat(os.lstat(new), os.lstat(old))
    except FileNotFoundError:
        return False


def _keep_aside(staging: Path, target: Path, written: list[str]) -> None:
    names = (target.with_name(f"{target.name}{_SAVED}{number or ''}") for number in count())
    kept = next(name for name in names if not os.path.lexists(name))
    staging.rename(kept)
    with suppress(OSError):  # of a swap that is no more, and says nothing there
        (kept / UNPROVEN).unlink()
    more = f" and {len(written) - _SHOWN} more" if len(written) > _SHOWN else ""
    _say(
        f"a change of {target} that had not been proven was undone; what was written there meanwhile "
        f"({', '.join(written[:_SHOWN])}{more}) is kept with the environment that it was written into: {kept}"
    )


def _say(line: str) -> None:
    """Tell the user, whatever command it is that comes by: without settings Python writes it to stderr."""
    import logging

    logging.getLogger("envgit").warning("envgit: %s", line)


def is_in_halves(prefix: Path) -> bool:
    """Whether a swap of this prefix may have been broken off: the cost of one look."""
    return os.path.lexists(prefix / UNPROVEN) or not os.path.lexists(prefix)


def forget(prefix: Path) -> None:
    """Remove the note in an environment of which nothing else is left: neither who builds, nor the old one.

    It came with a copy, or with a package, or somebody removed the rest.
    """
    staging = _staging_noted_in(prefix)
    beside = (staging, lock_file(staging), _aside(staging)) if staging else ()
    if not any(map(os.path.lexists, beside)):
        with suppress(FileNotFoundError, IsADirectoryError):
            (prefix / UNPROVEN).unlink()


def _staging_noted_in(prefix: Path) -> Path | None:
    """The staging folder that a note names; None for one of another prefix: packages may bring notes."""
    try:
        staging = prefix.with_name(_noted(prefix / UNPROVEN) or "")
        suffix_of(staging, prefix)
    except ValueError:
        return None
    return staging if target_of(staging) == prefix else None


def _is_unproven(folder: Path, staging: Path) -> bool:
    return _noted(folder / UNPROVEN) == staging.name


def _noted(note: Path) -> str | None:
    """What a note says; a pipe in its place would be waited for without end."""
    try:
        return note.read_text() if note.is_file() else None
    except (OSError, ValueError):
        return None


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
