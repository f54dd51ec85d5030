"""The mark left in a restored prefix: which snapshot it is of, and whether it still is what it was."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, get_args

from envgit.model import Grade
from envgit.sights import sights_of
from envgit.store.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.sights import Sights

_OWN = ".envgit-"
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


def stamp_of(prefix: Path) -> str:
    """The stamp of an environment as it is now: cheap, for no file is read."""
    return stamp_from(sights_of(prefix, code=False))


def stamp_from(seen: Sights) -> str:
    """A digest over what tells of every file of an environment that it was written.

    A file is told by its size, its time and the time of its last change, which nobody can set. One with
    several names has another such time whenever one is given or taken, as caches do: for that one stands its
    inode. So what remains possible is that a file which other environments or a cache share is written into,
    and its time set back. Byte code is left out: Python writes it whenever something runs.
    """
    rows = [seen.top]
    for path, folder in sorted(seen.installed()):
        rows.append(f"{path}/")
        for name, sight in sorted(folder.files.items()):
            if not name.startswith(_OWN):
                told = sight.inode if sight.names > 1 else f"@{sight.changed}"
                rows.append(f"{name}\0{sight.mode}\0{sight.size}\0{sight.written}\0{told}")
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogateescape")).hexdigest()


def stamp_again(prefix: Path, proven: Sights) -> None:
    """Stamp a proven environment whose files have just lost the names that they had in another one.

    ``proven`` is what was seen right before the proof. What was written since has another stamp.
    """
    mark = read_mark(prefix)
    if mark is not None:
        write_mark(prefix, replace(mark, stamp=stamp_from(proven.again())))
