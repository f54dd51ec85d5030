"""Bytes of a text file, as editors and shells on any system write them, to text."""

from __future__ import annotations

from envgit.errors import BadFile

# The longer mark first: UTF-32 begins as UTF-16 does.
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode_text(content: bytes, where: str) -> str:
    """Return `content` as text with line feeds as line ends and without a byte order mark.

    Read as UTF-8, or as UTF-16 or UTF-32 (Windows PowerShell's ``>``) when a byte order mark says so
    or every other byte is NUL. `where` names the file in errors.

    Raises:
        BadFile: the bytes are no text in these encodings.
    """
    encoding = _encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{where}: not {encoding.removesuffix('-sig').upper()} text (byte {error.start})",
            hint="Save the file as UTF-8.",
        ) from error
    if "\0" in text:
        raise BadFile(f"{where}: a binary file, not a text file")
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
