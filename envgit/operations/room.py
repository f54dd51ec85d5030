"""What room there is for an environment: on the disks, and in binaries for the path of its prefix."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.plan import Room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envgit.model import Origin

#: Packages since 2016 have room for 255 bytes. File lists are read only where a path comes near that; of the
#: few older ones, linking says it, aside from any environment.
_LONG = 200


def room_for(prefix: Path, *, cache: Path, origins: Mapping[str, Origin]) -> Room:
    """See what room there is for a prefix; ``origins`` say where packages are to be had from."""
    at_cache, at_prefix = _nearest(cache), _nearest(prefix)
    apart = os.stat(at_cache).st_dev != os.stat(at_prefix).st_dev
    long = len(os.fsencode(prefix)) >= _LONG
    cached = (Path(origin.place) for origin in origins.values() if origin.kind == "cache")
    return Room(
        cache=str(cache),
        free_in_cache=shutil.disk_usage(at_cache).free,
        free_at_prefix=shutil.disk_usage(at_prefix).free if apart else None,
        longest_prefix=_shortest_placeholder(cached) if long else None,
    )


def _nearest(path: Path) -> Path:
    """A path itself, or the nearest folder above it that there is."""
    return next(place for place in (path, *path.parents) if place.exists())


def _shortest_placeholder(packages: Iterable[Path]) -> int | None:
    """How many bytes the binaries of unpacked packages leave for the path of a prefix."""
    return min((len(text.encode()) for package in packages for text in _placeholders(package)), default=None)


def _placeholders(package: Path) -> Iterator[str]:
    try:
        paths = json.loads((package / "info" / "paths.json").read_bytes())["paths"]
        yield from (path["prefix_placeholder"] for path in paths if path.get("file_mode") == "binary")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return  # older packages have no such file; whether a damaged one can be linked is found out there
