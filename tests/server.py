"""A real HTTP server for a folder, which can be told to fail as servers and networks do."""

from __future__ import annotations

import base64
import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from types import TracebackType

#: A table for bytes.translate which inverts every byte.
INVERTED = bytes(range(255, -1, -1))
#: Pages of a package index in JSON (PEP 691): ``index.v1+json`` of a folder, for whoever asks for that.
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request as it came in; ``path`` is unquoted and without the query.

    ``host`` is the one that was asked for through this server as a proxy, empty for its own.
    """

    method: str
    path: str
    range: str | None
    host: str = ""
    credentials: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Answer with this HTTP status and no content, and where asked with ``Retry-After`` in seconds."""

    code: int
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Truncated:
    """Announce the whole length, send this share of it, and close the connection.

    A server may announce no length: what it sends then just ends. One that ``hangs`` keeps the connection.
    """

    share: float = 0.5
    announced: bool = True
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class WrongBytes:
    """Send content of the right length with every byte inverted."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Close the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Wait this many seconds, then answer as usual."""

    seconds: float


Fault = Status | Truncated | WrongBytes | Dropped | Slow


@dataclass(slots=True)
class _Trouble:
    pattern: str
    fault: Fault
    times: int | None


@dataclass(slots=True)
class Server:
    """Serves ``folder`` on 127.0.0.1 while used as a context manager.

    Folders are listed as HTML links, so that a folder of wheels is an index page for installers. It is a
    proxy too: whatever host it is asked for, it answers from the folder.

    Attributes:
        folder: what is served.
        ranges: whether a part of a file can be asked for, as most servers let one.
        password: what ``user:password`` has to be shown, where one has to.
        requests: what came in.
    """

    folder: Path
    ranges: bool = True
    password: str | None = None
    requests: list[Request] = field(default_factory=list)
    _troubles: list[_Trouble] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _http: _HTTPServer | None = None

    def __enter__(self) -> Server:
        self._http = _HTTPServer(self)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._http is not None
        self._http.stop()

    @property
    def url(self) -> str:
        """The address of the folder, without a final slash."""
        assert self._http is not None, "the server runs only inside its `with` block"
        return f"http://127.0.0.1:{self._http.server_port}"

    def fail(self, pattern: str, fault: Fault, *, times: int | None = None) -> None:
        """Answer paths that match with a fault.

        Args:
            pattern: a shell pattern for the whole path, such as ``/noarch/six-*``.
            fault: what goes wrong.
            times: how many requests it hits before all is well again; every one when None.
        """
        with self._lock:
            self._troubles.append(_Trouble(pattern, fault, times))

    def heal(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._troubles.clear()

    def count(self, pattern: str = "*", *, method: str = "GET") -> int:
        """How many requests by this method came for paths that match."""
        with self._lock:
            return sum(r.method == method and fnmatchcase(r.path, pattern) for r in self.requests)

    def _receive(self, request: Request) -> Fault | None:
        """Note a request, and use up one time of the first fault that is meant for it."""
        with self._lock:
            self.requests.append(request)
            for trouble in self._troubles:
                if trouble.times != 0 and fnmatchcase(request.path, trouble.pattern):
                    trouble.times = None if trouble.times is None else trouble.times - 1
                    return trouble.fault
        return None


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: Server) -> None:
        self.owner = owner
        self.stopped = threading.Event()
        self._connections: list[socket.socket] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self._connections.append(connection)
        return connection, address

    def stop(self) -> None:
        """End every thread: clients keep connections open, and a thread waits on each."""
        self.stopped.set()
        self.shutdown()
        for connection in self._connections:
            _hang_up(connection)
        self.server_close()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".v1+json": SIMPLE_JSON}  # noqa: RUF012
    server: _HTTPServer

    def translate_path(self, path: str) -> str:
        self.directory = str(self.server.owner.folder)
        return super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Print nothing: tests look at ``Server.requests``."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        owner, location = self.server.owner, urlsplit(self.path)
        self.path = location._replace(scheme="", netloc="").geturl()
        asked = Request(
            method=self.command,
            path=unquote(location.path),
            range=self.headers.get("Range"),
            host=location.netloc,
            credentials=_credentials(self.headers.get("Authorization")),
        )
        fault = owner._receive(asked)
        if owner.password not in {None, asked.credentials}:
            self._refuse(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": 'Basic realm="tests"'})
            return
        match fault:
            case Status(code, retry_after):
                self._refuse(code, {} if retry_after is None else {"Retry-After": str(retry_after)})
            case Dropped():
                self.close_connection = True
                _hang_up(self.connection)
            case Slow(seconds):
                self.server.stopped.wait(seconds)
                self._send(asked, None)
            case _:
                self._send(asked, fault)

    def _refuse(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, asked: Request, fault: Truncated | WrongBytes | None) -> None:
        """Send a listing, a file or a range of it, spoilt as the fault says."""
        file = Path(self.translate_path(self.path))
        page = file / "index.v1+json"
        if page.is_file() and SIMPLE_JSON in self.headers.get("Accept", ""):
            file = page
        if file.is_dir():
            super().do_GET() if self.command == "GET" else super().do_HEAD()
            return
        if not file.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content = file.read_bytes()
        if isinstance(fault, WrongBytes):
            content = content.translate(INVERTED)
        part = asked.range if self.server.owner.ranges else None
        span = _span(part, len(content))
        if span is None:
            self.send_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        announced = not isinstance(fault, Truncated) or fault.announced
        self._send_headers(span, whole=len(content), partial=part is not None, file=file, announced=announced)
        body = content[span.start : span.stop] if self.command == "GET" else b""
        if isinstance(fault, Truncated):
            body = body[: int(len(body) * fault.share)]
            self.close_connection = True
        self.wfile.write(body)
        if isinstance(fault, Truncated) and fault.hangs:
            self.server.stopped.wait()

    def _send_headers(self, span: range, *, whole: int, partial: bool, file: Path, announced: bool) -> None:
        self.send_response(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if announced:
            self.send_header("Content-Length", str(len(span)))
        self.send_header("Accept-Ranges", "bytes" if self.server.owner.ranges else "none")
        if partial:
            self.send_header("Content-Range", f"bytes {span.start}-{span.stop - 1}/{whole}")
        self.end_headers()


def _span(header: str | None, length: int) -> range | None:
    """The bytes that a Range header asks for (RFC 9110, one range), None when there are none such."""
    if header is None:
        return range(length)
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, length - int(last)), length)
    span = range(int(first), min(length, int(last) + 1) if last else length)
    return span or None


def _credentials(header: str | None) -> str | None:
    """What an Authorization header of the scheme Basic holds (RFC 7617)."""
    scheme, _, encoded = (header or "").partition(" ")
    return base64.b64decode(encoded).decode() if scheme == "Basic" else None


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # the client may have closed it first
        connection.shutdown(socket.SHUT_RDWR)
