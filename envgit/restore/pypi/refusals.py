"""Why a distribution could not be had: a sentence for what uv says at length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from envgit.model import Distribution

_NOT_CACHED = re.compile(r"not found in the cache|network was disabled")
_NO_VERSION = re.compile(r"there is no version of|there are no versions of")
_UNKNOWN = re.compile(r"was not found in the package registry")
_MISMATCH = re.compile(
    r"Hash mismatch.*?Expected:\W*(sha256:\w{12}).*?Computed:\W*(sha256:\w{12})", re.DOTALL
)
_STATUS = re.compile(r"HTTP status \w+ error \((?P<status>[^)]*)\)(?: for url \((?P<url>[^)]*)\))?")
_NO_ANSWER = re.compile(r"error sending request for url \((?P<url>[^)]*)\)")
#: Characters of a part of what uv says where it is not known what that means.
_LONGEST = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why one way did not work: ``brief`` for people, ``full`` as it was said."""

    brief: str
    full: str


def refusal_of(said: str, distribution: Distribution, *, offline: bool) -> Refusal:
    """Sum up what uv said of one distribution, its lines joined by semicolons."""
    return Refusal(brief=_brief(said, distribution, offline=offline), full=said)


def _brief(said: str, distribution: Distribution, *, offline: bool) -> str:
    wanted = f"{distribution.name} {distribution.version}"
    if _NOT_CACHED.search(said) or (offline and _NO_VERSION.search(said)):
        why = "and --offline was given" if offline else "and its place does not answer"
        return f"no file of {wanted} is in uv's cache, {why}"
    if _NO_VERSION.search(said):
        return f"the index has no {wanted}"
    if _UNKNOWN.search(said):
        return f"the index has no {distribution.name}"
    return _of_file(said) or _of_place(said) or _ends(said)


def _of_file(said: str) -> str:
    mismatch = _MISMATCH.search(said)
    if mismatch is None:
        return ""
    return f"the file is not the recorded one: expected {mismatch[1]}, got {mismatch[2]}"


def _of_place(said: str) -> str:
    if status := _STATUS.search(said):
        return f"{_host(status['url'] or '') or 'the index'} answers {status['status']}"
    if silence := _NO_ANSWER.search(said):
        return f"{_host(silence['url'])} does not answer"
    return ""


def _ends(said: str) -> str:
    """What was wrong and, of all that led to it, the last: the cause."""
    first, *others = said.split("; ")
    causes = [part for part in others if not part.startswith("hint:")]
    return ": ".join(
        part if len(part) <= _LONGEST else f"{part[:_LONGEST]}…" for part in (first, *causes[-1:])
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
