"""Where pip takes a distribution from when no index serves it: URLs of version control, files and folders."""

from __future__ import annotations

import re

from envgit.formats.conda.artifact import file_url
from envgit.model import Source
from envgit.redact import redact_url

#: Begins the URL of a checkout: ``git+https://…``.
VCS = r"(git|hg|svn|bzr)\+"
#: File name extensions of wheels and source distributions.
ARCHIVES = (".whl", ".tar.gz", ".tar.bz2", ".tgz", ".zip")

_COMMIT = r"[0-9a-f]{40}|[0-9a-f]{64}"


def source_of(place: str, *, editable: bool) -> Source:
    """Return the source that a URL or path names, its fragment (``#subdirectory=…&sha256=…``) understood.

    A relative path is a folder of the repository that the file lies in (``repository`` is ``"."``).
    """
    from urllib.parse import unquote

    location, _, fragment = place.partition("#")
    parts = (part.partition("=") for part in fragment.split("&"))
    parameters = {key: unquote(value) for key, _, value in parts}
    vcs = re.match(VCS, location)
    if vcs is not None:
        url, revision = _split_revision(location[vcs.end() :])
        commit = revision if revision and re.fullmatch(_COMMIT, revision) else None
        return Source(
            kind="vcs",
            url=redact_url(url),
            vcs=vcs[1],
            editable=editable,
            requested_revision=None if commit else revision,
            commit=commit,
            subdirectory=parameters.get("subdirectory"),
        )
    url = file_url(location)
    local = "://" not in url or url.startswith("file:")
    folder = local and not location.endswith(ARCHIVES)
    if folder and re.match(r"(?!\.\.|file:|~)", url):
        return _within_repository(location, editable=editable)
    return Source(
        kind="directory" if folder else "archive",
        url=redact_url(url),
        editable=editable,
        subdirectory=parameters.get("subdirectory"),
        sha256=parameters.get("sha256"),
    )


def is_local(source: Source) -> bool:
    """Whether a source is a place on one machine alone."""
    return source.url.startswith("file:")


def _within_repository(path: str, *, editable: bool) -> Source:
    inside = [part for part in re.split(r"[/\\]", path) if part not in {"", "."}]
    return Source(
        kind="directory",
        url=path,
        editable=editable,
        repository=".",
        subdirectory="/".join(inside) or None,
    )


def told_by_file_name(place: str) -> tuple[str, str]:
    """Return name and version from the name of a wheel or source distribution, else empty."""
    from urllib.parse import unquote

    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    fn = unquote(re.split(r"[#?]", place, maxsplit=1)[0].replace("\\", "/").rpartition("/")[2])
    try:
        if fn.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(fn)
        else:
            name, version = parse_sdist_filename(fn)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return "", ""
    return name, str(version)


def guessed_name(place: str) -> str:
    """Return the likely name: the repository of a checkout or forge's archive, or the last folder."""
    location = _split_revision(re.split(r"[#?]", place, maxsplit=1)[0].replace("\\", "/"))[0].rstrip("/")
    forge = re.search(r"/([^/]+)/(?:-/)?(?:archive|zipball|tarball)/", location)
    last = forge[1] if forge else location.rpartition("/")[2].removesuffix(".git")
    return last if re.fullmatch(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?", last) else ""


def _split_revision(url: str) -> tuple[str, str | None]:
    """Cut ``@revision`` off a VCS URL; the ``@`` of a user stands in front of the path."""
    scheme, separator, rest = url.rpartition("://")
    host, slash, path = rest.partition("/")
    path, _, revision = path.partition("@")
    return scheme + separator + host + slash + path, revision or None
