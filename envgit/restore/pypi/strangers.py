"""What a snapshot says is checked before a program is told: it may be a stranger's."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# "${NAME}" in a requirements file becomes that variable's value: a stranger could have it sent to himself.
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f$`\\\"'<>]")
_REFERENCE = re.compile(r"[A-Za-z0-9_][\w./+-]*", re.ASCII)
_SCP = re.compile(r"(?P<login>[\w.-]+@[\w.-]+):(?P<path>[^/].*)")
_REPOSITORIES = frozenset({"https", "http", "ssh", "file"})

#: Where files and indexes may lie.
PLACES = frozenset({"https", "http", "file"})


class Unobtainable(Exception):
    """A distribution that cannot be had, or that is none; the message says why, for the report."""


def is_name(text: str) -> bool:
    """Whether a text is the normalised name of a distribution, and so no option and no path."""
    return _NAME.fullmatch(text) is not None


def is_file_name(text: str) -> bool:
    """Whether a text stays where it is put as a part of a path."""
    return text not in {"", ".", ".."} and not set(text) & set("/\\\0")


def checked_version(text: str) -> str:
    """A version that an index can serve (PEP 440)."""
    from packaging.version import InvalidVersion, Version

    if not text:
        raise Unobtainable("the snapshot pins no version")
    try:
        return str(Version(text))
    except InvalidVersion:
        raise Unobtainable(f"version {text!r} is none that an index serves (PEP 440)") from None


def checked_sha256(text: str) -> str:
    """A hash in hex."""
    if not _SHA256.fullmatch(text):
        raise Unobtainable(f"{text!r} is no SHA-256")
    return text


def checked_commit(commit: str | None, repository: str) -> str:
    """A whole commit name, and so no option and no branch."""
    if not commit or not _COMMIT.fullmatch(commit):
        raise Unobtainable(f"the commit of {repository} is not recorded")
    return commit


def checked_reference(text: str) -> str:
    """A branch, a tag or the beginning of a commit's name, and so no option."""
    if not _REFERENCE.fullmatch(text):
        raise Unobtainable(f"{text!r} is no branch, tag or commit")
    return text


def checked_requirement(text: str, name: str) -> str:
    """A requirement (PEP 508) of this distribution from an index: name, extras, versions, marker."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError):
        raise Unobtainable(f"{text!r} is no requirement (PEP 508)") from None
    if canonicalize_name(requirement.name) != name or requirement.url or "$" in text:
        raise Unobtainable(f"{text!r} is no requirement of {name} from an index")
    return str(requirement)


def checked_url(url: str, schemes: frozenset[str] = PLACES) -> str:
    """A URL that a line of a requirements file, and the command line of Git, take for nothing else."""
    try:
        location = urlsplit(url)
    except ValueError:
        raise Unobtainable(f"{url!r} is no URL") from None
    host = location.netloc.rpartition("@")[2]
    if location.scheme not in schemes or _UNSAFE.search(url) or host.startswith("-") or "@-" in url:
        raise Unobtainable(f"{url!r} is no place to install from")
    if location.scheme == "file" and host:
        raise Unobtainable(f"{url!r} names a file on another machine")
    return url


def repository_url(repository: str) -> str:
    """A Git repository as a URL that Git and uv agree on."""
    scp = _SCP.fullmatch(repository)
    if scp and "://" not in repository:
        repository = f"ssh://{scp['login']}/{scp['path']}"
    elif repository.startswith("/"):
        repository = Path(repository).as_uri()
    return checked_url(repository.removeprefix("git+"), _REPOSITORIES)


def path_inside(subdirectory: str | None) -> str:
    """A path that stays below where it starts."""
    path = PurePosixPath(subdirectory or "")
    if path.is_absolute() or ".." in path.parts or "\0" in str(path):
        raise Unobtainable(f"{subdirectory!r} leads out of its repository")
    return str(path)
