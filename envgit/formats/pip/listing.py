"""What pip prints as JSON: ``pip inspect`` and ``pip list --format json``, which uv prints too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats.conda.artifact import file_url
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.pip.line import normalised
from envgit.formats.pip.markers import platform_of
from envgit.formats.pip.source import is_local, source_of
from envgit.formats.syntax.json_text import load_json
from envgit.model import Distribution, Environment, Source

if TYPE_CHECKING:
    from envgit.formats.syntax.checked import Place


def decode(content: bytes, *, where: str) -> Decoded:
    """Read a list of distributions; the result is a venv, as pip knows nothing of conda's packages.

    ``pip inspect`` also tells platform, Python, sources, dependencies, and what conda installed.

    Raises:
        BadFile: it is no JSON, or pip does not print such; the message says what is wrong where.
    """
    top = load_json(content, where=where)
    remarks = Remarks(where)
    if isinstance(top.value, list):
        found = remarks.one_of_each(_listed(item) for item in top.items())
        environment = Environment(kind="venv", platform="", distributions=found)
    else:
        markers = top.get("environment", {})
        environment = Environment(
            kind="venv",
            platform=platform_of(markers.members()),
            python=markers.get("python_full_version").optional_text(),
            distributions=remarks.one_of_each(_inspected(item) for item in top.get("installed").items()),
        )
    for distribution in environment.additions:
        if distribution.source and is_local(distribution.source):
            place = f"{distribution.name} comes from {distribution.source.url}"
            remarks.add("local-path", f"{place}, a place on the machine of its writer")
    return Decoded(name=None, environment=environment, warnings=tuple(remarks.warned))


def _listed(item: Place) -> Distribution:
    folder = item.get("editable_project_location").optional_text()
    source = Source(kind="directory", url=file_url(folder), editable=True) if folder else None
    return Distribution(
        name=normalised(item.get("name").word()),
        version=item.get("version").word(),
        owner="pypi",
        source=source,
    )


def _inspected(item: Place) -> Distribution:
    metadata = item.get("metadata")
    installer = item.get("installer").optional_text()
    by_conda = installer == "conda"
    return Distribution(
        name=normalised(metadata.get("name").word()),
        version=metadata.get("version").word(),
        owner="conda" if by_conda else "pypi",
        installer=installer,
        requested=item.get("requested", False).flag() and not by_conda,  # conda sets it on all it installs
        depends=metadata.get("requires_dist", []).texts(),
        source=None if by_conda else _source(item.get("direct_url")),
    )


def _source(direct_url: Place) -> Source | None:
    """The source in the form of PEP 610; where conda built from is on no machine, and never asked for."""
    if direct_url.value is None:
        return None
    url = direct_url.get("url").text()
    subdirectory = direct_url.get("subdirectory").optional_text()
    vcs, archive = direct_url.get("vcs_info", {}), direct_url.get("archive_info", {})
    if vcs.members():
        return Source(
            kind="vcs",
            url=url,
            vcs=vcs.get("vcs").text(),
            requested_revision=vcs.get("requested_revision").optional_text(),
            commit=vcs.get("commit_id").optional_text(),
            subdirectory=subdirectory,
        )
    folder = direct_url.get("dir_info").value is not None
    if folder and "://" not in url:  # as envgit tells a folder of the repository
        return source_of(url, editable=direct_url.get("dir_info").get("editable", False).flag())
    return Source(
        kind="directory" if folder else "archive",
        url=url,
        editable=direct_url.get("dir_info", {}).get("editable", False).flag(),
        subdirectory=subdirectory,
        sha256=_sha256(archive),
    )


def _sha256(archive: Place) -> str | None:
    old = archive.get("hash", "").text()  # "sha256=…", before `hashes` came
    return archive.get("hashes", {}).get("sha256").optional_text() or (
        old.removeprefix("sha256=") if old.startswith("sha256=") else None
    )
