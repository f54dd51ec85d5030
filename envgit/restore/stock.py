"""What lies in envgit's cache beside the environments, as far as it is envgit's own.

A folder that is a symbolic link is not looked into, and what does not look as envgit or py-rattler leaves it
is passed over: it is somebody else's.
"""

from __future__ import annotations

import os
import re
import time
from itertools import chain
from typing import TYPE_CHECKING

from envgit.restore.cache_layout import CONDA, DRAFT, PARTIAL, SEALS, WHEELS
from envgit.restore.conda.cache import SHARED, folder_of
from envgit.restore.prefix.claims import Stage, abandoned, read_stage
from envgit.restore.prefix.staging import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envgit.model import CondaPackage

_HASH = re.compile(r"[0-9a-f]{64}")
_PARTIAL = re.compile(r"[0-9a-f]{32,64}\.part")
#: Seconds after which nobody goes on with a draft.
_ABANDONED = 3600


def package_folder(package: CondaPackage, cache: Path) -> Path:
    """Where the files of a conda package lie in the cache, or would lie."""
    return folder_of(package, cache / CONDA)


def packages_in(cache: Path) -> Iterator[Path]:
    """The folders of conda packages; beside each lies py-rattler's lock, with ``.lock`` behind its name."""
    for part in _parts(cache / CONDA):
        yield from (folder for folder in folders_in(part) if lock_of(folder).is_file())


def _parts(root: Path) -> list[Path]:
    """The parts, of packages or of seals, that there are in a folder."""
    parts = [root / SHARED, *folders_in(root / "md5"), *folders_in(root / "url")]
    return [part for part in parts if is_folder(root) and is_folder(part)]


def lock_of(package: Path) -> Path:
    """The lock beside the folder of a package."""
    return package.with_name(f"{package.name}.lock")


def companions_of(package: Path, cache: Path) -> Iterator[Path]:
    """What lies in the cache on account of a package beside its folder: py-rattler's lock, our seal."""
    root = cache / CONDA
    companions = (lock_of(package), root / SEALS / package.relative_to(root))
    return (path for path in companions if path.exists())


def partials_in(cache: Path) -> Iterator[Path]:
    """Downloads that were broken off."""
    folder = cache / CONDA / PARTIAL
    if is_folder(cache / CONDA) and is_folder(folder):
        yield from (file for file in sorted(folder.iterdir()) if _PARTIAL.fullmatch(file.name))


def wheels_in(cache: Path) -> Iterator[Path]:
    """The folders of distributions' files, each named by the SHA-256 of its file."""
    yield from (folder for folder in folders_in(cache / WHEELS) if _HASH.fullmatch(folder.name))


def leftovers_in(cache: Path) -> Iterator[Path]:
    """What killed programs left: environments and files half made, and what was still to be removed."""
    for folder in (cache, *folders_in(cache)):
        for staging, lock in abandoned(folder) if is_folder(folder) else ():
            lock.release()
            if read_stage(staging) is Stage.BUILDING and is_folder(staging):
                yield staging
    yield from _drafts(cache)


def _drafts(cache: Path) -> Iterator[Path]:
    """Files among wheels and seals that somebody began to write, and was killed."""
    seals = _parts(cache / CONDA / SEALS) if is_folder(cache / CONDA) else []
    for file in chain.from_iterable(folder.iterdir() for folder in (*wheels_in(cache), *seals)):
        if file.name.startswith(DRAFT) and file.lstat().st_mtime < time.time() - _ABANDONED:
            yield file


def remove_leftovers(cache: Path) -> None:
    """Remove what :func:`leftovers_in` finds."""
    for folder in (cache, *folders_in(cache)):
        if is_folder(folder):
            sweep(folder)
    for draft in _drafts(cache):
        draft.unlink(missing_ok=True)


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, none of them a symbolic link; empty where that one is a link, or not there."""
    return sorted(filter(is_folder, folder.iterdir())) if is_folder(folder) else []


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, and no link to one."""
    return path.is_dir() and not os.path.islink(path)
