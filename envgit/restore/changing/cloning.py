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

    from envgit.sights import Sights

_ELSEWHERE = "rebuild it at another place: envgit checkout REV -p PREFIX"
#: Why a file may not be linked to although it may be copied: the file system, its limit, who owns it.
_NO_LINK = {errno.EPERM, errno.EACCES, errno.EMLINK, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS}
#: Folders whose small files installers write into rather than replace: scripts, conda's own notes.
_WRITTEN_INTO = ("bin", "Scripts", "conda-meta")
_SMALL = 1 << 16


def clone(seen: Sights, copy: Path, *, linked: bool = True) -> None:
    """Make ``copy`` hold all that an environment holds, known to a package or not.

    Files are the same ones, by hard links: who changes the copy has to replace files rather than write into
    them. Those that installers are known to write into are copied, and all where ``linked`` is not set or
    no link can be made. What is gone since it was ``seen`` is left out.

    Raises:
        Conflict: something in it belongs to another user, or is another file system.
        OSError: nothing can be written there.
    """
    _require_own(seen)
    for path, folder in seen.folders.items():
        source, target = f"{seen.top}/{path}", f"{copy}/{path}"
        os.mkdir(target)
        for name, sight in folder.files.items():
            if linked or not (stat.S_ISREG(sight.mode) or stat.S_ISLNK(sight.mode)):
                _link(f"{source}/{name}", f"{target}/{name}")
            else:
                shutil.copy2(f"{source}/{name}", f"{target}/{name}", follow_symlinks=False)
    for path in reversed(
        list(seen.folders)
    ):  # at the end, for it may become one that nothing can be written to
        shutil.copystat(f"{seen.top}/{path}", f"{copy}/{path}")
        _give(f"{seen.top}/{path}", f"{copy}/{path}")
    for name in _WRITTEN_INTO:
        _unshare(copy / name)


def _require_own(seen: Sights) -> None:
    """Refuse what could not be removed, or not be moved, once the new environment stands in its place."""
    device = seen.folders[""].status.st_dev
    for path, folder in seen.folders.items():
        at = os.path.join(seen.top, path)
        if folder.status.st_dev != device:
            raise Conflict(f"{at} is another file system, mounted in the environment", hint=_ELSEWHERE)
        if path:
            _require_mine(at, folder.status.st_uid)
        for name, sight in folder.files.items():
            _require_mine(f"{at}/{name}", sight.owner)


def _require_mine(path: str, owner: int) -> None:
    if os.geteuid() not in {0, owner}:
        raise Conflict(f"{path} belongs to another user, so this environment is not changed", hint=_ELSEWHERE)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        pass  # who compares what was seen with what is there will say so
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
