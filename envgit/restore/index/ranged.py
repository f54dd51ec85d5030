"""A file on a server as a file to seek in: only the parts that are read are fetched."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Fetch = Callable[[int, int], bytes]

#: Fetched at least at once, in bytes; the directory at the end of most wheels, and their RECORD, is smaller.
PART = 64 * 1024


class RangedFile(io.RawIOBase):
    """Reads by ``fetch(start, stop)``; its last bytes, ``tail``, are there already."""

    def __init__(self, fetch: Fetch, *, size: int, tail: bytes) -> None:
        """Remember how to fetch bytes of a file of this size."""
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._part, self._start = tail, size - len(tail)
        self._position = 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read in any order."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; the next read begins there."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("before the beginning")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into a buffer, at most what is fetched at once; returns how many bytes."""
        start = self._position
        stop = min(self._size, start + len(buffer))
        if stop <= start:
            return 0
        if not self._start <= start < self._start + len(self._part):
            self._part = self._fetch(start, min(self._size, max(stop, start + PART)))
            self._start = start
        read = self._part[start - self._start : stop - self._start]
        buffer[: len(read)] = read
        self._position += len(read)
        return len(read)
