"""JSON as other tools print it: read in bounded time and memory, every complaint with its place."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from envgit.errors import BadFile
from envgit.formats.syntax.checked import Place
from envgit.formats.syntax.text import decode_text

# The largest real listing (`pip inspect` of 900 distributions) has 70,000.
MAX_VALUES = 500_000

_HINT = "Run the command that printed it again, with its output alone in the file."


def load_json(content: bytes, *, where: str) -> Place:
    """Parse a JSON document of any encoding that text files have.

    Raises:
        BadFile: it is no JSON, holds NaN, the same key twice, or half a character, or is made to exhaust
            memory or the stack; the message says where.
    """
    text = decode_text(content, where)
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        raise BadFile(f"{where}: more than {MAX_VALUES:,} values, which no list of packages has")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
        if "\\u" in text:  # an escape may stand for half of a character, which no file can hold
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}, column {error.colno}"
        raise BadFile(f"{place}: not JSON: {error.msg}", hint=_HINT) from error
    except RecursionError as error:
        raise BadFile(f"{where}: nested too deeply for a list of packages") from error
    except UnicodeEncodeError as error:
        raise BadFile(f"{where}: holds half of a surrogate pair, which is no character") from error
    except ValueError as error:
        raise BadFile(f"{where}: {error}") from error
    return Place(value, where)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key!r} stands twice in one object")
            seen.add(key)
    return members


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
