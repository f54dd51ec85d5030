"""Bytes of a text file, as editors and shells on any system write them, to text and its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from envgit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Above the largest real files (2 MB, 54,000 lines, 10 kB a line), below what takes more than seconds.
MAX_BYTES = 32 * 1024 * 1024
MAX_LINES = 150_000
MAX_LINE = 64 * 1024
# Lines and specs, each of which has a grammar of its own: the largest real list has 800.
MAX_ASKED = 20_000

# The longer mark first: UTF-32 begins as UTF-16 does.
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


T = TypeVar("T")


def decode_text(content: bytes, where: str) -> str:
    """Return `content` as text with line feeds as line ends and without a byte order mark.

    Read as UTF-8, or as UTF-16 or UTF-32 (Windows PowerShell's ``>``) when a byte order mark says so
    or every other byte is NUL. `where` names the file in errors.

    Raises:
        BadFile: the bytes are no text in these encodings, or more than any environment file has.
    """
    if len(content) > MAX_BYTES:
        raise BadFile(f"{where}: larger than {MAX_BYTES // 2**20} MiB, which no environment file is")
    encoding = _encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, errors="replace")
        line = _line_feeds(before).count("\n") + 1
        found = " ".join(f"0x{byte:02x}" for byte in content[error.start : error.end])
        name = encoding.removesuffix("-sig").upper()
        raise BadFile(
            f"{where}, line {line}: not {name} text ({found} at byte {error.start})",
            hint="Save the file as UTF-8.",
        ) from error
    if "\0" in text:
        raise BadFile(f"{where}: a binary file, not a text file")
    return _line_feeds(text)


def lines_of(text: str, where: str) -> list[str]:
    """Return the lines of a text that is read line by line; NEL, as mainframes write it, ends one too.

    Raises:
        BadFile: there are more of them, or one has more characters, than could be read in reasonable time.
    """
    text = text.replace("\x85", "\n")
    if text.count("\n") > MAX_LINES:
        raise BadFile(f"{where}: more than {MAX_LINES:,} lines, which no environment file has")
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise BadFile(
                f"{where}, line {number}: {len(line):,} characters, which no line of such a file has"
            )
    return lines


def bounded(asked: Iterable[T], where: str) -> Iterator[T]:
    """Yield the entries of a list that is read one by one, as many as take a few seconds.

    Raises:
        BadFile: there are more of them.
    """
    for number, item in enumerate(asked):
        if number == MAX_ASKED:
            raise BadFile(f"{where}: more than {MAX_ASKED:,} entries, which no environment has")
        yield item


def one_line(line: str) -> str:
    """Keep a line one line: no name of a stranger may add another, or an option for pip."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", "", line)


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding_of(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    start = content[:64]
    if len(start) > 1 and len(start) % 2 == 0:
        if not any(start[1::2]) and all(start[::2]):
            return "utf-16-le"
        if not any(start[::2]) and all(start[1::2]):
            return "utf-16-be"
    return "utf-8"
