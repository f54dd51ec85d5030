"""Which files of an environment its packages brought, by the packages' own lists."""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.restore.changing.unlinking import files_of
from envgit.restore.pypi.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_SITES = ("lib/python*/site-packages", "Lib/site-packages")


def recorded(folder: Path, *, without: Collection[str] = ()) -> frozenset[str]:
    """The paths, relative to ``folder``, in the records of its conda packages and in its RECORDs.

    A list that cannot be read counts as empty, and so does one of those ``without`` which it is to be.
    """
    found = set()
    for record in (folder / "conda-meta").glob("*.json"):
        found.update(files_of(record))
    top = f"{folder}{os.sep}"
    for site in _SITES:
        for file in folder.glob(f"{site}/*.dist-info/RECORD"):
            if str(file).removeprefix(top) in without:
                continue
            with suppress(OSError, csv.Error):
                found.update(at.removeprefix(top) for _, at in Record(file.parent).paths())
    return frozenset(found)
