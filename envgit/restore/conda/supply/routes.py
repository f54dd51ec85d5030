"""Where the file of a conda package may be had: the nearest place first, a mirror before its original."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from envgit.model import Origin
from envgit.restore.addresses import archive_folder, mirrored
from envgit.restore.cache_layout import PARTIAL
from envgit.restore.conda.cache import cache_root, folder_of
from envgit.restore.conda.job import Route
from envgit.restore.conda.supply.partial import whole_at
from envgit.restore.conda.supply.user_caches import user_caches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from envgit.model import CondaPackage, Environment
    from envgit.restore.settings import RestoreSettings


def available(environment: Environment, settings: RestoreSettings) -> Mapping[str, Origin]:
    """Where each conda package will be had from, or asked for first, by file name.

    Files and folders are looked for, and nothing is asked over the network; what is found is checked when it
    is linked. A package is left out that can be had from nowhere.
    """
    ladder, root = Ladder(settings), cache_root(settings)
    found: dict[str, Origin] = {}
    for package in environment.conda:
        origin = _cached(package, root) or ladder.origin(package) or _kept(package, root)
        if package.fn and origin:
            found[package.fn] = origin
    return found


def _cached(package: CondaPackage, root: Path) -> Origin | None:
    folder = folder_of(package, root)
    return Origin(kind="cache", place=str(folder), size=package.size) if folder.is_dir() else None


def _kept(package: CondaPackage, root: Path) -> Origin | None:
    file = whole_at(package, root / PARTIAL) if package.url else None
    return Origin(kind="cache", place=str(file), size=package.size) if file else None


class Ladder:
    """The places that settings name, in the order in which they are tried."""

    def __init__(self, settings: RestoreSettings) -> None:
        self._settings = settings
        self._caches = user_caches(settings)

    def routes(self, url: str, *, hashed: bool) -> tuple[Route, ...]:
        """The routes to the file that is recorded at ``url``; local ones alone when offline.

        A cache holds files of many channels by their names alone: it is looked in only where it will be
        seen (``hashed``) whether the file is the right one.
        """
        routes = [
            *(self._in_caches(url) if hashed else ()),
            *self._in_archives(url),
            *(Route(kind="mirror", url=place) for place in mirrored(url, self._settings)),
            Route(kind="recorded", url=url),
        ]
        return tuple(route for route in routes if not (route.remote and self._settings.offline))

    def twins(self, url: str) -> tuple[Route, ...]:
        """The routes to the file of the same name in conda's other format, where one may stand in."""
        if not self._settings.allow_substitutes:
            return ()
        location = url.partition("#")[0].partition("?")[0]
        ends = (".conda", ".tar.bz2") if location.endswith(".conda") else (".tar.bz2", ".conda")
        return self.routes(location.removesuffix(ends[0]) + ends[1], hashed=True)

    def origin(self, package: CondaPackage) -> Origin | None:
        """Where a package's file lies, or is asked for first; None where it can be had from nowhere."""
        if not package.url:
            return None
        hashed = bool(package.sha256 or package.md5)
        for route in self.routes(package.url, hashed=hashed):
            if route.remote or _leads_to_a_file(route):
                return Origin(kind=route.kind, place=route.place, remote=route.remote, size=package.size)
        return None

    def _in_caches(self, url: str) -> Iterator[Route]:
        name = unquote(url.rpartition("/")[2])
        for folder in self._caches:
            if _is_plain(name) and (folder / name).is_file():
                yield Route(kind="user-cache", url=(folder / name).as_uri())

    def _in_archives(self, url: str) -> Iterator[Route]:
        for archive in self._settings.archives:
            folder = archive_folder(archive, self._settings.home)
            for parts in _layouts(url):
                if folder is None:
                    yield Route(kind="archive", url="/".join((archive.rstrip("/"), *map(quote, parts))))
                elif (file := folder.joinpath(*parts)).is_file():
                    yield Route(kind="archive", url=file.as_uri())


def _layouts(url: str) -> Iterator[tuple[str, ...]]:
    """Where an archive may have the file of a URL: below its host and channel, its channel, or its subdir."""
    try:
        location = urlsplit(url)
    except ValueError:
        return
    *channel, subdir, file = ("", "", *filter(None, map(unquote, location.path.split("/"))))
    channel = [part for part in channel if part]
    if location.scheme == "file":
        channel = channel[-1:]
    if not all(map(_is_plain, (*channel, subdir, file))):
        return
    if location.hostname:
        yield (location.hostname, *channel, subdir, file)
    if channel:
        yield (*channel, subdir, file)
    yield (subdir, file)


def _is_plain(part: str) -> bool:
    """Whether a part of a stranger's URL stays where it is put as a part of a path."""
    return part not in {"", ".", ".."} and not set(part) & set("/\\:\0")


def _leads_to_a_file(route: Route) -> bool:
    try:
        return route.path.is_file()
    except ValueError:  # a stranger's URL may be none
        return False
