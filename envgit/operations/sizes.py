"""How much room files take: a file with several names does so once, and until the last of them is gone."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 512  # what st_blocks counts in (POSIX)


@dataclass(slots=True)
class Sizes:
    """Adds up what would be removed; sizes are in bytes on the disk."""

    _names: Counter[tuple[int, int]] = field(default_factory=Counter)
    _files: dict[tuple[int, int], os.stat_result] = field(default_factory=dict)

    def add(self, path: Path) -> int:
        """Count a file, or a folder with all in it; returns its size, as if it were alone."""
        alone: dict[tuple[int, int], int] = {}
        for status in _within(path):
            file = (status.st_dev, status.st_ino)
            self._names[file] += 1
            self._files[file] = status
            alone[file] = _room(status)
        return sum(alone.values())

    @property
    def total(self) -> int:
        """The size of all that was counted."""
        return sum(map(_room, self._files.values()))

    @property
    def freed(self) -> int:
        """How much of it is free afterwards: a file that has another name elsewhere stays."""
        going = (status for file, status in self._files.items() if _is_last(status, self._names[file]))
        return sum(map(_room, going))


def _is_last(status: os.stat_result, names: int) -> bool:
    return stat.S_ISDIR(status.st_mode) or status.st_nlink <= names


def _within(path: Path) -> Iterator[os.stat_result]:
    try:
        status = os.lstat(path)
    except FileNotFoundError:  # somebody else removed it
        return
    yield status
    if stat.S_ISDIR(status.st_mode):
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                try:
                    yield os.lstat(os.path.join(folder, name))
                except FileNotFoundError:  # it is in use, and changes
                    continue


def _room(status: os.stat_result) -> int:
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else blocks * _BLOCK
