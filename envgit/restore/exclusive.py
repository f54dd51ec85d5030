"""One restore at a time for one place."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.restore.faults import OTHER_CACHE, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def exclusive(prefix: Path, *, cache: Path) -> Iterator[None]:
    """Wait for other restores to ``prefix``: who comes second finds what the first one left.

    The lock lies in envgit's cache, so that nothing is left beside the place.

    Raises:
        RestoreFailed: the cache cannot be written.
    """
    from filelock import FileLock

    name = hashlib.sha256(os.path.realpath(prefix).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    try:
        (cache / "locks").mkdir(parents=True, exist_ok=True)
        lock = FileLock(cache / "locks" / f"{name}.lock")
        lock.acquire()
    except OSError as error:
        raise refused(error, cache, forbidden=OTHER_CACHE) from error
    try:
        yield
    finally:
        lock.release()
