"""Which of a package's wheels and source distribution in a pylock.toml a machine takes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from envgit.formats.pip.markers import PLATFORMS
from envgit.model import IndexFile

if TYPE_CHECKING:
    from packaging.pylock import Package, PackageSdist, PackageWheel
    from packaging.tags import Tag

    from envgit.formats.pip.markers import Machine

#: Platform tags of wheels by ``sys_platform``. Conda's linux is that of glibc, so musllinux never fits.
_PLATFORM_TAGS = {
    "linux": "(?:manylinux[0-9_]*|linux)_{machine}",
    "darwin": "macosx_[0-9]+_[0-9]+_(?:{machine}|universal2)",
    "win32": "win_{machine}",
}


def fitting(package: Package, on: tuple[Machine, ...]) -> list[PackageWheel | PackageSdist]:
    """Return the files that some machine of these would take: one, where they all take the same.

    Which release of its system a machine has is not told, so wheels that differ in that alone both count.
    """
    wheels = {wheel.filename: wheel for wheel in package.wheels or ()}
    tags = {name: _tags_of(name) for name in wheels}
    taken: dict[str, PackageWheel | PackageSdist] = {}
    for platform, minor in dict.fromkeys((machine.platform, machine.minor) for machine in on):
        for name in _best(tags, platform, minor) or [""]:
            if name:
                taken[name] = wheels[name]
            elif package.sdist:
                taken[package.sdist.filename] = package.sdist
        if len(taken) > 1:
            break
    return list(taken.values())


def index_file(file: PackageWheel | PackageSdist, index: str | None) -> IndexFile | None:
    """Return a file of a lock as a noun, or None where its SHA-256 is not told."""
    sha256 = file.hashes.get("sha256")
    if sha256 is None:
        return None
    return IndexFile(
        sha256=sha256.lower(),
        name=file.filename,
        index=index.rstrip("/") + "/" if index else None,
        url=file.url or None,
    )


def _tags_of(wheel: str) -> frozenset[Tag]:
    from packaging.utils import parse_wheel_filename

    return parse_wheel_filename(wheel)[-1]


def _best(wheels: dict[str, frozenset[Tag]], platform: str, minor: tuple[int, int]) -> set[str]:
    """The wheels that are the best for a machine, with its platform tags in one order and in the other."""
    fitting_tags = {tag.platform for tags in wheels.values() for tag in tags if _fits(tag.platform, platform)}
    platforms = tuple(sorted(fitting_tags))
    best = set()
    for ordered in (platforms, platforms[::-1]):
        ranks = _ranks(minor, ordered)
        ranked = {
            name: min(ranks[tag] for tag in tags if tag in ranks)
            for name, tags in wheels.items()
            if not ranks.keys().isdisjoint(tags)
        }
        best |= {min(ranked, key=ranked.__getitem__)} if ranked else set()
    return best


def _fits(tag: str, platform: str) -> bool:
    system, machine = PLATFORMS[platform]
    return re.fullmatch(_PLATFORM_TAGS[system].format(machine=machine.lower()), tag) is not None


@lru_cache(maxsize=512)
def _ranks(minor: tuple[int, int], platforms: tuple[str, ...]) -> dict[Tag, int]:
    """The tags that CPython of a minor version takes, the best first."""
    from packaging.tags import compatible_tags, cpython_tags

    interpreter = f"cp{minor[0]}{minor[1]}"
    abi = interpreter + ("m" if minor < (3, 8) else "")
    some = platforms or ("any",)  # for none, packaging would take those of the machine it runs on
    tags = (
        *cpython_tags(minor, abis=[abi], platforms=some),
        *compatible_tags(minor, interpreter, platforms=some),
    )
    return {tag: rank for rank, tag in reversed(list(enumerate(tags)))}
