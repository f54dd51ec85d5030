"""TOML as lock files are written in, read in bounded time and memory. The only home of tomli and tomli-w."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from envgit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Mapping

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# Far above the largest real lock (2 MB, 60,000 values), far below what hurts.
MAX_CHARACTERS = 16 * 1024 * 1024
MAX_VALUES = 500_000
MAX_PARTS = 16

# Each ends where it must: what is searched for again and again from every quote takes quadratic time.
_STRING = r"\"(?:[^\"\\]|\\.?)*\"?|'[^']*'?"


def load_toml(text: str, where: str) -> dict[str, Any]:
    """Return the values of a TOML document.

    Raises:
        BadFile: it is no TOML, or is made to exhaust memory or the stack; the message says where.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadFile(f"{where}: larger than {MAX_CHARACTERS // 2**20} MiB, which no lock file is")
    if sum(map(text.count, "=,[{")) > MAX_VALUES:
        raise BadFile(f"{where}: more than {MAX_VALUES:,} values, which no lock file has")
    _refuse_long_keys(text, where)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{where}: not TOML: {error}") from error
    except RecursionError as error:
        raise BadFile(f"{where}: nested too deeply for a lock file") from error
    except ValueError as error:  # a date that no calendar has, or a number of thousands of digits
        raise BadFile(f"{where}: a value cannot be read: {error}") from error


def _refuse_long_keys(text: str, where: str) -> None:
    """The parser copies all parts of a dotted key at each of them, and makes a table of each."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") <= MAX_PARTS:
            continue
        bare = re.sub(_STRING, "", line)
        # What begins within a string of several lines may look like a string, and is none.
        if _most_dots(bare) > MAX_PARTS or _most_dots(line) > 10 * MAX_PARTS:
            place = f"{where}, line {number}"
            raise BadFile(f"{place}: a key of more than {MAX_PARTS} parts, which no lock file has")


def _most_dots(line: str) -> int:
    return max(part.count(".") for part in line.split("="))


def dump_toml(document: Mapping[str, Any]) -> str:
    """Return a document as TOML. A library writes it, as every kind of text needs quoting of its own."""
    import tomli_w

    return tomli_w.dumps(document)
