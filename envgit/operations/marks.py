"""The mark left in a restored prefix: which snapshot it is of, and whether it still is what it was."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_args

from envgit.model import Grade
from envgit.store.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path

_OWN = ".envgit-"
_NAME = attrgetter("name")
_FILE = f"{_OWN}restored.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What a restore left behind.

    ``captured`` and ``grade`` are None while the proof is still to come: the restore was interrupted after
    the environment had been moved into place. ``stamp`` is what :func:`stamp_of` gave; with the one called
    ``spoilt`` it was found to be another environment. ``repository`` is the Git common folder of the
    one that it was restored from.
    """

    snapshot: str
    captured: str | None = None
    grade: Grade | None = None
    stamp: str = ""
    spoilt: str = ""
    repository: str = ""


def read_mark(prefix: Path) -> Mark | None:
    """The mark of a prefix, None where nothing of ours was restored."""
    try:
        fields: Any = json.loads((prefix / _FILE).read_text())
        mark = Mark(**fields)
    except (OSError, ValueError, TypeError):
        return None
    texts = (mark.snapshot, mark.stamp, mark.repository, mark.spoilt)
    known = all(isinstance(text, str) for text in texts) and mark.grade in (None, *get_args(Grade))
    return mark if known else None


def marked_at(prefix: Path) -> str:
    """When the mark of a prefix was left, in ISO 8601."""
    written = datetime.fromtimestamp((prefix / _FILE).stat().st_mtime, tz=timezone.utc)
    return written.isoformat(timespec="seconds")


def write_mark(prefix: Path, mark: Mark) -> None:
    """Leave a mark, whole or not at all."""
    replace_file(prefix / _FILE, json.dumps(asdict(mark)) + "\n")


def note_use(prefix: Path) -> None:
    """Note that a restored environment is used now."""
    with suppress(OSError):  # one that may not be written to is kept by somebody else
        os.utime(prefix / _FILE)


def last_use(prefix: Path) -> float:
    """When a restored environment was last used, in seconds since the epoch."""
    return os.stat(prefix / _FILE).st_mtime


def stamp_of(prefix: Path, *, linked: bool = False) -> str:
    """A digest over what tells of every file that it was written: cheap, for no file is read.

    A file is told by its size, its time and the time of its last change, which nobody can set. One with
    several names has another such time whenever one is given or taken, as caches do: for that one stands its
    inode. So what remains possible is that a file which other environments or a cache share is written into,
    and its time set back. Byte code is left out: Python writes it whenever something runs.

    Args:
        prefix: the environment.
        linked: take each file for one that has several names.
    """
    rows: list[str] = []
    folders = [str(prefix)]
    while folders:
        folder = folders.pop()
        rows.append(folder)
        with os.scandir(folder) as entries:
            found = sorted(entries, key=_NAME)
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    folders.append(entry.path)
            elif not entry.name.startswith(_OWN):
                status = entry.stat(follow_symlinks=False)
                shared = linked or status.st_nlink > 1
                told = status.st_ino if shared else f"@{status.st_ctime_ns}"
                rows.append(f"{entry.name}\0{status.st_mode}\0{status.st_size}\0{status.st_mtime_ns}\0{told}")
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogateescape")).hexdigest()


def stamp_again(prefix: Path, before: str) -> None:
    """Stamp a proven environment whose files have just lost the names that they had in another one.

    ``before`` is the stamp as of linked files from right before the proof: if it is another one now,
    something was written since, and the mark stays as it is.
    """
    stamp, mark = stamp_of(prefix), read_mark(prefix)
    if mark is not None and stamp_of(prefix, linked=True) == before:
        write_mark(prefix, replace(mark, stamp=stamp))
