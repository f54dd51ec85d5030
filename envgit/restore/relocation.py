"""Files that hold the path of the staging folder are put right for the place where it will stand.

A staging folder's name is its target's name plus a suffix that occurs nowhere else, so it is enough to
take the suffix out, however the path before it is quoted or encoded.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SHOWN = 5


def relocate(file: Path, suffix: str) -> bytes | None:
    """Take a staging folder's suffix out of a file.

    Returns:
        The new content, None when the file does not hold the suffix or is no file.

    Raises:
        RestoreFailed: it is a binary file, in which no text can be made shorter.
    """
    if file.is_symlink() or not file.is_file():
        return None
    content = file.read_bytes()
    mark = suffix.encode()
    if mark not in content:
        return None
    if b"\0" in content:
        raise RestoreFailed(f"{file} holds the path it was built at, and cannot be moved")
    content = content.replace(mark, b"")
    overwrite(file, content)
    return content


def overwrite(file: Path, content: bytes) -> None:
    """Put a new file in the place of one: that may be a hard link into a cache, whose content must stay."""
    draft = file.with_name(f".envgit-{secrets.token_hex(8)}")
    try:
        draft.write_bytes(content)
        with suppress(FileNotFoundError):
            shutil.copymode(file, draft)
        os.replace(draft, file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def require_relocated(files: Iterable[Path], suffix: str) -> None:
    """Check that no file holds the path of the staging folder.

    Raises:
        RestoreFailed: some do; the message names them.
    """
    mark = suffix.encode()
    left = [file for file in files if file.is_file() and mark in file.read_bytes()]
    if left:
        names = ", ".join(str(file) for file in left[:_SHOWN])
        raise RestoreFailed(f"these files hold the path they were built at: {names}")
