"""Find what lies in the cache and no baseline needs, and remove it."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from envgit.errors import EnvgitError
from envgit.operations.marks import last_use, read_mark
from envgit.operations.needs import Needs, needs_of
from envgit.operations.repositories import forget_repository, known_repositories
from envgit.operations.sizes import Sizes
from envgit.operations.workspace import Workspace
from envgit.restore import running_from, stock
from envgit.restore.cache_layout import ENVIRONMENTS
from envgit.restore.faults import OTHER_CACHE, refused
from envgit.restore.removal import at_rest, removal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.operations.marks import Mark
    from envgit.operations.workspace import Outside

Kind = Literal["environment", "package", "wheel", "download", "leftover"]

#: Names of places, with the number of a second one.
_PLACE = re.compile(r"([0-9a-f]{32}(?:-[0-9a-f]{12})?)(?:\.\d+)?")
#: Seconds in which a command that was given an environment has surely started there.
_STARTING = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Unneeded:
    """Something in the cache that may go. ``size`` is in bytes, as if nothing else went.

    ``used`` is when an environment was last used, in seconds since the epoch, ``repository`` the Git folder
    of the one it was restored from, where that is known.
    """

    kind: Kind
    path: Path
    size: int
    used: float | None = None
    repository: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """Something that no baseline needs, and why it stays all the same."""

    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaning:
    """What can be removed from a cache, and what is known of who uses it.

    ``frees`` and ``size`` are in bytes: files with names elsewhere are not freed. ``repositories`` use the
    cache, ``gone`` did so and are not there any more; ``doubts`` say whose needs cannot be known.
    """

    cache: Path
    unneeded: tuple[Unneeded, ...] = ()
    kept: tuple[Kept, ...] = ()
    frees: int = 0
    size: int = 0
    repositories: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    doubts: tuple[Kept, ...] = ()


def find_unneeded(workspace: Workspace | Outside) -> Cleaning:
    """Find what may go; changes nothing.

    What any repository needs stays that ever restored from this cache. Where it cannot be known what one
    needs, everything stays that may be what it needs. The cache is shared, so it is the same outside of any.
    """
    cache = workspace.cache
    users = _Users.of(workspace)
    sizes = Sizes()
    unneeded: list[Unneeded] = []
    kept: list[Kept] = []
    for found in _candidates(cache, users):
        reason = _in_use(found, workspace.environ)
        if reason:
            kept.append(Kept(path=found.path, reason=reason))
        else:
            unneeded.append(_measured(found, sizes))
    return Cleaning(
        cache=cache,
        unneeded=tuple(unneeded),
        kept=tuple(kept),
        frees=sizes.freed,
        size=sizes.total,
        repositories=users.present,
        gone=users.gone,
        doubts=users.doubts,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaned:
    """What was removed from a cache, the bytes that are free by that, and what stays after all."""

    removed: tuple[Unneeded, ...] = ()
    freed: int = 0
    stays: tuple[Kept, ...] = ()


def clean(workspace: Workspace | Outside, cleaning: Cleaning) -> Cleaned:
    """Remove what was found, and forget the repositories that are gone.

    Each thing goes in one step: an environment is there as a whole, or not at all.

    Raises:
        RestoreFailed: the cache cannot be written.
    """
    cache, sizes = cleaning.cache, Sizes()
    things = [found for found in cleaning.unneeded if found.kind != "leftover"]
    removed = [_measured(found, sizes) for found in cleaning.unneeded if found.kind == "leftover"]
    stays: list[Kept] = []
    with removal(cache) as take:
        with at_rest(cache) as idle:
            for found in things:
                reason = _in_use(found, workspace.environ) or ("" if idle else "a restore is under way")
                if reason:
                    stays.append(Kept(path=found.path, reason=reason))
                    continue
                removed.append(_measured(found, sizes))
                for path in _all_of(found, cache):
                    take(path)
        stock.remove_leftovers(cache)
    _forget(cleaning)
    return Cleaned(removed=tuple(removed), freed=sizes.freed, stays=tuple(stays))


def _forget(cleaning: Cleaning) -> None:
    try:
        for common_dir in cleaning.gone:
            forget_repository(cleaning.cache, common_dir)
        for entry in known_repositories(cleaning.cache).damaged:
            entry.unlink(missing_ok=True)
    except OSError as error:
        raise refused(error, error.filename, forbidden=OTHER_CACHE) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Users:
    """The repositories that use a cache, and what they need of it."""

    needs: Needs
    present: tuple[str, ...]
    gone: tuple[str, ...]
    doubts: tuple[Kept, ...]

    @classmethod
    def of(cls, workspace: Workspace | Outside) -> _Users:
        cache = workspace.cache
        known = known_repositories(cache)
        marked = {
            repository
            for place in _places(cache)
            if (mark := read_mark(place)) and (repository := _repository_of(mark))
        }
        here = {workspace.repository.common_dir} if isinstance(workspace, Workspace) else set()
        paths = {*here, *known.repositories, *marked}
        present = sorted(path for path in paths if not _is_gone(path))
        needs = Needs()
        doubts = [
            Kept(path=file, reason="it does not say which repository it is of") for file in known.damaged
        ]
        for path in present:
            try:
                needs |= needs_of(path, workspace.environ, cache)
            except (EnvgitError, OSError) as error:
                doubts.append(Kept(path=Path(path), reason=str(error)))
        return cls(
            needs=needs, present=tuple(present), gone=tuple(sorted(paths - {*present})), doubts=tuple(doubts)
        )

    def may_need(self, repository: str) -> bool:
        """Whether something that a repository left in the cache may be what is needed, and nobody knows."""
        doubtful = {str(doubt.path) for doubt in self.doubts}
        return bool(doubtful) and (not repository or repository in doubtful)


def _repository_of(mark: Mark) -> str:
    """The repository that a mark names, empty where it names none, or what no path can be."""
    try:
        return "" if b"\0" in os.fsencode(mark.repository) else mark.repository
    except UnicodeEncodeError:
        return ""


def _is_gone(common_dir: str) -> bool:
    """Whether there is no repository any more; one that may not be looked at is there."""
    try:
        os.stat(os.path.join(common_dir, "HEAD"))
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _candidates(cache: Path, users: _Users) -> Iterator[Unneeded]:
    needs = users.needs
    for place in _places(cache):
        mark = read_mark(place)
        stem = _PLACE.fullmatch(place.name)
        if mark is None or stem is None or not mark.snapshot.startswith(place.name[:32]):
            continue  # not made by a restore
        needed = stem[1] in needs.environments or place.resolve() in needs.prefixes
        repository = _repository_of(mark)
        if not needed and not users.may_need(repository):
            yield Unneeded(
                kind="environment", path=place, size=0, used=last_use(place), repository=repository
            )
    if not users.doubts:
        for package in stock.packages_in(cache):
            if package not in needs.packages:
                yield Unneeded(kind="package", path=package, size=0)
        for wheel in stock.wheels_in(cache):
            if wheel.name not in needs.wheels:
                yield Unneeded(kind="wheel", path=wheel, size=0)
    for partial in stock.partials_in(cache):
        yield Unneeded(kind="download", path=partial, size=0)
    for leftover in stock.leftovers_in(cache):
        yield Unneeded(kind="leftover", path=leftover, size=0)


def _places(cache: Path) -> list[Path]:
    return [place for place in stock.folders_in(cache / ENVIRONMENTS) if _PLACE.fullmatch(place.name)]


def _in_use(found: Unneeded, environ: Mapping[str, str]) -> str:
    """Why something may not go now, empty where it may."""
    if found.kind != "environment":
        return ""
    running = running_from(found.path)
    if running:
        return "in use by " + ", ".join(f"{one.name} ({one.pid})" for one in running)
    if str(found.path) in (environ.get("CONDA_PREFIX"), environ.get("VIRTUAL_ENV")):
        return "it is active in this shell"
    try:
        # Looked at last: whoever is about to start something in it has said so by now.
        return "it was used a moment ago" if time.time() - last_use(found.path) < _STARTING else ""
    except FileNotFoundError:
        return "it is gone already"


def _all_of(found: Unneeded, cache: Path) -> Iterator[Path]:
    yield found.path
    if found.kind == "package":
        yield from stock.companions_of(found.path, cache)


def _measured(found: Unneeded, sizes: Sizes) -> Unneeded:
    return replace(found, size=sizes.add(found.path))
