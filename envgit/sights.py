"""What the files of a folder look like, an environment's for one, by one walk over it: no file is read."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_CODE = "__pycache__"
_OWN = ".envgit-"
_TWO = 2


class Sight(NamedTuple):
    """What is seen of a file: who writes it changes one of these. Times in ns.

    ``changed`` is the time of its last change (ctime), which nobody can set, and which changes with
    ``names``, too: the number of paths that the file has, here and elsewhere.
    """

    size: int
    written: int
    mode: int
    inode: int
    changed: int
    names: int
    owner: int

    def is_same(self, other: Sight | None) -> bool:
        """Whether this is the same file, not written since; it may have gained or lost names."""
        return other is not None and self[:4] == other[:4]


@dataclass(frozen=True, kw_only=True, slots=True)
class Folder:
    """A folder, and what it holds beside folders, by name."""

    status: os.stat_result
    files: Mapping[str, Sight]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sights:
    """The folders of an environment, itself included (``""``), by path relative to ``top``; parents first."""

    top: str
    folders: Mapping[str, Folder]

    def installed(self) -> Iterator[tuple[str, Folder]]:
        """The folders without those of byte code, which Python writes whenever something runs."""
        for path, folder in self.folders.items():
            if _CODE not in path or _CODE not in path.split("/"):
                yield path, folder

    def files(self) -> dict[str, Sight]:
        """What is seen of each file and link, by path; without byte code and what is envgit's own."""
        return dict(_by_path(self.installed()))

    def shared(self, others: Sights) -> frozenset[str]:
        """The paths at which the same file lies in both, not written since."""
        theirs = dict(_by_path(others.folders.items()))
        mine = _by_path(self.folders.items())
        return frozenset(path for path, sight in mine if sight.is_same(theirs.get(path)))

    def differ(self, others: Sights) -> list[str]:
        """The paths at which not the same file lies in both, or one that was written since."""
        mine, theirs = self.files(), others.files()
        here = (path for path, sight in mine.items() if not sight.is_same(theirs.get(path)))
        return sorted([*here, *(theirs.keys() - mine.keys())])

    def again(self) -> Sights:
        """What is seen now of the files that had two names: with one, the last change was another time.

        What was written since, too, stays as it was seen before.
        """
        return replace(
            self,
            folders={
                path: replace(
                    folder,
                    files={name: self._again(path, name, sight) for name, sight in folder.files.items()},
                )
                for path, folder in self.folders.items()
            },
        )

    def _again(self, path: str, name: str, sight: Sight) -> Sight:
        if sight.names != _TWO:
            return sight
        with suppress(OSError):
            now = _sight(os.lstat(f"{self.top}/{path}/{name}"))
            return now if sight.is_same(now) else sight
        return sight

    def links(self) -> Iterator[str]:
        """The paths of all symbolic links."""
        for path, folder in self.folders.items():
            for name, sight in folder.files.items():
                if stat.S_ISLNK(sight.mode):
                    yield f"{path}/{name}" if path else name


def sights_of(folder: str | os.PathLike[str], *, code: bool = True) -> Sights:
    """Look at every file of an environment; what is removed at this moment may be left out.

    Args:
        folder: the environment.
        code: whether folders of byte code are looked into.

    Raises:
        PermissionError: a folder of it may not be read.
    """
    top = os.fspath(folder)
    folders: dict[str, Folder] = {}
    _look(top, "", folders, code=code)
    return Sights(top=top, folders=folders)


def _by_path(folders: Iterable[tuple[str, Folder]]) -> Iterator[tuple[str, Sight]]:
    for path, folder in folders:
        for name, sight in folder.files.items():
            if not name.startswith(_OWN):
                yield f"{path}/{name}" if path else name, sight


def _look(at: str, path: str, folders: dict[str, Folder], *, code: bool) -> None:
    below: list[str] = []
    files: dict[str, Sight] = {}
    with suppress(FileNotFoundError):
        with os.scandir(at) as entries:
            folders[path] = Folder(status=os.stat(at), files=files)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.name)
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                files[entry.name] = _sight(status)
        for name in below:
            if code or name != _CODE:
                _look(f"{at}/{name}", f"{path}/{name}" if path else name, folders, code=code)


def _sight(status: os.stat_result) -> Sight:
    return Sight(
        status.st_size,
        status.st_mtime_ns,
        status.st_mode,
        status.st_ino,
        status.st_ctime_ns,
        status.st_nlink,
        status.st_uid,
    )
