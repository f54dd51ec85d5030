"""Scripts that conda packages want to run when they are linked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.restore.relocation import relocate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import CondaPackage

_SCRIPTS = ("bin/.{}-post-link.sh", "bin/.{}-pre-link.sh", "Scripts/.{}-post-link.bat")


def has_link_script(package: CondaPackage, prefix: Path) -> bool:
    """Whether a linked package wants a script to run when it is linked."""
    return any((prefix / script.format(package.name)).exists() for script in _SCRIPTS)


def relocate_generated(staging: Path, suffix: str) -> None:
    """Put right the paths in files that link scripts made: they ran in the staging folder.

    Raises:
        RestoreFailed: a binary file holds the path of the staging folder.
    """
    listed = {file for record in (staging / "conda-meta").glob("*.json") for file in _files(record)}
    for folder, _, names in os.walk(staging):
        for name in names:
            file = Path(folder, name)
            if file.relative_to(staging).as_posix() not in listed:
                relocate(file, suffix)


def _files(record: Path) -> Iterator[str]:
    yield f"conda-meta/{record.name}"
    yield from json.loads(record.read_bytes())["files"]
