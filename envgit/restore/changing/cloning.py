"""A second environment of the same files, to be changed while the first one stays as it is."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

from envgit.errors import Conflict

if TYPE_CHECKING:
    from pathlib import Path

_ELSEWHERE = "rebuild it at another place: envgit checkout REV -p PREFIX"
#: Why a file may not be linked to although it may be copied: the file system, its limit, who owns it.
_NO_LINK = {errno.EPERM, errno.EACCES, errno.EMLINK, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS}
#: Folders whose small files installers write into rather than replace: scripts, conda's own notes.
_WRITTEN_INTO = ("bin", "Scripts", "conda-meta")
_SMALL = 1 << 16


def clone(prefix: Path, copy: Path, *, linked: bool = True) -> None:
    """Make ``copy`` hold all that ``prefix`` holds, known to a package or not.

    Files are the same ones, by hard links: who changes the copy has to replace files rather than write into
    them. Those that installers are known to write into are copied, and all where ``linked`` is not set or
    no link can be made.

    Raises:
        Conflict: something in it belongs to another user, or is another file system.
        OSError: nothing can be written there.
    """
    root = os.lstat(prefix)
    _clone_folder(str(prefix), str(copy), root, linked=linked)
    for name in _WRITTEN_INTO:
        _unshare(copy / name)


def _clone_folder(source: str, target: str, root: os.stat_result, *, linked: bool) -> None:
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            _require_own(entry.path, status, root)
            path = f"{target}/{entry.name}"
            if stat.S_ISDIR(status.st_mode):
                _clone_folder(entry.path, path, root, linked=linked)
            elif linked or not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
                _link(entry.path, path)
            else:
                shutil.copy2(entry.path, path, follow_symlinks=False)
    shutil.copystat(source, target)
    _give(source, target)


def _require_own(path: str, status: os.stat_result, root: os.stat_result) -> None:
    """Refuse what could not be removed, or not be moved, once the new environment stands in its place."""
    if stat.S_ISDIR(status.st_mode) and status.st_dev != root.st_dev:
        raise Conflict(f"{path} is another file system, mounted in the environment", hint=_ELSEWHERE)
    user = os.geteuid()
    if user not in {0, status.st_uid}:
        raise Conflict(f"{path} belongs to another user, so this environment is not changed", hint=_ELSEWHERE)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        shutil.copy2(source, target, follow_symlinks=False)
        _give(source, target)


def _unshare(folder: Path) -> None:
    """Make the small files of a folder files of their own, apart from the records of conda's packages."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for entry in list(os.scandir(folder)):
        if not entry.is_file(follow_symlinks=False) or entry.name.endswith(".json"):
            continue
        status = entry.stat(follow_symlinks=False)
        if status.st_nlink > 1 and status.st_size <= _SMALL:
            apart = f"{entry.path}.envgit-new"
            shutil.copy2(entry.path, apart)
            _give(entry.path, apart)
            os.replace(apart, entry.path)


def _give(source: str, target: str) -> None:
    """Give a copy to the owner and the group of its original."""
    theirs, ours = os.lstat(source), os.lstat(target)
    if (theirs.st_uid, theirs.st_gid) != (ours.st_uid, ours.st_gid):
        os.chown(target, theirs.st_uid, theirs.st_gid, follow_symlinks=False)
