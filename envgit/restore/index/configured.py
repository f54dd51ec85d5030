"""The package indexes that the user configured, for uv or else for pip."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.redact import redact_text
from envgit.restore import children
from envgit.restore.addresses import mirrored
from envgit.restore.pypi.uv import find_uv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.restore.settings import RestoreSettings

#: Seconds; uv only reads its settings.
_PATIENCE = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where files are offered: an index with a page for each project or, if ``flat``, one page of links.

    ``url`` may hold credentials; it must not be recorded.
    """

    url: str
    flat: bool = False


def configured_places(settings: RestoreSettings) -> tuple[Place, ...]:
    """Return the places where distributions may have come from, in the order in which they are asked.

    Indexes are asked before lists of links, as more people can use one, and a mirror before what it mirrors.

    Raises:
        RestoreFailed: the settings of uv cannot be read.
    """
    uv = find_uv(settings)
    # uv alone knows all its settings (files, variables, defaults): for no requirements it prints just these.
    asked = ("pip", "compile", "--emit-index-url", "--emit-find-links", "--no-header", "--quiet", "--offline")
    ran = children.run(
        [uv.binary, *asked, *uv.index_options, "--python", sys.executable, "--no-python-downloads", "-"],
        environ=uv.environ,
        folder=uv.folder,
        patience=_PATIENCE,
    )
    if ran.code != 0:
        reason = redact_text(ran.stderr.strip()) or f"it {ran.fate}"
        raise RestoreFailed(f"uv cannot tell which package indexes are configured: {reason}")
    told = [line.split(" ", 1) for line in ran.stdout.splitlines() if line.startswith("--")]
    indexes = [url for option in ("--extra-index-url", "--index-url") for o, url in told if o == option]
    if "--no-index" in uv.index_options:
        indexes = []
    found = [Place(url=url) for index in indexes for url in _routes(index, settings)]
    return (*found, *(Place(url=_url(place), flat=True) for o, place in told if o == "--find-links"))


def _routes(index: str, settings: RestoreSettings) -> Iterator[str]:
    index = f"{_url(index).rstrip('/')}/"
    yield from (*mirrored(index, settings), index)


def _url(place: str) -> str:
    """A place as a URL; pip takes paths too."""
    return place if "://" in place else Path(place).absolute().as_uri()
