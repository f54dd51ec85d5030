"""Compare every file of a prefix with what was recorded of it when it was installed."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from envgit.capture.cache import Cache
from envgit.capture.expected import expected_files
from envgit.capture.locate import kind_of
from envgit.capture.prefix import Prefix
from envgit.model import FileCheck

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from envgit.capture.expected import Expected


_Verdict = Literal["same", "altered", "missing", "unverifiable", "none"]

_CHUNK = 1 << 20
#: Reading and hashing both let other threads run; more than a disk can serve gain nothing.
_THREADS = min(8, os.cpu_count() or 1)
#: Folders at the top of a prefix that hold no package's files: conda's records, and what its base keeps.
_CONDAS = {"conda-meta", "pkgs", "envs", "conda-bld"}
#: At the top too: what envgit and venv write.
_MARKS = (".envgit-", "pyvenv.cfg")


def sha256_of(path: str) -> str | None:
    """Return the hex SHA-256 of a file's content, links followed; None when there is no such file.

    What is no regular file (a pipe, a device) has no content that could be compared: the empty string.

    Raises:
        PermissionError: it may not be read.
    """
    digest = hashlib.sha256()
    try:
        # Without O_NONBLOCK to open a pipe would wait for somebody to write to it.
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except PermissionError:
        raise
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return ""
        while chunk := os.read(file, _CHUNK):
            digest.update(chunk)
    finally:
        os.close(file)
    return digest.hexdigest()


def target_of(path: str) -> str | None:
    """Return where a link leads in the end, as an absolute path; None for what is no link."""
    return os.path.realpath(path) if os.path.islink(path) else None


def files_below(root: str) -> Iterator[str]:
    """Yield the files and links in a prefix that a package may have brought, relative to it (``/``).

    Byte code is left out, and metadata of distributions, which makes one of them whoever wrote it.
    """
    for folder, folders, names in os.walk(root):
        left_out = _CONDAS if folder == root else {"__pycache__"}
        folders[:] = [n for n in folders if n not in left_out and not n.endswith((".dist-info", ".egg-info"))]
        links = (name for name in folders if os.path.islink(os.path.join(folder, name)))
        below = "" if folder == root else os.path.relpath(folder, root).replace(os.sep, "/") + "/"
        yield from (below + name for name in (*names, *links) if below or not name.startswith(_MARKS))


def check_files(
    prefix: Path,
    *,
    kept: frozenset[str] = frozenset(),
    hash_file: Callable[[str], str | None] = sha256_of,
    exists: Callable[[str], bool] = os.path.exists,
    target: Callable[[str], str | None] = target_of,
    listing: Callable[[str], Iterable[str]] = files_below,
) -> FileCheck:
    """Compare the files of a prefix with the hashes in conda's records and in the RECORDs of the rest.

    ``checked`` counts the files that were compared, altered ones included, each once however many packages
    bring it. What lies there without a recorded hash (byte code, scripts made at installation), or cannot be
    read, is ``unverifiable``. A link has to lead to a folder or to another package's file in the prefix, else
    its content is compared. What no package brought is ``unknown``.

    Args:
        prefix: the folder of the environment.
        kept: files, relative to it, that are known to be there and right: they are not looked at.
        hash_file: returns the hex SHA-256 of the file at an absolute path, None when there is none.
        exists: whether there is something at an absolute path, links followed.
        target: returns where the link at an absolute path leads, None when it is no link.
        listing: returns the files below the absolute path of the prefix, relative to it.

    Raises:
        NotAPrefix: there is no environment at ``prefix``, or only the half of one.
    """
    kind_of(prefix)
    opened = Prefix(os.path.abspath(prefix), Cache(None, purpose=""))
    expected = expected_files(opened, kept)
    judge = _Judge(
        root=os.path.realpath(opened.root),
        expected=expected,
        kept=kept,
        hash_file=hash_file,
        exists=exists,
        target=target,
    )
    paths = sorted(expected.keys() - kept)
    stripes = [paths[start::_THREADS] for start in range(_THREADS)]
    with ThreadPoolExecutor(_THREADS) as pool:
        judged = sorted(one for found in pool.map(judge.verdicts, stripes) for one in found)

    def those(verdict: _Verdict) -> tuple[str, ...]:
        return tuple(path for path, found in judged if found == verdict)

    return FileCheck(
        checked=len(those("same")) + len(those("altered")),
        altered=those("altered"),
        missing=those("missing"),
        unverifiable=those("unverifiable"),
        unknown=tuple(sorted(path for path in listing(opened.root) if path not in expected)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judge:
    """Compares files below ``root``, which no link leads to, with what is expected there."""

    root: str
    expected: Mapping[str, Expected]
    kept: frozenset[str]
    hash_file: Callable[[str], str | None]
    exists: Callable[[str], bool]
    target: Callable[[str], str | None]

    def verdicts(self, paths: Iterable[str]) -> list[tuple[str, _Verdict]]:
        return [(path, self._verdict(os.path.join(self.root, path), self.expected[path])) for path in paths]

    def _verdict(self, place: str, expected: Expected) -> _Verdict:
        absent: _Verdict = "none" if expected.optional else "missing"
        if expected.link and self._leads_to_what_is_checked(place):
            return "same" if self.exists(place) else absent
        if not expected.hashes:
            return "unverifiable" if self.exists(place) else absent
        try:
            found = self.hash_file(place)
        except PermissionError:
            return "unverifiable"
        if found is None:
            return absent
        return "same" if found in expected.hashes else "altered"

    def _leads_to_what_is_checked(self, link: str) -> bool:
        led_to = self.target(link)
        if led_to is None or not led_to.startswith(self.root + os.sep):
            return False
        path = os.path.relpath(led_to, self.root).replace(os.sep, "/")
        return path in self.expected or path in self.kept or os.path.isdir(led_to)
