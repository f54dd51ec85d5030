"""What the operating system refuses, said as a restore that failed."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    import os

#: What to do where a program may not write: at the prefix, and in envgit's cache.
OTHER_PREFIX = "choose another place: envgit checkout REV -p PREFIX"
OTHER_CACHE = "choose another cache folder: ENVGIT_CACHE=FOLDER, or git config envgit.cache FOLDER"

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def refused(error: OSError, place: str | os.PathLike[str], *, forbidden: str = OTHER_PREFIX) -> RestoreFailed:
    """Return the error for an ``OSError`` met while writing at or below ``place``.

    ``forbidden`` is the next step where permission is missing.
    """
    reason = error.strerror or str(error)
    return _known(error.errno, place, forbidden) or RestoreFailed(f"cannot write {place}: {reason}")


def refused_to(
    program: str, output: str, place: str | os.PathLike[str], *, forbidden: str = OTHER_PREFIX
) -> RestoreFailed | None:
    """Return the error where a program's output tells of a full disk or of missing permission, else None.

    Args:
        program: who said it, for the message.
        output: its messages; Rust programs end such a one in ``(os error 28)``.
        place: where it was writing.
        forbidden: the next step where permission is missing.
    """
    numbers = {int(number) for number in re.findall(r"\(os error (\d+)\)", output)}
    for number in sorted(numbers & (_FULL | _FORBIDDEN)):
        known = _known(number, place, forbidden)
        if known is not None:
            known.hint = f"{known.hint}\n{program} says: {output.strip().splitlines()[0]}"
            return known
    return None


def next_step_at(place: str | os.PathLike[str], cache: str | os.PathLike[str]) -> str:
    """What to do where ``place`` may not be written: it lies in envgit's ``cache``, or at a prefix."""
    return OTHER_CACHE if Path(place).is_relative_to(cache) else OTHER_PREFIX


def _known(number: int | None, place: str | os.PathLike[str], forbidden: str) -> RestoreFailed | None:
    if number in _FULL:
        return RestoreFailed(
            f"no space left on the disk that holds {place}",
            hint="free some space there, or use another disk: -p PREFIX for the environment, ENVGIT_CACHE or "
            "git config envgit.cache for the cache, which may also be emptied",
        )
    if number in _FORBIDDEN:
        return RestoreFailed(f"no permission to write {place}", hint=forbidden)
    return None
