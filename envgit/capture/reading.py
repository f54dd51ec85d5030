"""Read files of a prefix without waiting on a pipe, following a loop or swallowing a giant."""

from __future__ import annotations

import errno
import io
import os
import stat

#: A record that lists 50,000 files takes 15 MB.
MAX_BYTES = 256 * 1024 * 1024


def read_file(path: str) -> bytes:
    """Return the contents of a regular file.

    Raises:
        OSError: it cannot be read, is no regular file, or larger than ``MAX_BYTES``.
    """
    with io.FileIO(path, opener=_open_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        if status.st_size > MAX_BYTES:
            raise OSError(errno.EFBIG, f"larger than {MAX_BYTES // 2**20} MiB", path)
        return file.readall()


def read_if_there(path: str) -> bytes | None:
    """Return the contents of a regular file, None where there is none.

    Raises:
        OSError: there is something, and it cannot be read.
    """
    try:
        return read_file(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def can_be_path(path: str) -> bool:
    """Whether there can be a file of this name: JSON can bring nulls, and surrogates that encode no byte."""
    try:
        return b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        return False


def begins_with(path: str, start: bytes) -> bool:
    """Whether a file is there and begins with these bytes."""
    try:
        with io.FileIO(path, opener=_open_without_waiting) as file:
            return file.read(len(start)) == start
    except (OSError, ValueError):
        return False


def _open_without_waiting(path: str, flags: int) -> int:
    # Opening a named pipe waits for a writer, which may never come.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
