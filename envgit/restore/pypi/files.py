"""Files on this machine that a distribution can be installed from: kept ones, and those of archives."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import TYPE_CHECKING

from envgit.restore.addresses import archive_folder
from envgit.restore.cache_layout import WHEELS
from envgit.restore.pypi.strangers import Unobtainable, is_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from envgit.restore.settings import RestoreSettings

_CHUNK = 1 << 20
_SUFFIXES = (".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz")


def local_files(
    name: str, version: str, file_name: str, sha256: str, settings: RestoreSettings
) -> Iterator[Path]:
    """Find files with this hash among those that were kept, and in archives that are folders.

    Args:
        name: of the distribution, normalised.
        version: of the distribution.
        file_name: of the file, empty where it is not known.
        sha256: of the file; without it no file can be told from another, and none is found.
        settings: name the cache and the archives.
    """
    kept = settings.cache / WHEELS / sha256
    folders = (kept, *archive_folders(settings, name))
    for folder in folders if sha256 else ():
        for file in _named(folder, name, version, file_name):
            if difference(file, sha256) is None:
                yield file


def archive_folders(settings: RestoreSettings, name: str) -> Iterator[Path]:
    """The folders of archives on this machine in which files of a distribution may lie."""
    for archive in settings.archives:
        top = archive_folder(archive, settings.home)
        if top is not None:
            yield from (folder for folder in (top, top / "wheels", top / "simple" / name) if folder.is_dir())


def holds(folder: Path, name: str, version: str) -> bool:
    """Whether a folder seems to hold a file of this distribution."""
    return any(_named(folder, name, version, ""))


def difference(file: Path, sha256: str | None) -> str | None:
    """Say why a file is not the one with this hash, or nothing that can be installed; None where it is."""
    if not file.name.endswith(_SUFFIXES):
        return f"{file} is neither a wheel nor a source distribution"
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            return f"{file} is no plain file"
        got = _sha256_of(file)
    except OSError as error:
        return f"{file}: {error.strerror}"
    if sha256 and got != sha256:
        return f"{file} is not what was installed: expected sha256 {sha256}, got {got}"
    return None


def _sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _named(folder: Path, name: str, version: str, file_name: str) -> Iterable[Path]:
    """Files of a folder that are called so or, where the name is not known, as such a file would be."""
    if file_name:
        if not is_file_name(file_name):
            raise Unobtainable(f"{file_name!r} is no name of a file")
        return [folder / file_name] if (folder / file_name).exists() else []
    if not folder.is_dir():
        return []
    start = _plain(f"{name}-{version}-")
    return [folder / entry for entry in sorted(os.listdir(folder)) if _plain(entry).startswith(start)]


def _plain(text: str) -> str:
    """A name as it is compared: ``PyYAML-6.0.tar.gz`` and ``pyyaml-6.0-…`` begin alike (PEP 503)."""
    return re.sub(r"[-_.]+", "-", text).lower()
