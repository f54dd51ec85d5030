"""Whether there is room for what a restore brings: on the disks, and in binaries for the prefix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.plan.phrases import of_size

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Packages take about this many times their size once they are unpacked; the file is there until then.
_UNPACKED = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """What room there is, in bytes.

    Attributes:
        cache: envgit's cache folder, where packages are downloaded to and unpacked.
        free_in_cache: what is free on its disk.
        free_at_prefix: what is free on the disk of the prefix where that is another one, to which all has
            to be copied; else None.
        longest_prefix: how many bytes the prefix may have, as far as packages in the cache tell.
    """

    cache: str
    free_in_cache: int
    free_at_prefix: int | None = None
    longest_prefix: int | None = None


def too_much(room: Room, prefix: str, *, downloads: int, linked: int) -> Iterator[str]:
    """What certainly has no room; sizes are those of packed files, so they are the least there can be."""
    length = len(prefix.encode("utf-8", "surrogateescape"))
    if room.longest_prefix is not None and room.longest_prefix < length:
        yield f"the prefix has {length} characters, and packages leave room for {room.longest_prefix}"
    if room.free_in_cache < downloads:
        yield _told("downloads", downloads, f"the disk of {room.cache}", room.free_in_cache)
    if room.free_at_prefix is not None and room.free_at_prefix < linked:
        yield _told("packages", linked, "the disk of the prefix", room.free_at_prefix)


def scarce(room: Room, *, downloads: int, linked: int) -> Iterator[str]:
    """What may have no room once it is unpacked."""
    if downloads <= room.free_in_cache < _UNPACKED * downloads:
        yield _told("downloads", downloads, f"the disk of {room.cache}", room.free_in_cache, unpacked=True)
    if room.free_at_prefix is not None and linked <= room.free_at_prefix < (_UNPACKED - 1) * linked:
        yield _told("packages", linked, "the disk of the prefix", room.free_at_prefix, unpacked=True)


def _told(what: str, size: int, where: str, free: int, *, unpacked: bool = False) -> str:
    still_packed = ", and take several times that once they are unpacked" if unpacked else ""
    return f"the {what} are {of_size(size)}{still_packed}; {where} has {of_size(free)} free"
