"""Take conda packages out of an environment, by the lists of files in their records."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from envgit.model import CondaPackage

_CODE = "__pycache__"


def unlink_packages(folder: Path, packages: Iterable[CondaPackage]) -> None:
    """Remove packages' files, the byte code that Python made of them, the folders left empty, their records.

    py-rattler would unlink by ``paths_data``, where conda lists the files of a noarch Python package as
    they are called in the package (``site-packages/…``), and find none. ``files`` has their true paths.

    Args:
        folder: an environment; files are removed from it, never written into.
        packages: what to remove; another package that lists a file of theirs has to be linked anew.

    Raises:
        RestoreFailed: a package has no record, or one that lists no files.
    """
    records = [_record(folder, package) for package in packages]
    by_folder: dict[str, set[str]] = defaultdict(set)
    for path in [path for record in records for path in _listed(record)]:
        parent, _, name = path.rpartition("/")
        by_folder[parent].add(name)
    inside = {parent for parent in by_folder if _is_inside(folder, parent)}
    for parent in inside:
        _remove(folder / parent, by_folder[parent])
    for parent in sorted(inside, reverse=True):  # what lies below a folder comes before it
        _remove_empty(folder, parent)
    for record in records:
        record.unlink(missing_ok=True)


def left_of_packages(packages: Iterable[CondaPackage], old: Path, new: Path) -> Iterator[str]:
    """The files that packages had in an environment and that lie in another one, too, by their paths.

    Byte code and conda's own files are left out.
    """
    for package in packages:
        for path in _listed(_record(old, package)):
            if path.startswith("conda-meta/") or f"/{_CODE}/" in path:
                continue
            if os.path.lexists(new / path) and _is_inside(new, path.rpartition("/")[0]):
                yield path


def files_of(record: Path) -> list[str]:
    """The paths that a record in ``conda-meta`` lists; none where it cannot be read."""
    try:
        return _listed(record)
    except RestoreFailed:
        return []


def _record(folder: Path, package: CondaPackage) -> Path:
    return folder / "conda-meta" / f"{package.dist_name}.json"


def _listed(record: Path) -> list[str]:
    try:
        files = json.loads(record.read_bytes())["files"]
        return [path for path in files if isinstance(path, str) and path[:1] != "/" and "\0" not in path]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise RestoreFailed(
            f"{record} does not tell which files its package has, so that nobody can remove them",
            hint="rebuild it at another place: envgit checkout REV -p PREFIX",
        ) from error


def _is_inside(folder: Path, parent: str) -> bool:
    """Whether a path below a folder stays there: a record is data, and there may be links that lead out."""
    top = os.path.realpath(folder)
    return f"{os.path.realpath(folder / parent)}{os.sep}".startswith(f"{top}{os.sep}")


def _remove(parent: Path, names: Collection[str]) -> None:
    for name in names:
        file = parent / name
        if file.is_symlink() or file.is_file():
            file.unlink()
    stems = {name.removesuffix(".py") for name in names if name.endswith(".py")}
    if stems:
        with suppress(FileNotFoundError, NotADirectoryError):
            for entry in list(os.scandir(parent / _CODE)):
                if entry.name.endswith(".pyc") and entry.name.partition(".")[0] in stems:
                    os.unlink(entry.path)


def _remove_empty(folder: Path, parent: str) -> None:
    """Remove a folder that is empty now, and those that it lay in: empty metadata is a distribution, too."""
    with suppress(OSError):
        os.rmdir(folder / parent / _CODE)
    while parent:
        try:
            os.rmdir(folder / parent)
        except OSError:  # there is more in it, or it is a link
            return
        parent = parent.rpartition("/")[0]
