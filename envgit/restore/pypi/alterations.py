"""Files that are not what the RECORD of their distribution says, as they come from a spoilt cache.

An installer copies what its cache of unpacked wheels holds, and looks at no hash. Where another tool made
hard links into that cache, an edit in any environment is an edit of the cache.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from envgit.restore.pypi.record import Record, hash_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

#: How many files a thread checks before it takes the next ones.
_BATCH = 64


def dist_infos(site_packages: Path) -> dict[str, Path]:
    """The dist-info folder of each distribution by normalised name (PEP 503)."""
    folders = site_packages.glob("*.dist-info")
    return {re.sub(r"[-_.]+", "-", folder.name.partition("-")[0]).lower(): folder for folder in folders}


def altered_files(site_packages: Path, names: Collection[str]) -> dict[str, str]:
    """Find, for each of these distributions that is not as recorded, the first such file.

    Two distributions may bring one file (``tests/__init__.py``), of which the last one wins: it is as
    recorded when it is what any of them recorded.
    """
    installed = dist_infos(site_packages)
    recorded = {name: _hashes(installed[name]) if name in installed else {} for name in names}
    claims: dict[str, set[str]] = {}
    for hashes in recorded.values():
        for file, (_, claim) in hashes.items():
            claims.setdefault(file, set()).add(claim)
    altered = _altered(claims)
    found = {name: _first_altered(hashes, altered) for name, hashes in recorded.items()}
    return {name: path for name, path in found.items() if path is not None}


def drop_unreadable_record(site_packages: Path, name: str) -> None:
    """Remove the RECORD of a distribution if it is none: uv would refuse to replace the distribution."""
    folder = dist_infos(site_packages).get(name)
    if folder is not None and (folder / "RECORD").is_file() and not Record(folder).is_readable():
        (folder / "RECORD").unlink()


def _hashes(dist_info: Path) -> dict[str, tuple[str, str]]:
    """Path as recorded and hash, by file; nothing where there is no RECORD."""
    if not (dist_info / "RECORD").is_file():
        return {}
    return {file: (path, claim) for path, file, claim in Record(dist_info).hashes()}


def _first_altered(hashes: Mapping[str, tuple[str, str]], altered: Collection[str]) -> str | None:
    if not hashes:
        return "RECORD"
    return next((path for file, (path, _) in hashes.items() if file in altered), None)


def _altered(claims: Mapping[str, set[str]]) -> set[str]:
    """The files that have none of the hashes claimed for them."""
    files = list(claims)
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    # Hashing lets other threads run: as many files are read at a time as there are processors.
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        found = pool.map(lambda batch: [f for f in batch if not _is_any_of(f, claims[f])], batches)
        return {file for batch in found for file in batch}


def _is_any_of(file: str, claims: set[str]) -> bool:
    """Whether a file has one of these hashes; where none is given, it is enough that it is there."""
    algorithms = {claim.partition("=")[0] for claim in claims}
    try:
        if "" in algorithms:
            return os.path.exists(file)
        return any(hash_of(file, algorithm) in claims for algorithm in algorithms)
    except (OSError, ValueError):
        return False
