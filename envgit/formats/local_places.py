"""Which packages of an environment are to be had from one machine alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats.pip.source import is_local
from envgit.model import Warned
from envgit.plan.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Environment

_FILE = "file:"


def local_places(environment: Environment, text: str | None = None) -> tuple[Warned, ...]:
    """Warn of each channel and folder of some machine that packages come from.

    Each warning is of the kind ``local-path``.

    Args:
        environment: what is written.
        text: what was written of it; a place that is not in there is none that its reader misses. Of a text
            that has all restored, all places count: leave it out.
    """
    found: dict[str, list[str]] = {}
    for name, place, folder in _places(environment):
        if text is None or place in text:
            found.setdefault(folder, []).append(name)
    return tuple(
        Warned(
            kind="local-path",
            message=f"{folder} is a place on one machine, and others cannot get from it: {listed(names)}",
        )
        for folder, names in found.items()
    )


def _places(environment: Environment) -> Iterator[tuple[str, str, str]]:
    """Name, place and the folder around it of what lies on one machine."""
    for package in environment.conda:
        if package.channel.startswith(_FILE):
            yield package.name, package.channel, package.channel
    for found in environment.additions:
        url = found.file.url if found.file and not found.source else None
        if found.source and not found.source.repository and is_local(found.source):
            url = found.source.url
        if url and url.startswith(_FILE):
            yield found.name, url, url.rpartition("/")[0]
