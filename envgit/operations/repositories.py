"""Which repositories restored from a cache that they share, so that what one needs is not another's waste.

Each has a small file of its own, named after its path: restores that run at once do not disturb each other,
and damage to one entry is no damage to the next.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.restore.cache_layout import REPOSITORIES
from envgit.store.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The Git common folders of repositories; ``damaged`` are entries that do not say which they are of."""

    repositories: tuple[str, ...] = ()
    damaged: tuple[Path, ...] = ()


def note_repository(cache: Path, common_dir: str) -> None:
    """Note that a repository uses a cache. One that may not be written to is cleaned by somebody else."""
    file = _entry(cache, common_dir)
    if not file.exists():
        with suppress(OSError):
            replace_file(file, common_dir)


def known_repositories(cache: Path) -> Known:
    """The repositories that are known to use a cache."""
    repositories, damaged = [], []
    folder = cache / REPOSITORIES
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if _NAME.fullmatch(file.name) and not file.is_dir():  # folders are no entries of ours
            path = _read(file)
            if path is not None and _entry(cache, path) == file:
                repositories.append(path)
            else:
                damaged.append(file)
    return Known(repositories=tuple(sorted(repositories)), damaged=tuple(damaged))


def forget_repository(cache: Path, common_dir: str) -> None:
    """Take a repository off the list."""
    _entry(cache, common_dir).unlink(missing_ok=True)


def _entry(cache: Path, common_dir: str) -> Path:
    return cache / REPOSITORIES / hashlib.sha256(os.fsencode(common_dir)).hexdigest()[:32]


def _read(file: Path) -> str | None:
    try:
        content = file.read_bytes()
    except OSError:
        return None
    return None if b"\0" in content else os.fsdecode(content)
