"""Keep what was parsed from a prefix's files, so that the next capture parses only what changed."""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from typing import TYPE_CHECKING, Any

from envgit.capture.reading import read_if_there
from envgit.redact import holds_token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Raised whenever the same file would be reduced to something else than before.
FORMAT = 3


class Cache:
    """Parsed files by path and facts (size, time of modification).

    The file is a line that says what it is for, with a checksum, and a line of JSON. One that is damaged,
    of another format or for something else counts as empty, and is replaced as a whole: writers need no lock.
    """

    def __init__(self, file: str | None, *, purpose: str) -> None:
        """Open the cache at ``file``; None keeps nothing.

        Args:
            file: where the cache is kept.
            purpose: whatever else than the files the parsed values depend on.
        """
        self._file = file
        self._purpose = zlib.crc32(purpose.encode("utf-8", "surrogatepass"))
        self._before: dict[str, list[Any]] = self._load() if file else {}
        self._now: dict[str, list[Any]] = {}
        self._parsed = 0

    def recall(self, path: str, facts: Sequence[object], parse: Callable[[], Any]) -> Any:
        """Return the JSON value that ``parse`` gave for ``path`` when it had these facts, or gives now.

        Names are kept as they stand, unlike other texts: where one holds a token, its file is parsed again.
        """
        kept = self._before.get(path)
        if kept is None or kept[0] != list(facts):
            kept = [list(facts), parse()]
            if holds_token(json.dumps([path, kept[1]])):
                return kept[1]
            self._parsed += 1
        self._now[path] = kept
        return kept[1]

    def save(self) -> None:
        """Write what was recalled, and nothing else, when that differs from what the file holds.

        Raises:
            OSError: it cannot be written.
        """
        if self._file is None or (not self._parsed and len(self._now) == len(self._before)):
            return
        content = json.dumps(self._now, separators=(",", ":")).encode("ascii")
        os.makedirs(os.path.dirname(self._file) or ".", exist_ok=True)
        unfinished = f"{self._file}.{os.getpid()}-{id(self):x}"
        try:
            with open(unfinished, "wb") as file:
                file.write(self._header(content) + content)
            os.replace(unfinished, self._file)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
            raise

    def _load(self) -> dict[str, list[Any]]:
        try:
            header, newline, content = (read_if_there(self._file or "") or b"").partition(b"\n")
        except OSError:
            return {}
        if header + newline != self._header(content):
            return {}
        kept: dict[str, list[Any]] = json.loads(content)
        return kept

    def _header(self, content: bytes) -> bytes:
        return b"envgit capture cache %d %08x %08x\n" % (FORMAT, self._purpose, zlib.crc32(content))
