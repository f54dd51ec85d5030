"""The RECORD of an installed distribution (PEP 376, PEP 627)."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
from pathlib import Path

from envgit.restore.relocation import overwrite


class Record:
    """The rows of one RECORD; paths are kept as they are written in it.

    Changes go to files first and are told to the record after, which is written at the end.
    """

    def __init__(self, dist_info: Path) -> None:
        self._dist_info = dist_info
        self._file = dist_info / "RECORD"
        self._text = self._file.read_text(encoding="utf-8", errors="surrogateescape")
        self._rows = {row[0]: row for row in csv.reader(io.StringIO(self._text)) if row}

    def paths(self) -> list[tuple[str, Path]]:
        """Each path as recorded, and where that file lies."""
        site = self._dist_info.parent
        return [(path, Path(os.path.normpath(site / path))) for path in self._rows]

    def set(self, path: str, content: bytes) -> None:
        """Say that a file has this content now."""
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self._rows[path] = [path, f"sha256={digest}", str(len(content))]

    def discard(self, path: str) -> None:
        """Say that a file is gone."""
        self._rows.pop(path, None)

    def write(self) -> None:
        """Write the record if it says anything new."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self._rows[path] for path in sorted(self._rows))
        if text.getvalue() != self._text:
            overwrite(self._file, text.getvalue().encode(errors="surrogateescape"))
