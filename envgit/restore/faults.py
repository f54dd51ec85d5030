"""What the operating system refuses, said as a restore that failed."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    import os

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def refused(error: OSError, place: str | os.PathLike[str]) -> RestoreFailed:
    """Return the error for an ``OSError`` met while writing at or below ``place``."""
    reason = error.strerror or str(error)
    return _known(error.errno, place) or RestoreFailed(f"cannot write {place}: {reason}")


def refused_to(program: str, output: str, place: str | os.PathLike[str]) -> RestoreFailed | None:
    """Return the error where a program's output tells of a full disk or of missing permission, else None.

    Args:
        program: who said it, for the message.
        output: its messages; Rust programs end such a one in ``(os error 28)``.
        place: where it was writing.
    """
    numbers = {int(number) for number in re.findall(r"\(os error (\d+)\)", output)}
    for number in sorted(numbers & (_FULL | _FORBIDDEN)):
        known = _known(number, place)
        if known is not None:
            known.hint = known.hint or f"{program} says: {output.strip().splitlines()[0]}"
            return known
    return None


def _known(number: int | None, place: str | os.PathLike[str]) -> RestoreFailed | None:
    if number in _FULL:
        return RestoreFailed(
            f"no space left on the disk that holds {place}", hint="free some space: envgit clean --dry-run"
        )
    if number in _FORBIDDEN:
        return RestoreFailed(
            f"no permission to write {place}", hint="choose another place: envgit checkout REV -p PREFIX"
        )
    return None
