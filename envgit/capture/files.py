"""Compare every file of a prefix with what was recorded of it when it was installed."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from envgit.capture.cache import Cache
from envgit.capture.expected import expected_files
from envgit.capture.locate import kind_of
from envgit.capture.prefix import Prefix
from envgit.model import FileCheck

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def sha256_of(path: str) -> str | None:
    """Return the hex SHA-256 of a file's content, links followed; None when there is no such file."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def check_files(
    prefix: Path,
    *,
    hash_file: Callable[[str], str | None] = sha256_of,
    exists: Callable[[str], bool] = os.path.exists,
) -> FileCheck:
    """Compare the files of a prefix with the hashes in conda's records and in the RECORDs of the rest.

    ``checked`` counts the files that were compared, altered ones included. What lies there without
    a recorded hash (byte code, scripts made at installation) is ``unverifiable``; of links it is checked that
    their targets exist.

    Args:
        prefix: the folder of the environment.
        hash_file: returns the hex SHA-256 of the file at an absolute path, None when there is none.
        exists: whether there is something at an absolute path, links followed.

    Raises:
        NotAPrefix: there is no environment at ``prefix``, or only the half of one.
    """
    kind_of(prefix)
    opened = Prefix(os.path.abspath(prefix), Cache(None, purpose=""))
    checked = 0
    altered, missing, unverifiable = [], [], []
    for path, expected in sorted(expected_files(opened).items()):
        full = opened.path(path)
        if expected.link or not expected.hashes:
            if not exists(full):
                missing += [] if expected.optional else [path]
            elif expected.link:
                checked += 1
            else:
                unverifiable.append(path)
            continue
        found = hash_file(full)
        if found is None:
            missing += [] if expected.optional else [path]
            continue
        checked += 1
        if found not in expected.hashes:
            altered.append(path)
    return FileCheck(
        checked=checked, altered=tuple(altered), missing=tuple(missing), unverifiable=tuple(unverifiable)
    )
