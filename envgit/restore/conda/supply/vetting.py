"""Look into a package file before it is unpacked: its hash is right, and it may be a stranger's all the same.

py-rattler unpacks nothing outside a package's own folder, but from there it links whatever the package
lists to wherever the list says, and it writes conda's metadata through links that packages brought.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
from typing import TYPE_CHECKING

from rattler.exceptions import ExtractError
from rattler.package_streaming import PackageArchive

from envgit.errors import RestoreFailed
from envgit.restore.conda.cache import CONTROLS
from envgit.restore.enclosure import is_ours
from envgit.restore.faults import OTHER_CACHE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rattler.package_streaming import ArchiveEntry

    from envgit.restore.conda.job import Artifact

#: Each control may be there once, as a file. Of these the content is looked at; more is no list of files.
_READ = frozenset({"info/index.json", "info/paths.json", "info/files"})
_LONGEST_LIST = 256 << 20
#: What installers write there themselves: records, and variables that are set for whoever activates.
_SAYS_WHAT_IS_INSTALLED = re.compile(r".*\.json|state")


async def vet(artifact: Artifact, cache: Path) -> None:
    """Refuse a package that is not what it is said to be, or would reach out of its environment.

    Args:
        artifact: what was fetched to its ``local`` path.
        cache: where it will be unpacked.

    Raises:
        RestoreFailed: so it is, or there is no room for what is packed in it.
    """
    controls: dict[str, bytes] = {}
    unpacked = 0
    try:
        archive = await PackageArchive.from_path(os.path.realpath(artifact.local))
        for section in ("info", "pkg"):
            async for entry in archive.stream(section):
                unpacked += entry.size
                await _look_at(entry, artifact, controls)
        _check_name(artifact, controls.get("info/index.json", b"{}"))
        for path, is_link in _listed(controls):
            _check_path(artifact, path, is_link=is_link)
    except (OSError, ExtractError) as error:  # py-rattler says either of what it cannot read
        raise RestoreFailed(f"{artifact.label} cannot be unpacked: {error}") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise RestoreFailed(f"{artifact.label} is no conda package: {error}") from error
    free = shutil.disk_usage(cache).free
    if unpacked > free:
        raise RestoreFailed(
            f"{artifact.label} unpacks to {unpacked} bytes, and the disk of {cache} has {free} free",
            hint=OTHER_CACHE,
        )


async def _look_at(entry: ArchiveEntry, artifact: Artifact, controls: dict[str, bytes]) -> None:
    """Keep what a control file says; there must be no second one, which would be unpacked over the first."""
    # Some file systems tell no case apart.
    name = posixpath.normpath(entry.name).casefold()
    if entry.is_link and name == "info":
        raise _refusal(artifact, "its info is a link")
    if name not in CONTROLS:
        return
    if name in controls or entry.is_link:
        raise _refusal(artifact, f"it has more than one {name}" if name in controls else f"{name} is a link")
    if name in _READ and entry.size > _LONGEST_LIST:
        raise _refusal(artifact, f"its {name} has {entry.size} bytes")
    controls[name] = await entry.read() if name in _READ else b""


def _check_name(artifact: Artifact, index: bytes) -> None:
    named = json.loads(index)["name"]
    if str(named).lower() != artifact.name.lower():
        raise _refusal(artifact, f"it says that it is {named!r}")


def _listed(controls: dict[str, bytes]) -> Iterator[tuple[str, bool]]:
    """The paths that a package lists, and whether each is a link."""
    if "info/paths.json" in controls:
        for entry in json.loads(controls["info/paths.json"])["paths"]:
            yield entry["_path"], entry.get("path_type") == "softlink"
    for path in controls.get("info/files", b"").decode("utf-8", "surrogateescape").splitlines():
        yield path, False


def _check_path(artifact: Artifact, path: str, *, is_link: bool) -> None:
    parts = re.split(r"[/\\]", path)
    if parts[0] == "" or ".." in parts or "\0" in path or re.match(r"[a-zA-Z]:[/\\]", path):
        raise _refusal(artifact, f"it would write outside of its environment, to {path!r}")
    first, *below = [part.casefold() for part in parts if part not in ("", ".")]
    if first == "conda-meta" and (is_link or not below):
        raise _refusal(artifact, f"it would have conda's metadata written elsewhere, by the link {path!r}")
    if (first == "conda-meta" and _SAYS_WHAT_IS_INSTALLED.fullmatch("/".join(below))) or is_ours(first):
        raise _refusal(artifact, f"it brings {path!r}, which is not a package's to say")


def _refusal(artifact: Artifact, why: str) -> RestoreFailed:
    return RestoreFailed(
        f"{artifact.label} is not installed: {why}", hint="the snapshot, or the channel it names, is hostile"
    )
