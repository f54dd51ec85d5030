"""Downloads that were broken off, and those of a fetch that was: kept by hash for who wants the file next."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from envgit.model import CondaPackage
    from envgit.restore.conda.job import Artifact

#: Seconds after which nobody is expected to come back for the rest.
_KEPT_FOR = 7 * 24 * 3600
_ENDING = ".part"


@contextmanager
def partials(folder: Path) -> Iterator[Callable[[Artifact], Path]]:
    """Give the function that says where a file grows while it is downloaded.

    One process at a time has ``folder``, where files outlive it, however it ends. Another one that
    downloads meanwhile, or may not write there, lets its files grow beside where they are wanted; so do
    files whose hash is not known.

    Raises:
        OSError: the folder cannot be made.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        yield _private
        return
    try:
        _sweep(folder)
        yield lambda artifact: _shared(artifact, folder)
    finally:
        lock.release()


def settle(growing: Path, local: str) -> None:
    """Put a file that is whole where it is wanted; it stays where it grew until all others are had, too.

    Raises:
        OSError: it cannot be put there.
    """
    try:
        os.link(growing, local)
    except OSError:  # there are file systems without such links
        os.replace(growing, local)


def seems_whole(artifact: Artifact, growing: Path) -> bool:
    """Whether all of a file is there, as far as its size tells."""
    try:
        return growing.stat().st_size == artifact.size
    except OSError:
        return False


def whole_at(package: CondaPackage, folder: Path) -> Path | None:
    """Where a download lies that seems whole and was not needed in the end; None where there is none."""
    known = package.sha256 or package.md5
    file = folder / f"{known}{_ENDING}"
    try:
        return file if known and package.size and file.stat().st_size == package.size else None
    except OSError:
        return None


def _private(artifact: Artifact) -> Path:
    return Path(f"{artifact.local}{_ENDING}")


def _shared(artifact: Artifact, folder: Path) -> Path:
    known = artifact.sha256 or artifact.md5
    file = folder / f"{known}{_ENDING}"
    is_ours = known and (not file.exists() or os.access(file, os.R_OK | os.W_OK))
    return file if is_ours else _private(artifact)


def _sweep(folder: Path) -> None:
    for file in folder.glob(f"*{_ENDING}"):
        with suppress(OSError):  # what cannot be removed is in nobody's way
            if file.stat().st_mtime < time.time() - _KEPT_FOR:
                file.unlink()
