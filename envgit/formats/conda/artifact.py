"""Conda package files by URL: their channel, subdir, name, version and build."""

from __future__ import annotations

import re

from envgit.model import CondaPackage
from envgit.redact import redact_url

#: File name extensions of conda packages.
EXTENSIONS = (".conda", ".tar.bz2")

_SUBDIR = r"noarch|(?:linux|osx|win|freebsd|emscripten|wasi|zos)-[a-z0-9_]+"
_NAMED = (
    r"https?://conda\.anaconda\.org/(.+)",
    r"https?://repo\.(?:anaconda\.com|continuum\.io)/(pkgs/[^/]+)",
)


def is_artifact(text: str) -> bool:
    """Whether `text` (a URL or path, without its hash) ends in the name of a conda package file."""
    return text.endswith(EXTENSIONS)


def package_of_url(url: str, *, sha256: str | None = None, md5: str | None = None) -> CondaPackage:
    """Return the package that a URL or path of a conda package file names.

    ``url`` of the result is None for a relative path, which means nothing elsewhere.

    Raises:
        ValueError: the file name is not ``name-version-build`` with an extension of conda.
    """
    url = redact_url(file_url(url))
    base, _, fn = url.rpartition("/")
    extension = next((e for e in EXTENSIONS if fn.endswith(e)), None)
    parts = fn.removesuffix(extension).rsplit("-", 2) if extension else []
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"{fn!r} is not name-version-build.conda or .tar.bz2")
    channel, subdir = split_subdir(base)
    return CondaPackage(
        name=parts[0],
        version=parts[1],
        build=parts[2],
        subdir=subdir,
        channel=channel_name(channel),
        url=url if "://" in url else None,
        fn=fn,
        sha256=sha256,
        md5=md5,
    )


def split_subdir(channel: str) -> tuple[str, str]:
    """Return channel and subdir of ``https://host/channel/linux-64``; the subdir is empty if not there."""
    base, _, last = channel.rstrip("/").rpartition("/")
    return (base, last) if base and re.fullmatch(_SUBDIR, last) else (channel.rstrip("/"), "")


def channel_name(channel: str) -> str:
    """Return a channel's short name where every conda client knows one, else its URL, without credentials."""
    channel = redact_url(channel).rstrip("/")
    named = re.fullmatch(_NAMED[0], channel) or re.fullmatch(_NAMED[1], channel)
    return named[1] if named else channel


def channel_urls(channel: str) -> tuple[str, ...]:
    """Return the URLs of a channel named as by `channel_name`; ``defaults`` has several."""
    if channel == "defaults":
        return tuple(f"https://repo.anaconda.com/pkgs/{part}" for part in ("main", "r"))
    if "://" in channel:
        return (redact_url(channel),)
    host = "repo.anaconda.com" if channel.startswith("pkgs/") else "conda.anaconda.org"
    return (f"https://{host}/{channel}",)


def file_url(place: str) -> str:
    """Return an absolute path, of any system, as a ``file://`` URL; anything else unchanged."""
    if "://" in place:
        return place
    path = place.replace("\\", "/")
    if re.match(r"[A-Za-z]:/", path):
        return "file:///" + path
    return "file://" + path if path.startswith("/") else place
