"""The RECORD of an installed distribution (PEP 376, PEP 627)."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
from typing import TYPE_CHECKING

from envgit.restore.relocation import overwrite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COLUMNS = 3
_CHUNK = 1 << 18


class Record:
    """The rows of one RECORD; paths are kept as they are written in it.

    Changes go to files first and are told to the record after, which is written at the end.
    """

    def __init__(self, dist_info: Path) -> None:
        self._site = os.fspath(dist_info.parent)
        self._file = dist_info / "RECORD"
        self._text = self._file.read_text(encoding="utf-8", errors="surrogateescape")
        self._rows = {row[0]: row for row in csv.reader(io.StringIO(self._text)) if row}

    def paths(self) -> list[tuple[str, str]]:
        """Each path as recorded, and where that file lies."""
        return [(path, self._place(path)) for path in self._rows]

    def is_readable(self) -> bool:
        """Whether each row has the three columns that PEP 376 gives it."""
        return all(len(row) == _COLUMNS for row in self._rows.values())

    def hashes(self) -> Iterator[tuple[str, str, str]]:
        """Each path as recorded, where that file lies, and its recorded hash; empty where there is none."""
        for path, file in self.paths():
            yield path, file, "".join(self._rows[path][1:2])

    def set(self, path: str, content: bytes) -> None:
        """Say that a file has this content now."""
        self._rows[path] = [path, _encoded("sha256", hashlib.sha256(content).digest()), str(len(content))]

    def discard(self, path: str) -> None:
        """Say that a file is gone."""
        self._rows.pop(path, None)

    def write(self) -> None:
        """Write the record if it says anything new."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self._rows[path] for path in sorted(self._rows))
        if text.getvalue() != self._text:
            overwrite(self._file, text.getvalue().encode(errors="surrogateescape"))

    def _place(self, path: str) -> str:
        place = f"{self._site}/{path}" if path[:1] != "/" else path
        return os.path.normpath(place) if ".." in path else place  # a RECORD has thousands of rows


def hash_of(file: str, algorithm: str) -> str:
    """The hash of a file as a RECORD writes it, such as ``sha256=47DEQp…``.

    Raises:
        OSError: the file cannot be read.
        ValueError: there is no such algorithm here.
    """
    hashed = hashlib.new(algorithm, usedforsecurity=False)
    with open(file, "rb", buffering=0) as opened:
        while chunk := opened.read(_CHUNK):
            hashed.update(chunk)
    return _encoded(algorithm, hashed.digest())


def _encoded(algorithm: str, digest: bytes) -> str:
    return f"{algorithm}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
