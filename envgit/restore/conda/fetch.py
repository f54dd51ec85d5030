"""Have conda package files, by the first route that has the recorded bytes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import ArtifactUnavailable, IntegrityError
from envgit.restore.conda.checking import Check
from envgit.restore.conda.download import Downloader, unavailable
from envgit.restore.conda.job import Fetched
from envgit.restore.conda.partial import partials
from envgit.restore.conda.twins import as_standing_in, twin_of
from envgit.restore.conda.vetting import vet
from envgit.restore.faults import OTHER_CACHE, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envgit.errors import RestoreFailed
    from envgit.restore.conda.job import Artifact, Route

_AT_ONCE = 8
_CHUNK = 1 << 20


async def fetch(
    artifacts: Sequence[Artifact], *, growing: Path, advance: Callable[[int], None]
) -> tuple[Fetched, ...]:
    """Put the file of each artifact at its ``local`` path.

    Local files are linked to rather than copied.

    Args:
        artifacts: what to fetch.
        growing: the folder of downloads that were broken off, where each goes on from.
        advance: told of bytes as they come, and of less than none when a download starts over.

    Returns:
        How each was had.

    Raises:
        ArtifactUnavailable: no route has the file; what else was being fetched is given up.
        IntegrityError: a route has a file, with other bytes.
        RestoreFailed: it cannot be written, or the package is hostile (:func:`~.vetting.vet`).
    """
    turns = asyncio.Semaphore(_AT_ONCE)
    with partials(growing) as place:
        downloader = Downloader(place, advance)

        async def in_turn(artifact: Artifact) -> Fetched:
            async with turns:
                fetched = await _fetch(artifact, downloader, advance)
                await vet(fetched.artifact, growing.parent)
                return fetched

        tasks = [asyncio.ensure_future(in_turn(artifact)) for artifact in artifacts]
        try:
            return tuple(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _fetch(artifact: Artifact, downloader: Downloader, advance: Callable[[int], None]) -> Fetched:
    """Try the routes in order; wrong bytes on one of them do not keep the next from being tried."""
    failures: list[RestoreFailed] = []
    route = await _first(artifact, downloader, advance, failures)
    if route is not None:
        spoilt = [failure.message for failure in failures if isinstance(failure, IntegrityError)]
        return Fetched(artifact=artifact, route=route, reason="; ".join(spoilt))
    if artifact.twins:
        twin = twin_of(artifact)
        route = await _first(twin, downloader, advance, failures)
        if route is not None:
            return await asyncio.to_thread(as_standing_in, twin, artifact, route)
    error = _told(artifact, failures)
    if isinstance(error, ArtifactUnavailable):
        error.package = artifact.name
    raise error


async def _first(
    artifact: Artifact, downloader: Downloader, advance: Callable[[int], None], failures: list[RestoreFailed]
) -> Route | None:
    """The first route that brought the file; to ``failures`` goes why others did not."""
    Path(artifact.local).parent.mkdir(parents=True, exist_ok=True)
    for route in artifact.routes:
        try:
            if route.remote:
                await downloader.download(artifact, route)
            else:
                await asyncio.to_thread(_take_local, artifact, route, advance)
        except (ArtifactUnavailable, IntegrityError) as error:
            failures.append(error)
        else:
            return route
    return None


def _told(artifact: Artifact, failures: list[RestoreFailed]) -> RestoreFailed:
    """One error for all routes. Wrong bytes are worse than none, and are what is reported."""
    if not failures:
        return ArtifactUnavailable(
            f"{artifact.label} is not in the package cache, and its URL needs the network: {artifact.url}",
            hint="try again without --offline",
        )
    worst = next((f for f in failures if isinstance(f, IntegrityError)), failures[-1])
    others = [failure.message for failure in failures if failure is not worst]
    worst.hint = "\n".join([*others, worst.hint]) if others else worst.hint
    return worst


def _take_local(artifact: Artifact, route: Route, advance: Callable[[int], None]) -> None:
    with Check(artifact, route, advance) as check:
        try:
            with open(route.path, "rb") as file:
                while chunk := file.read(_CHUNK):
                    check.update(chunk)
        except OSError as error:
            raise unavailable(artifact, route, error.strerror or str(error)) from error
        check.finish()
        try:
            os.symlink(route.path, artifact.local)
        except OSError as error:
            raise refused(error, artifact.local, forbidden=OTHER_CACHE) from error
