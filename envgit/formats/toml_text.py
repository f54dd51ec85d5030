"""TOML as lock files are written in, read in bounded time and memory. The only home of tomli and tomli-w."""

from __future__ import annotations

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
MAX_PARTS = 100


def load_toml(text: str, where: str) -> dict[str, Any]:
    """Return the values of a TOML document.

    Raises:
        BadFile: it is no TOML, or is made to exhaust memory or the stack; the message says where.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadFile(f"{where}: larger than {MAX_CHARACTERS // 2**20} MiB, which no lock file is")
    if sum(map(text.count, "=,[{")) > MAX_VALUES:
        raise BadFile(f"{where}: more than {MAX_VALUES:,} values, which no lock file has")
    for number, line in enumerate(text.split("\n"), 1):
        # The parser goes through all parts of a dotted key at each of them, and copies them.
        if line.count(".") > MAX_PARTS and any(part.count(".") > MAX_PARTS for part in line.split("=")):
            raise BadFile(
                f"{where}, line {number}: a key of more than {MAX_PARTS} parts, which no lock file has"
            )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{where}: not TOML: {error}") from error
    except RecursionError as error:
        raise BadFile(f"{where}: nested too deeply for a lock file") from error
    except ValueError as error:  # a date that no calendar has, or a number of thousands of digits
        raise BadFile(f"{where}: a value cannot be read: {error}") from error


def dump_toml(document: Mapping[str, Any]) -> str:
    """Return a document as TOML. A library writes it, as every kind of text needs quoting of its own."""
    import tomli_w

    return tomli_w.dumps(document)
