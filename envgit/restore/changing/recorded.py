"""Which files of an environment its packages brought, by the packages' own lists."""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.restore.changing.unlinking import files_of
from envgit.restore.pypi.record import Record

if TYPE_CHECKING:
    from pathlib import Path

_SITES = ("lib/python*/site-packages", "Lib/site-packages")


def recorded(folder: Path) -> frozenset[str]:
    """The paths, relative to ``folder``, in the records of its conda packages and in its RECORDs.

    A list that cannot be read counts as empty.
    """
    found = set()
    for record in (folder / "conda-meta").glob("*.json"):
        found.update(files_of(record))
    top = f"{folder}{os.sep}"
    for site in _SITES:
        for file in folder.glob(f"{site}/*.dist-info/RECORD"):
            with suppress(OSError, csv.Error):
                found.update(at.removeprefix(top) for _, at in Record(file.parent).paths())
    return frozenset(found)


def strays_of(folder: Path) -> frozenset[str]:
    """The files and links in an environment, by their paths in it, that no package knows.

    Byte code is left out, and so is what belongs to conda or to envgit.
    """
    known = recorded(folder)
    top = str(folder)
    found: set[str] = set()
    for at, folders, files in os.walk(top):
        left_out = {"conda-meta", "__pycache__"} if at == top else {"__pycache__"}
        links = [name for name in folders if os.path.islink(os.path.join(at, name))]
        folders[:] = [name for name in folders if name not in left_out]
        below = "" if at == top else f"{at[len(top) + 1 :]}/"
        found.update(f"{below}{name}" for name in (*files, *links))
    return frozenset(found - known)
