"""Read what an index offers of a project: a page of the simple API, as JSON (PEP 691) or HTML (PEP 503)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.model import Distribution

JSON = "application/vnd.pypi.simple.v1+json"
#: What is asked for, the first one rather than the others.
ACCEPTED = f"{JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A file that an index offers; ``sha256`` is None where the index does not tell it."""

    name: str
    url: str
    sha256: str | None = None

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel, not a source distribution."""
        return self.name.endswith(".whl")

    @property
    def tags(self) -> frozenset[str]:
        """The compatibility tags in a wheel's name (PEP 425), one for each combination."""
        return frozenset(map(str, parse_wheel_filename(self.name)[3]))


def read_page(content: bytes, content_type: str, *, url: str) -> tuple[Offer, ...]:
    """Return what the page at ``url`` offers.

    Raises:
        ValueError: it is no page of an index.
    """
    if content_type.partition(";")[0].strip().lower() in {JSON, "application/json"}:
        return tuple(_offers_of_json(json.loads(content), url))
    links = _Links(url)
    links.feed(content.decode("utf-8", "replace"))
    return tuple(links.offers)


def offers_of(distribution: Distribution, offers: Iterable[Offer]) -> list[Offer]:
    """Those of just this version; a local version (``+cu118``) has to be the same too."""
    try:
        wanted = (distribution.name, Version(distribution.version))
    except InvalidVersion:
        return []
    return [offer for offer in offers if _release(offer.name) == wanted]


def _release(file: str) -> tuple[str, Version] | None:
    """The normalised name and the version in the name of a file."""
    try:
        return parse_wheel_filename(file)[:2] if file.endswith(".whl") else parse_sdist_filename(file)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None  # what else may lie in an index is for no installer


def _offers_of_json(page: Any, url: str) -> Iterable[Offer]:
    files = page.get("files") if isinstance(page, dict) else None
    if not isinstance(files, list):
        raise ValueError("no list of files")
    for file in files:
        match file:
            case {"filename": str(name), "url": str(place)}:
                hashes = file.get("hashes")
                told = hashes.get("sha256") if isinstance(hashes, dict) else None
                yield Offer(name=name, url=urljoin(url, place), sha256=_hash(told))


def _hash(text: object) -> str | None:
    found = re.fullmatch(r"[0-9a-f]{64}", text.lower()) if isinstance(text, str) else None
    return found and found[0]


class _Links(HTMLParser):
    """Collects the links of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.offers: list[Offer] = []
        self._base = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        place = dict(attrs).get("href")
        if tag == "base" and place:
            self._base = urljoin(self._base, place)
        elif tag == "a" and place:
            url, fragment = urldefrag(urljoin(self._base, place))
            told = re.search(r"(?:^|&)sha256=([^&]*)", fragment)
            name = unquote(urlsplit(url).path).rpartition("/")[2]
            self.offers.append(Offer(name=name, url=url, sha256=_hash(told and told[1])))
