"""Text files in the encodings of every editor and shell."""

from __future__ import annotations

import pytest

from envgit.errors import BadFile
from envgit.formats import decode_any
from envgit.formats.syntax.text import MAX_ASKED, MAX_BYTES, MAX_LINE, MAX_LINES, decode_text, lines_of

TEXT = "name: é\n# 한\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r\n").encode("utf-16"),
    ],
)
def test_a_file_of_any_editor_is_the_same_text(content: bytes) -> None:
    assert decode_text(content, "f") == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_recognised_by_its_zeros(encoding: str) -> None:
    assert decode_text("name: x\n".encode(encoding), "f") == "name: x\n"


def test_nothing_is_an_empty_text() -> None:
    assert decode_text(b"", "f") == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: \xff", "f.yml, line 1: not UTF-8 text (0xff at byte 6)"),
        (b"a: 1\r\nb: caf\xe9\r\n", "f.yml, line 2: not UTF-8 text (0xe9 at byte 12)"),
        (b"\xff\xfea", "f.yml, line 1: not UTF-16 text (0x61 at byte 2)"),
        (b"a\0b c d", "f.yml: a binary file, not a text file"),
        (b"PK\x03\x04\x00\x00\x00\x00", "f.yml: a binary file, not a text file"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(BadFile) as refused:
        decode_text(content, "f.yml")
    assert refused.value.message == message


def test_the_next_line_of_mainframes_ends_a_line() -> None:
    assert lines_of("a==1\x85b==2\nc==3", "f") == ["a==1", "b==2", "c==3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_that_no_environment_has_is_refused_before_it_is_decoded(encoding: str) -> None:
    with pytest.raises(BadFile) as refused:
        decode_text(("a" * MAX_BYTES + "bc").encode(encoding), "f.yml")
    assert refused.value.message == "f.yml: larger than 32 MiB, which no environment file is"


def test_more_lines_or_longer_ones_than_any_file_has_are_refused() -> None:
    assert len(lines_of("\n" * (MAX_LINES - 1), "f")) == MAX_LINES
    with pytest.raises(BadFile) as refused:
        lines_of("\n" * (MAX_LINES + 1), "f")
    assert refused.value.message == "f: more than 150,000 lines, which no environment file has"
    with pytest.raises(BadFile) as refused:
        lines_of("a\n" + "b" * (MAX_LINE + 1), "f")
    assert refused.value.message == "f, line 2: 65,537 characters, which no line of such a file has"


@pytest.mark.parametrize(
    ("head", "entry"),
    [
        ("", "a==1\n"),
        ("@EXPLICIT\n", "# x\n"),
        ("# This file may be used to create an environment using:\n", "a>1\n"),
        ("dependencies:\n", "- a\n"),
        ("dependencies:\n- pip:\n", "  - a\n"),
    ],
)
def test_what_asks_for_more_packages_than_any_environment_has_is_refused(head: str, entry: str) -> None:
    content = (head + entry * (MAX_ASKED + 1)).encode()
    with pytest.raises(BadFile, match="f: more than 20,000 entries, which no environment has"):
        decode_any(content, where="f")
