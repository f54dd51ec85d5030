"""Have conda package files, checked byte for byte against their recorded hashes."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from rattler.package_streaming import download_to_writer

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed
from envgit.redact import redact_text, redact_url
from envgit.restore.faults import OTHER_CACHE, refused, refused_to

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rattler.networking import Client

    from envgit.restore.conda.job import Artifact, Route

_AT_ONCE = 8
# The client repeats requests that a server refuses; a connection that broke in the middle is repeated here.
_ATTEMPTS = 3
_PAUSE = 0.5
_CHUNK = 1 << 20


async def fetch(artifacts: Sequence[Artifact], client: Client, advance: Callable[[int], None]) -> None:
    """Put the file of each artifact at its ``local`` path.

    Local files are linked to rather than copied. ``advance`` is told of bytes as they come,
    and of less than none when a download starts over.

    Raises:
        ArtifactUnavailable: no route has the file; what else was being fetched is given up.
        IntegrityError: a route has a file, with other bytes.
        RestoreFailed: it cannot be written.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(artifact: Artifact) -> None:
        async with turns:
            await _fetch(artifact, client, advance)

    tasks = [asyncio.ensure_future(in_turn(artifact)) for artifact in artifacts]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _fetch(artifact: Artifact, client: Client, advance: Callable[[int], None]) -> None:
    """Try the routes in order; wrong bytes on one of them do not keep the next from being tried."""
    Path(artifact.local).parent.mkdir(parents=True, exist_ok=True)
    failures: list[RestoreFailed] = []
    for route in artifact.routes:
        failure = await _fetch_from(route, artifact, client, advance)
        if failure is None:
            return
        failures.append(failure)
    raise _told(artifact, failures)


async def _fetch_from(
    route: Route, artifact: Artifact, client: Client, advance: Callable[[int], None]
) -> RestoreFailed | None:
    """Fetch an artifact by one route, or return why it cannot be had there."""
    try:
        if route.remote:
            await _download(artifact, route.url, client, advance)
        else:
            await asyncio.to_thread(_take_local, artifact, route.url, advance)
    except (ArtifactUnavailable, IntegrityError) as error:
        return error
    return None


def _told(artifact: Artifact, failures: list[RestoreFailed]) -> RestoreFailed:
    """One error for all routes. Wrong bytes are worse than none, and are what is reported."""
    if not failures:
        return ArtifactUnavailable(
            f"{_label(artifact)} is not in the package cache, and its URL needs the network: {artifact.url}",
            hint="try again without --offline",
        )
    worst = next((f for f in failures if isinstance(f, IntegrityError)), failures[-1])
    others = [failure.message for failure in failures if failure is not worst]
    worst.hint = "\n".join([*others, worst.hint]) if others else worst.hint
    return worst


def _take_local(artifact: Artifact, route: str, advance: Callable[[int], None]) -> None:
    source = url2pathname(urlsplit(route).path)
    with _Check(artifact, route, advance) as check:
        try:
            with open(source, "rb") as file:
                while chunk := file.read(_CHUNK):
                    check.update(chunk)
        except OSError as error:
            raise _unavailable(artifact, route, error.strerror or str(error)) from error
        check.finish()
        try:
            os.symlink(source, artifact.local)
        except OSError as error:
            raise refused(error, artifact.local, forbidden=OTHER_CACHE) from error


async def _download(artifact: Artifact, route: str, client: Client, advance: Callable[[int], None]) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            await _download_once(artifact, route, client, advance)
        except _BrokenOff as error:
            if attempt == _ATTEMPTS:
                raise _unavailable(artifact, route, str(error)) from error
            await asyncio.sleep(_PAUSE * attempt)
        else:
            return


async def _download_once(
    artifact: Artifact, route: str, client: Client, advance: Callable[[int], None]
) -> None:
    """Download to a file that gets the artifact's name once its bytes are known to be right."""
    partial = f"{artifact.local}.part"
    with _Check(artifact, route, advance) as check, open(partial, "wb") as file:
        writer = _Writer(file, check)
        try:
            await download_to_writer(client, route, writer)
        except (RuntimeError, OSError) as error:
            if writer.refusal is not None:
                raise refused(writer.refusal, artifact.local, forbidden=OTHER_CACHE) from error
            if isinstance(error, OSError):
                raise _BrokenOff(str(error)) from error
            raise _unavailable(artifact, route, str(error)) from error
        check.finish()
    os.replace(partial, artifact.local)


class _BrokenOff(Exception):
    """A connection ended before all bytes were there."""


class _Writer:
    """Writes what comes, and hashes it."""

    def __init__(self, file: BinaryIO, check: _Check) -> None:
        self._file = file
        self._check = check
        #: Why the file cannot be written; the client does not pass it on.
        self.refusal: OSError | None = None

    def write(self, chunk: bytes) -> int:
        try:
            self._file.write(chunk)
            self._file.flush()
        except OSError as error:
            self.refusal = error
            raise
        self._check.update(chunk)
        return len(chunk)


class _Check:
    """Compares bytes with the recorded hash: SHA-256, or MD5 where that is all that is known.

    Reports bytes as they come, and takes them back when they turn out to be of no use.
    """

    def __init__(self, artifact: Artifact, route: str, advance: Callable[[int], None]) -> None:
        self._artifact = artifact
        self._route = route
        self._advance = advance
        self._algorithm = "sha256" if artifact.sha256 else "md5"
        self._expected = artifact.sha256 or artifact.md5
        self._hash = hashlib.new(self._algorithm, usedforsecurity=False)
        self._received = 0

    def __enter__(self) -> _Check:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            self._advance(-self._received)

    def update(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._received += len(chunk)
        self._advance(len(chunk))

    def finish(self) -> None:
        got = self._hash.hexdigest()
        if self._expected and got != self._expected:
            raise IntegrityError(
                f"{_label(self._artifact)} from {redact_url(self._route)} is not what was recorded: "
                f"expected {self._algorithm} {self._expected}, got {got}",
                hint="the file was replaced or damaged; a mirror or an archive may still hold the right one",
            )


def _unavailable(artifact: Artifact, route: str, reason: str) -> RestoreFailed:
    full = refused_to("the downloader", reason, artifact.local, forbidden=OTHER_CACHE)
    return full or ArtifactUnavailable(
        f"{_label(artifact)} cannot be had from {redact_url(route)}: {redact_text(reason)}",
        hint="a mirror may have it: git config --add envgit.mirror '<canonical URL> <mirror URL>'",
    )


def _label(artifact: Artifact) -> str:
    return f"{artifact.name} {artifact.version} {artifact.build}"
