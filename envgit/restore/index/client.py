"""Talk to package indexes: pages, parts of wheels, hashes of files. Every answer has a time limit."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
import time
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter, Retry

from envgit.redact import redact_text, redact_url
from envgit.restore.addresses import local_path
from envgit.restore.index.page import ACCEPTED, Offer, read_page
from envgit.restore.index.ranged import PART, RangedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from envgit.restore.index.configured import Place

#: The largest file that is downloaded for its RECORD or hash where a server sends no parts of it, in bytes.
LARGEST = 128 * 2**20
_LARGEST_PAGE = 64 * 2**20
#: Seconds until a server has to begin its answer, and between two pieces of it.
_PATIENCE = 10.0
_CHUNK = 1 << 16
#: A file as its bytes are, whatever it could be sent as.
_AS_IT_IS = {"Accept-Encoding": "identity"}


class Unreachable(Exception):
    """A server did not answer as it should; the message says which and why."""


class Silent(Unreachable):
    """A server did not answer at all."""


class Unreadable(Exception):
    """A file could not be read as a wheel; the message says why."""


class OutOfTime(Exception):
    """The time that was granted is over."""


class Client:
    """Asks indexes and servers of files; may be used by several threads at once."""

    def __init__(self, environ: Mapping[str, str], *, deadline: float, at_once: int) -> None:
        """Take the variables of the process and the moment to end, as ``time.monotonic`` tells it."""
        self._deadline = deadline
        self._insecure = frozenset(environ.get("UV_INSECURE_HOST", "").split())
        self._session = requests.Session()
        retries = Retry(
            total=2,
            connect=1,
            backoff_factor=0.2,
            status_forcelist=(502, 503, 504),
            raise_on_status=False,
            respect_retry_after_header=False,  # it may be longer than all the time there is
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=at_once, max_retries=retries))
        certificates = environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
        self._verify: bool | str = certificates or True

    def offers(self, place: Place, name: str) -> tuple[Offer, ...]:
        """What a place offers of a project, nothing where it does not know it.

        Raises:
            Unreachable: it did not answer, or with something else.
            OutOfTime: there is no time left.
        """
        url = place.url if place.flat else f"{place.url}{name}/"
        if url.startswith("file:"):
            return _offered_locally(_path_of(url))
        with self._get(url, {"Accept": ACCEPTED}) as answer:
            if answer.status_code in {404, 410}:
                return ()
            _require_success(answer, url)
            content = b"".join(self._chunks(answer, url, limit=_LARGEST_PAGE))
            try:
                offers = read_page(content, answer.headers.get("Content-Type", ""), url=answer.url)
            except (ValueError, RecursionError) as error:
                raise Unreachable(f"{redact_url(url)} is no page of a package index: {error}") from error
        return tuple(_reached_as(place, offer) for offer in offers)

    @contextmanager
    def opened(self, offer: Offer) -> Iterator[zipfile.ZipFile]:
        """Open a wheel where it lies, fetching only what is read of it.

        Raises:
            Unreadable: it is no wheel, or is damaged.
            Unreachable, OutOfTime: its server did not answer.
        """
        try:
            with self._file(offer) as file, zipfile.ZipFile(file) as wheel:
                yield wheel
        except (
            zipfile.BadZipFile,
            zlib.error,
            KeyError,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise Unreadable(f"{offer.name} cannot be read as a wheel: {error}") from error

    def sha256(self, offer: Offer) -> str:
        """The hash of a file: as its index tells it, else taken of all its bytes."""
        if offer.sha256:
            return offer.sha256
        digest = hashlib.sha256()
        if offer.url.startswith("file:"):
            with _local(offer.url) as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
            return digest.hexdigest()
        with self._get(offer.url, _AS_IT_IS) as answer:
            _require_success(answer, offer.url)
            for chunk in self._chunks(answer, offer.url, limit=LARGEST):
                digest.update(chunk)
        return digest.hexdigest()

    @contextmanager
    def _file(self, offer: Offer) -> Iterator[IO[bytes]]:
        if offer.url.startswith("file:"):
            with _local(offer.url) as file:
                yield file
            return
        with self._get(offer.url, {**_AS_IT_IS, "Range": f"bytes=-{PART}"}) as answer:
            span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("Content-Range", ""))
            if answer.status_code == 206 and span:
                tail = b"".join(self._chunks(answer, offer.url, limit=PART))
                ranged = RangedFile(lambda *part: self._part(offer.url, *part), size=int(span[3]), tail=tail)
                yield io.BufferedReader(ranged, PART)
                return
            if answer.status_code not in {416, 501}:
                with self._downloaded(answer, offer.url) as file:
                    yield file
                return
        with self._get(offer.url, _AS_IT_IS) as answer, self._downloaded(answer, offer.url) as file:
            yield file

    def _part(self, url: str, start: int, stop: int) -> bytes:
        with self._get(url, {**_AS_IT_IS, "Range": f"bytes={start}-{stop - 1}"}) as answer:
            _require_success(answer, url)
            part = b"".join(self._chunks(answer, url, limit=stop - start))
        if answer.status_code != 206 or len(part) != stop - start:
            raise Unreachable(f"{redact_url(url)}: its server did not send the part that it was asked for")
        return part

    @contextmanager
    def _downloaded(self, answer: requests.Response, url: str) -> Iterator[IO[bytes]]:
        """All of a file, where its server sends no parts of it."""
        _require_success(answer, url)
        with tempfile.TemporaryFile(prefix="envgit-") as file:
            for chunk in self._chunks(answer, url, limit=LARGEST):
                file.write(chunk)
            file.seek(0)
            yield file

    def _chunks(self, answer: requests.Response, url: str, *, limit: int) -> Iterator[bytes]:
        received = 0
        try:
            for chunk in answer.iter_content(_CHUNK):
                self._require_time()
                received += len(chunk)
                if received > limit:
                    raise Unreachable(f"{redact_url(url)} is larger than the {limit >> 20} MB that are read")
                yield chunk
        except requests.RequestException as error:
            raise Unreachable(f"{redact_url(url)}: {_words(error)}") from error

    def _get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        left = self._require_time()
        location = urlsplit(url)
        if location.scheme not in {"http", "https"}:
            raise Unreachable(f"{redact_url(url)} is no place to download from")
        insecure = {location.hostname, location.netloc.rpartition("@")[2]} & self._insecure
        try:
            return self._session.get(
                url,
                headers=headers,
                stream=True,
                timeout=min(_PATIENCE, left),
                verify=False if insecure else self._verify,
            )
        except (requests.RequestException, ValueError) as error:
            host = redact_url(f"{location.scheme}://{location.netloc}")
            raise Silent(f"{host} does not answer: {_words(error)}") from error

    def _require_time(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left


def _require_success(answer: requests.Response, url: str) -> None:
    if answer.status_code not in {200, 206}:
        raise Unreachable(f"{redact_url(url)}: {answer.status_code} {answer.reason}")


def _words(error: Exception) -> str:
    """What happened, as the innermost error says it: the others wrap it in the words of libraries."""
    cause = error
    while isinstance(inner := cause.__context__ or getattr(cause, "reason", None), Exception):
        cause = inner
    return redact_text(getattr(cause, "strerror", None) or str(cause) or type(cause).__name__)


def _reached_as(place: Place, offer: Offer) -> Offer:
    """An offer with the login of its index, where the same server has the file: links do not repeat it."""
    index, file = urlsplit(place.url), urlsplit(offer.url)
    login, at, host = index.netloc.rpartition("@")
    if not at or (file.scheme, file.netloc) != (index.scheme, host):
        return offer
    url = urlunsplit(file._replace(netloc=f"{login}@{host}"))
    return Offer(name=offer.name, url=url, sha256=offer.sha256)


def _offered_locally(folder: Path) -> tuple[Offer, ...]:
    """What a folder offers: what its page says, else its files; nothing where there is no such folder."""
    page = folder / "index.html"
    try:
        if page.is_file():
            return read_page(page.read_bytes(), "text/html", url=page.as_uri())
        return tuple(Offer(name=file.name, url=file.as_uri()) for file in sorted(folder.iterdir()))
    except OSError:
        return ()


def _local(url: str) -> IO[bytes]:
    try:
        return _path_of(url).open("rb")
    except OSError as error:
        raise Unreachable(f"{redact_url(url)}: {error.strerror}") from error


def _path_of(url: str) -> Path:
    path = local_path(url)
    if path is None:
        raise Unreachable(f"{redact_url(url)} names no file of this machine")
    return path
