"""Checkouts, folders and archives in a pylock.toml, to the noun and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envgit.formats.conda.artifact import file_url
from envgit.formats.pip.source import source_of
from envgit.model import Source
from envgit.redact import redact_url

if TYPE_CHECKING:
    from packaging.pylock import Package, PackageDirectory


def read_source(package: Package) -> Source | None:
    """Return where a package comes from that no index serves."""
    if package.vcs:
        return Source(
            kind="vcs",
            url=package.vcs.url or file_url(package.vcs.path or ""),
            vcs=package.vcs.type,
            requested_revision=package.vcs.requested_revision,
            commit=package.vcs.commit_id,
            subdirectory=package.vcs.subdirectory,
        )
    if package.archive:
        return Source(
            kind="archive",
            url=package.archive.url or file_url(package.archive.path or ""),
            subdirectory=package.archive.subdirectory,
            sha256=package.archive.hashes.get("sha256"),
        )
    return _folder(package.directory) if package.directory else None


def _folder(directory: PackageDirectory) -> Source:
    place = "/".join(filter(None, (directory.path.rstrip("/") or "/", directory.subdirectory)))
    return source_of(place, editable=bool(directory.editable))


def written_source(source: Source) -> dict[str, Any]:
    """Return the table of a source, and its key, for a package of a lock.

    Raises:
        ValueError: the format demands what is not known; the message says what.
    """
    if source.kind == "directory" and source.repository in (".", None):
        inside = f"./{source.subdirectory}" if source.subdirectory else "."
        path = inside if source.repository else source.url.removeprefix("file://")
        return {"directory": {"path": path, "editable": source.editable}}
    within = {"subdirectory": source.subdirectory} if source.subdirectory else {}
    if source.kind == "archive":
        if not source.sha256:
            raise ValueError("the hash of its archive")
        return {"archive": {"url": redact_url(source.url), "hashes": {"sha256": source.sha256}, **within}}
    if not source.commit:
        raise ValueError("the commit of its checkout")
    asked = {"requested-revision": source.requested_revision} if source.requested_revision else {}
    url = redact_url(source.repository or source.url)
    return {"vcs": {"type": source.vcs or "git", "url": url, **asked, "commit-id": source.commit, **within}}
