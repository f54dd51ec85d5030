"""How the cache of conda packages is laid out.

py-rattler knows a cached package by name, version and build, and compares nothing but a SHA-256. So
packages that have one share a part of the cache, and each other has a part of its own, named by what
is known of its bytes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from envgit.restore.cache_layout import CONDA

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import CondaPackage
    from envgit.restore.conda.job import Artifact
    from envgit.restore.settings import RestoreSettings

#: The part of packages whose SHA-256 is known.
SHARED = "sha256"

#: What says which files a package has and what they are, in the package and in its folder.
CONTROLS = tuple(
    f"info/{name}" for name in ("index.json", "paths.json", "files", "link.json", "has_prefix", "no_link")
)


def cache_root(settings: RestoreSettings) -> Path:
    """The folder of the package cache."""
    return settings.cache / CONDA


def part_of(package: CondaPackage | Artifact) -> str:
    """The part of the cache, relative to its root, where a package is kept."""
    if package.sha256:
        return SHARED
    if package.md5:
        return f"md5/{package.md5}"
    return f"url/{hashlib.sha256((package.url or '').encode()).hexdigest()[:32]}"


def folder_of(package: CondaPackage | Artifact, root: Path) -> Path:
    """Where the files of a package lie in the cache."""
    return root / part_of(package) / package.dist_name
