"""Keep files that no index serves: wheels and source distributions that were installed from this machine."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.restore.cache_layout import DRAFT, WHEELS
from envgit.restore.faults import OTHER_CACHE, refused

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_CHUNK = 1 << 20


def keep_file(file: Path, *, cache: Path, sha256: str | None = None) -> str | None:
    """Copy a file into the cache, to ``WHEELS/<sha256>/<its name>``, whole or not at all; returns its hash.

    None where its hash is not ``sha256``: then nothing is kept.

    Raises:
        OSError: the file cannot be read.
        RestoreFailed: the cache cannot be written to.
    """
    with file.open("rb") as source:
        got = _sha256_of(source)
        if sha256 not in (None, got):
            return None
        kept = cache / WHEELS / got / file.name
        if not kept.exists():
            source.seek(0)
            try:
                _write(kept, source, got)
            except OSError as error:
                raise refused(error, kept, forbidden=OTHER_CACHE) from error
    return got


def _sha256_of(source: BinaryIO, copy: BinaryIO | None = None) -> str:
    """The hash of what is read, which is written to ``copy`` on the way."""
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        if copy is not None:
            copy.write(chunk)
    return digest.hexdigest()


def _write(kept: Path, source: BinaryIO, sha256: str) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=kept.parent, prefix=DRAFT)
    try:
        with os.fdopen(handle, "wb") as copy:
            written = _sha256_of(source, copy)
        if written != sha256:
            raise OSError(0, "it changed while it was copied", str(kept))
        os.replace(draft, kept)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)
