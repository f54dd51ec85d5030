"""Write URLs and channels in the one form that is recorded: canonical, without mirrors and credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.capture.texts import writable
from envgit.formats.conda.artifact import channel_name, split_subdir
from envgit.redact import redact_url

if TYPE_CHECKING:
    from collections.abc import Callable

#: Pairs of a canonical URL prefix and the prefix of its mirror.
Mirrors = tuple[tuple[str, str], ...]


def canonical_urls(mirrors: Mirrors) -> Callable[[str], str]:
    """Return the function that writes a URL in its canonical form."""
    redacted = [(to.rstrip("/"), redact_url(mirror).rstrip("/")) for to, mirror in mirrors]

    def canonical(url: str) -> str:
        url = writable(redact_url(url))
        for to, mirror in redacted:
            if url == mirror or url.startswith(mirror + "/"):
                return to + url[len(mirror) :]
        return url

    return canonical


def channel_of(channel: str) -> str:
    """Return the name, else the URL, of a channel as some tool wrote it: with or without subdir or slash.

    Tools that do not know write ``<unknown>``, and the answer is empty.
    """
    return "" if channel == "<unknown>" else channel_name(split_subdir(channel)[0])


def channel_of_artifact(url: str) -> str:
    """Return the channel that serves the package at ``url``, empty when no channel has such a URL."""
    channel, subdir = split_subdir(url.rpartition("/")[0])
    return channel_name(channel) if subdir else ""
