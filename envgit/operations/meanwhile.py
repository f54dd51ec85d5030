"""What others write into an environment while it is exchanged for another one: it must not be lost."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.errors import Conflict, RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: What is told of a file: size, time, mode, inode. A clone changes neither of them, as it does the time of
#: the last change.
Sight = tuple[int, int, int, int]

_OWN = ".envgit-"
_SHOWN = 3


def sights_of(folder: Path) -> Mapping[str, Sight]:
    """Every file of an environment with what tells whether it is written, by its path; no byte code.

    Raises:
        RestoreFailed: a folder of it may not be read.
    """
    try:
        return dict(_sights(str(folder), ""))
    except PermissionError as error:
        raise RestoreFailed(
            f"{error.filename} may not be read, so {folder} cannot be changed in place",
            hint=f"allow it (chmod u+rwx {error.filename}), or choose another place: "
            "envgit checkout REV -p PREFIX",
        ) from error


def require_same(before: Mapping[str, Sight], folder: Path, prefix: Path) -> None:
    """Check that an environment is as it was seen before.

    Args:
        before: what :func:`sights_of` gave.
        folder: where the environment stands now.
        prefix: what it is called.

    Raises:
        Conflict: files of it were written, made or removed since.
    """
    now = sights_of(folder)
    changed = sorted(path for path in {*before, *now} if before.get(path) != now.get(path))
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise Conflict(
            f"{prefix} was changed meanwhile, and was left as it is: {', '.join(changed[:_SHOWN])}{more}",
            hint="wait for what installs or writes there, and try again",
        )


def _sights(folder: str, below: str) -> Iterator[tuple[str, Sight]]:
    with suppress(FileNotFoundError):  # it is removed at this moment
        with os.scandir(folder) as found:
            entries = list(found)
        for entry in entries:
            path = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _sights(entry.path, f"{path}/")
            elif not entry.name.startswith(_OWN):
                with suppress(FileNotFoundError):
                    status = entry.stat(follow_symlinks=False)
                    yield path, (status.st_size, status.st_mtime_ns, status.st_mode, status.st_ino)
