"""Download one package file: again where that is worth it, and from where it was broken off."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from rattler.exceptions import AuthenticationStorageError
from rattler.networking import AuthenticationMiddleware, Client, GCSMiddleware, OciMiddleware, S3Middleware
from rattler.package_streaming import download_to_writer

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed
from envgit.release import __version__
from envgit.restore.conda.supply.checking import Check
from envgit.restore.conda.supply.hosts import Hosts, why_silent
from envgit.restore.conda.supply.losses import short, status_of, unavailable
from envgit.restore.conda.supply.partial import seems_whole, settle
from envgit.restore.faults import OTHER_CACHE, refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from envgit.restore.conda.job import Artifact, Route
    from envgit.restore.progress import Progress

#: How often a file is asked for: of a host that answers, of one that does not, of one that lets us wait.
_ATTEMPTS, _ATTEMPTS_IN_SILENCE, _ATTEMPTS_IN_VAIN = 5, 3, 2
#: Seconds without a byte after which it is said who is waited for, and how many such pauses a dead
#: connection has.
_PAUSE, _PAUSES = 5, 3
#: Fewer bytes than this are not worth a request for the rest.
_WORTH_KEEPING = 4096
_CHUNK = 1 << 20

_CROWDED = frozenset({"429", "503"})
_PASSING = frozenset({"408", "425", "500", "502", "504"}) | _CROWDED
_NO_SUCH_RANGE = "416"
_SILENT = "error sending request"
_BROKEN_OFF = "error decoding response body"


class Downloader:
    """Downloads files into ``growing(artifact)``, where they are left."""

    def __init__(self, growing: Callable[[Artifact], Path], progress: Progress) -> None:
        self._growing = growing
        self._progress = progress
        self._hosts = Hosts()

    @cached_property
    def _client(self) -> Client:
        return _client()

    async def download(self, artifact: Artifact, route: Route) -> None:
        """Put the file at ``artifact.local`` once its bytes are known to be right.

        Raises:
            ArtifactUnavailable: it cannot be had there.
            IntegrityError: what is there has other bytes.
            RestoreFailed: it cannot be written.
        """
        host = _host(route)
        attempt = reached = 0
        while True:
            attempt += 1
            if not seems_whole(artifact, self._growing(artifact)):
                if self._hosts.is_lost(host):
                    raise unavailable(artifact, route, f"{host} did not answer before")
                await self._hosts.turn(host)
            try:
                await self._attempt(artifact, route)
            except _Passing as trouble:
                if not trouble.silent:
                    self._hosts.answers(host)
                size = _size(self._growing(artifact))
                if size >= reached + _WORTH_KEEPING:  # a file that grows is had in the end
                    attempt, reached = 1, size
                if attempt >= trouble.attempts:
                    self._hosts.give_up(host)
                    reason = str(trouble)
                    if reason.startswith(_SILENT):
                        reason = await why_silent(route.url)
                    raise unavailable(artifact, route, reason) from trouble
                if not self._hosts.is_retried(host):
                    self._progress.notice(f"{host}: {short(str(trouble))}; trying again")
                await self._hosts.rest(host, attempt=attempt, crowded=trouble.crowded)
            else:
                self._hosts.answers(host)
                return

    async def take_up(self, artifact: Artifact, route: Route) -> bool:
        """Put a file that was downloaded before at ``artifact.local``, asking nobody; whether it is right."""
        growing = self._growing(artifact)
        if artifact.size and seems_whole(artifact, growing):
            with suppress(_Mismatched):
                await self._have(artifact, route, growing)
                return True
        return False

    async def _attempt(self, artifact: Artifact, route: Route) -> None:
        """Go on with what is there of the file; if that comes to nothing, begin anew."""
        growing = self._growing(artifact)
        begun = route.url.startswith(("http:", "https:")) and _size(growing) >= _WORTH_KEEPING
        if begun or seems_whole(artifact, growing):
            with suppress(_Mismatched):
                await self._have(artifact, route, growing)
                return
        growing.unlink(missing_ok=True)
        await self._have(artifact, route, growing)

    async def _have(self, artifact: Artifact, route: Route, growing: Path) -> None:
        with Check(artifact, route, self._progress.advance) as check, _opened(growing) as file:
            begun = _take_up(file, check)
            try:
                if not check.is_proven and (not begun or begun != artifact.size):
                    await self._request(artifact, route, file, check)
                _finish(artifact, check)
            except RestoreFailed as error:
                if isinstance(error, ArtifactUnavailable) and check.received:
                    raise
                growing.unlink(missing_ok=True)
                if begun and isinstance(error, IntegrityError):
                    raise _Mismatched from None
                raise
        settle(growing, artifact.local)

    async def _request(self, artifact: Artifact, route: Route, file: BinaryIO, check: Check) -> None:
        writer = _Writer(file, check)
        resumed = check.received > 0
        client = _client(check.received) if resumed else self._client
        try:
            await self._watched(download_to_writer(client, route.url, writer), check, _host(route))
        except (RuntimeError, OSError) as error:
            if writer.refusal is not None:
                raise refused(writer.refusal, artifact.local, forbidden=OTHER_CACHE) from error
            raise _trouble(artifact, route, error, resumed=resumed, received=check.received) from error

    async def _watched(self, request: Awaitable[None], check: Check, host: str) -> None:
        """Wait for a request that ends, or that brings something now and then."""
        task = asyncio.ensure_future(request)
        try:
            begun = received = check.received
            idle = 0
            while not (await asyncio.wait({task}, timeout=_PAUSE))[0]:
                idle = idle + 1 if check.received == received else 0
                received = check.received
                if idle and not self._hosts.is_awaited(host):
                    self._progress.notice(f"waiting for {host}, from which nothing comes")
                if idle == _PAUSES:
                    raise _stalled(silent=received == begun)
            await task
        finally:
            task.cancel()


class _Passing(Exception):
    """Trouble that may be over when a file is asked for again.

    ``attempts`` says how often, ``silent`` that there was no answer at all, ``crowded`` that the host asks
    for fewer requests (the client does not pass on for how long).
    """

    def __init__(
        self, message: str, *, attempts: int = _ATTEMPTS, silent: bool = False, crowded: bool = False
    ) -> None:
        super().__init__(message)
        self.attempts = attempts
        self.silent = silent
        self.crowded = crowded


class _Mismatched(Exception):
    """What was there of a file is not the beginning of what the server has."""


class _Writer:
    """Writes what comes behind what is there, or over it where the server sends the file from its start.

    The client does not tell which of both a server does. Package files are compressed: one that goes on
    as it began is not met with, and would be found out by its hash.
    """

    def __init__(self, file: BinaryIO, check: Check) -> None:
        self._file = file
        self._check = check
        self._begun = check.received
        #: Why the file cannot be written; the client does not pass it on.
        self.refusal: OSError | None = None

    def write(self, chunk: bytes) -> int:
        """Take the next bytes; called by the client."""
        try:
            if self._begun and self._is_beginning(chunk):
                self._file.truncate(0)
                self._check.restart()
            self._begun = 0
            self._file.seek(0, os.SEEK_END)
            self._file.write(chunk)
            self._file.flush()
        except OSError as error:
            self.refusal = error
            raise
        self._check.update(chunk)
        return len(chunk)

    def _is_beginning(self, chunk: bytes) -> bool:
        self._file.seek(0)
        head = self._file.read(len(chunk))
        return head == chunk[: len(head)]


def _stalled(*, silent: bool) -> _Passing:
    """The trouble with a connection that brings nothing more, or is ``silent`` from its beginning."""
    attempts = _ATTEMPTS_IN_VAIN if silent else _ATTEMPTS
    return _Passing(f"nothing came for {_PAUSE * _PAUSES} seconds", attempts=attempts, silent=silent)


def _trouble(
    artifact: Artifact, route: Route, error: Exception, *, resumed: bool, received: int
) -> Exception:
    """What an error of the client means."""
    text = str(error)
    if _BROKEN_OFF in text:
        return _Passing(f"the connection ended after {_counted(received, artifact.size)}")
    if isinstance(error, OSError):
        return _Passing(text)
    status = status_of(text)
    if not status and _SILENT in text:
        return _Passing(text, attempts=_ATTEMPTS_IN_SILENCE, silent=True)
    if status in _PASSING:
        return _Passing(text, crowded=status in _CROWDED)
    if status == _NO_SUCH_RANGE and resumed:
        return _Mismatched()
    return unavailable(artifact, route, text)


def _client(start: int = 0) -> Client:
    """A client that knows the user's credentials and proxies, and asks for what lies behind ``start``.

    It repeats nothing by itself: only here is it known what is there already.

    Raises:
        RestoreFailed: the user's credentials cannot be read.
    """
    try:
        return Client(
            [AuthenticationMiddleware(), OciMiddleware(), GCSMiddleware(), S3Middleware()],
            headers={"Range": f"bytes={start}-"} if start else None,
            user_agent=f"envgit/{__version__}",
        )
    except AuthenticationStorageError as error:
        raise RestoreFailed(
            f"the credentials for channels cannot be read: {error}", hint="correct that file, or remove it"
        ) from error


def _finish(artifact: Artifact, check: Check) -> None:
    try:
        check.finish()
    except IntegrityError:
        # A server that announces no length can only end early.
        if artifact.size is not None and check.received < artifact.size:
            raise _Passing(f"it ended after {_counted(check.received, artifact.size)}") from None
        raise


def _counted(received: int, size: int | None) -> str:
    return f"{received} of {size} bytes" if size is not None else f"{received} bytes"


def _take_up(file: BinaryIO, check: Check) -> int:
    """Check what is there of a file; returns how many bytes that are."""
    while chunk := file.read(_CHUNK):
        check.update(chunk)
    return check.received


def _host(route: Route) -> str:
    return urlsplit(route.url).netloc.rpartition("@")[2]


def _opened(growing: Path) -> BinaryIO:
    try:
        return open(growing, "r+b" if growing.exists() else "w+b")
    except OSError as error:
        raise refused(error, growing, forbidden=OTHER_CACHE) from error


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
