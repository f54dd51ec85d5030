"""What others write into an environment while it is exchanged for another one: it must not be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import Conflict, RestoreFailed
from envgit.sights import sights_of

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.sights import Sights

_SHOWN = 3


def look_at(prefix: Path) -> Sights:
    """See every file of an environment that is to be changed.

    Raises:
        RestoreFailed: a folder of it may not be read.
    """
    try:
        return sights_of(prefix)
    except PermissionError as error:
        raise RestoreFailed(
            f"{error.filename} may not be read, so {prefix} cannot be changed in place",
            hint=f"allow it (chmod u+rwx {error.filename}), or choose another place: "
            "envgit checkout REV -p PREFIX",
        ) from error


def require_same(before: Sights, folder: Path, prefix: Path) -> None:
    """Check that an environment is as it was seen before.

    Args:
        before: what :func:`look_at` gave.
        folder: where the environment stands now.
        prefix: what it is called.

    Raises:
        Conflict: files of it were written, made or removed since.
    """
    changed = before.differ(sights_of(folder, code=False))
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise Conflict(
            f"{prefix} was changed meanwhile, and was left as it is: {', '.join(changed[:_SHOWN])}{more}",
            hint="wait for what installs or writes there, and try again",
        )
