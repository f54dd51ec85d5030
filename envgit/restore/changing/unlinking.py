"""Take single conda packages out of a folder, so that they can be linked anew."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def unlink_package(folder: Path, label: str) -> None:
    """Remove a package's files, the byte code that Python made of them, and its record.

    Args:
        folder: an environment; files are removed from it, never written into.
        label: the package's name, version and build, joined by hyphens.
    """
    record = folder / "conda-meta" / f"{label}.json"
    top = os.path.realpath(folder)
    for path in files_of(record):
        file = folder / path
        # A record is data, and a folder of the environment may be a link that leads out of it.
        if os.path.realpath(file.parent).startswith(f"{top}{os.sep}") or file.parent == folder:
            _remove(file)
    record.unlink(missing_ok=True)


def files_of(record: Path) -> list[str]:
    """The paths that a record in ``conda-meta`` lists; none where it cannot be read."""
    try:
        files = json.loads(record.read_bytes())["files"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []
    return [path for path in files if isinstance(path, str) and "\0" not in path]


def _remove(file: Path) -> None:
    if file.is_symlink() or file.is_file():
        file.unlink()
    if file.suffix == ".py":
        for code in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
            code.unlink()
