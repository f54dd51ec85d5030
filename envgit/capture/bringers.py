"""Which packages brought certain files of a prefix."""

from __future__ import annotations

import json
import os
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.capture.content import rows_of_record
from envgit.capture.distributions import name_of_entry
from envgit.capture.locate import is_record, site_packages
from envgit.capture.reading import read_if_there

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Bringers:
    """Names of conda packages, and normalised names (PEP 503) of distributions."""

    conda: frozenset[str]
    pypi: frozenset[str]


def bringers_of(prefix: Path, paths: Collection[str]) -> Bringers:
    """Return the packages that record any of these files, given relative to the prefix (with ``/``)."""
    if not paths:
        return Bringers(conda=frozenset(), pypi=frozenset())
    wanted = frozenset(paths)
    return _bringers(prefix, lambda files: not wanted.isdisjoint(files))


def bringers_below(prefix: Path, folders: Collection[str]) -> Bringers:
    """Return the packages that record files below any of these folders, given relative to the prefix."""
    if not folders:
        return Bringers(conda=frozenset(), pypi=frozenset())
    tops = tuple(f"{folder}/" for folder in folders)
    return _bringers(prefix, lambda files: any(file.startswith(tops) for file in files))


def sharing_with(prefix: Path, packages: Collection[str]) -> Bringers:
    """Return the packages that record a file which one of these conda packages records, too, with these."""
    if not packages:
        return Bringers(conda=frozenset(), pypi=frozenset())
    return bringers_of(
        prefix, {file for name, files in _of_conda(prefix) if name in packages for file in files}
    )


def _bringers(prefix: Path, brought: Callable[[list[str]], bool]) -> Bringers:
    return Bringers(
        conda=frozenset(name for name, files in _of_conda(prefix) if brought(files)),
        pypi=frozenset(name for name, files in _of_wheels(prefix) if brought(files)),
    )


def _of_conda(prefix: Path) -> Iterator[tuple[str, list[str]]]:
    meta = prefix / "conda-meta"
    for file in meta.iterdir() if meta.is_dir() else ():
        if not is_record(file.name):
            continue
        try:
            record = json.loads(file.read_bytes())
            yield record["name"], [path for path in record["files"] if isinstance(path, str)]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            continue  # capture warns of it, and nothing is known of its files


def _of_wheels(prefix: Path) -> Iterator[tuple[str, list[str]]]:
    for site in site_packages(str(prefix)):
        for entry in os.listdir(prefix / site):
            if not entry.endswith(".dist-info"):
                continue
            record = read_if_there(str(prefix / site / entry / "RECORD")) or b""
            rows = rows_of_record(record.decode("utf-8", "surrogateescape"))
            yield name_of_entry(entry), [posixpath.normpath(posixpath.join(site, path)) for path, _ in rows]
