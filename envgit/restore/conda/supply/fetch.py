"""Have conda package files, by the first route that has the recorded bytes."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import ArtifactUnavailable, IntegrityError
from envgit.plan import of_size
from envgit.restore.conda.job import Fetched, Route
from envgit.restore.conda.supply.checking import Check
from envgit.restore.conda.supply.download import Downloader
from envgit.restore.conda.supply.losses import MOST, of_all, of_one, unavailable
from envgit.restore.conda.supply.partial import partials, seems_whole
from envgit.restore.conda.supply.twins import as_standing_in, twin_of
from envgit.restore.conda.supply.vetting import vet
from envgit.restore.faults import OTHER_CACHE, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from envgit.errors import RestoreFailed
    from envgit.restore.conda.job import Artifact
    from envgit.restore.progress import Progress

_AT_ONCE = 8
_CHUNK = 1 << 20


async def fetch(artifacts: Sequence[Artifact], *, growing: Path, progress: Progress) -> tuple[Fetched, ...]:
    """Put the file of each artifact at its ``local`` path.

    Local files are linked to rather than copied. Where some cannot be had, all others are downloaded and
    kept for the next attempt: whoever mends what is wrong waits for no file twice.

    Args:
        artifacts: what to fetch.
        growing: the folder of downloads that were broken off, where each goes on from.
        progress: told of bytes as they come, and of less than none when a download starts over.

    Returns:
        How each was had.

    Raises:
        ArtifactUnavailable: no route has the file of one, or of several, which are named together.
        IntegrityError: for one of them a route has a file, with other bytes.
        RestoreFailed: it cannot be written, or a package is hostile (:func:`~.vetting.vet`).
    """
    turns = asyncio.Semaphore(_AT_ONCE)
    losses: list[RestoreFailed] = []
    with partials(growing) as place:
        progress.start(_label(artifacts, place), sum(artifact.size or 0 for artifact in artifacts), "bytes")
        downloader = Downloader(place, progress)

        async def in_turn(artifact: Artifact) -> Fetched | None:
            async with turns:
                if len(losses) >= MOST:
                    return None
                try:
                    fetched = await _fetch(artifact, downloader, progress.advance)
                except (ArtifactUnavailable, IntegrityError) as loss:
                    losses.append(loss)
                    return None
                await vet(fetched.artifact, growing.parent)
                return fetched

        fetched = await _all(map(in_turn, artifacts))
        if losses:
            raise of_all(losses)
        for artifact in artifacts:
            place(artifact).unlink(missing_ok=True)
        progress.finish()
        return fetched


async def _all(turns: Iterable[Coroutine[None, None, Fetched | None]]) -> tuple[Fetched, ...]:
    """Wait for all that is fetched; where that raises, nothing is under way any more."""
    tasks = [asyncio.ensure_future(turn) for turn in turns]
    try:
        return tuple(filter(None, await asyncio.gather(*tasks)))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _label(artifacts: Sequence[Artifact], place: Callable[[Artifact], Path]) -> str:
    """What is done, and how much of it over the network, as far as is known before."""
    what = f"{len(artifacts)} package{'s' if len(artifacts) > 1 else ''}"
    far = [a for a in artifacts if a.routes and a.routes[0].remote and not seems_whole(a, place(a))]
    if len(far) == len(artifacts):
        return f"Downloading {what}"
    if not far:
        return f"Taking {what} from this machine"
    size = of_size(sum(artifact.size or 0 for artifact in far))
    some = f"{len(far)} package{'s' if len(far) > 1 else ''}"
    return f"Downloading {some} of {size}, taking {len(artifacts) - len(far)} from this machine"


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
    raise of_one(artifact, failures)


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
    recorded = Route(kind="recorded", url=artifact.url)
    return recorded if await downloader.take_up(artifact, recorded) else None


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
