"""TOML of strangers ends in values or in one clear error, soon."""

from __future__ import annotations

import pytest

from envgit.errors import BadFile
from envgit.formats.syntax.toml_text import dump_toml, load_toml

REFUSED = {
    "brackets": ("a=" + "[" * 100_000, "f: nested too deeply for a lock file"),
    "values": ("a=[" + "1," * 500_000 + "]", "f: more than 500,000 values, which no lock file has"),
    "long key": (
        "\n" + "a." * 20_000 + "a=1",
        "f, line 2: a key of more than 16 parts, which no lock file has",
    ),
    "long quoted key": (
        "'a'." * 17 + "a=1",
        "f, line 1: a key of more than 16 parts, which no lock file has",
    ),
    "long key inside": (
        "x={y=1, " + "a." * 17 + "a=1}",
        "f, line 1: a key of more than 16 parts, which no lock file has",
    ),
    "huge": ("#" * (16 * 2**20 + 1), "f: larger than 16 MiB, which no lock file is"),
    "digits": ("a=" + "1" * 5000, "f: a value cannot be read: Exceeds the limit (4300 digits)"),
    "twice": ("a=1\na=2", "f: not TOML: Cannot overwrite a value (at "),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(BadFile) as refused:
        load_toml(text, "f")
    assert refused.value.message.startswith(message)


def test_dots_in_strings_are_no_parts_of_a_key() -> None:
    document = {"url": "https://h/" + "a." * 100, "markers": ["." * 50, '"' + "." * 50]}
    assert load_toml(dump_toml(document), "f") == document
