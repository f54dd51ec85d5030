"""From a snapshot's conda packages to files to fetch; it may be a stranger's, so it is checked here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from envgit.errors import ArtifactUnavailable, RestoreFailed
from envgit.restore.conda.job import Artifact

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import CondaPackage
    from envgit.restore.conda.supply.routes import Ladder

#: Schemes that conda packages are fetched by; each artifact is checked against its hash all the same.
SCHEMES = frozenset({"https", "http", "file", "oci", "s3", "gcs"})

# Names become parts of file names in the package cache and in conda-meta (CEP 26, and what predates it).
_NAME = re.compile(r"[a-z0-9_][a-z0-9_.-]*", re.IGNORECASE)
_VERSION = re.compile(r"[a-z0-9_][a-z0-9_.!+-]*", re.IGNORECASE)
_FILE_NAME = re.compile(r"[a-z0-9_][a-z0-9_.!+%-]*\.(conda|tar\.bz2)", re.IGNORECASE)
#: A folder below the prefix: Python tells where noarch packages go, and must not lead out of it.
_FOLDER = re.compile(r"(?:[a-z0-9_-][a-z0-9_.-]*/)*[a-z0-9_-][a-z0-9_.-]*", re.IGNORECASE)
_HASHES = {"sha256": re.compile(r"[0-9a-f]{64}"), "md5": re.compile(r"[0-9a-f]{32}")}


def artifact_of(package: CondaPackage, ladder: Ladder, downloads: Path) -> Artifact:
    """Return the file to fetch for a package.

    Raises:
        ArtifactUnavailable: the snapshot knows no URL for it.
        RestoreFailed: a field holds what no conda package has.
    """
    if not package.url:
        raise ArtifactUnavailable(
            f"no URL is known for {package.name} {package.version}".rstrip(),
            hint="an imported environment file does not say where its packages lie; a captured prefix does",
        )
    base, _, last = _located(package, package.url)._replace(query="", fragment="").geturl().rpartition("/")
    # Some records name the .tar.bz2 of what was a .conda: the URL tells what the file is.
    file = unquote(last)
    _check(package, file)
    return Artifact(
        name=package.name,
        version=package.version,
        build=package.build,
        build_number=package.build_number,
        subdir=package.subdir,
        fn=package.fn or file,
        channel=base.removesuffix(f"/{package.subdir}"),
        url=package.url,
        routes=ladder.routes(package.url, hashed=bool(package.sha256 or package.md5)),
        twins=ladder.twins(package.url),
        local=str(downloads / package.subdir / file),
        sha256=package.sha256,
        md5=package.md5,
        size=package.size,
        noarch=package.noarch,
        depends=package.depends,
        constrains=package.constrains,
        license=package.license,
        timestamp=package.timestamp,
        python_site_packages_path=package.python_site_packages_path,
        requested=package.requested,
    )


def check_names(package: CondaPackage) -> None:
    """Check that what names the folder of a package in the cache names nothing else.

    Raises:
        RestoreFailed: a field holds what no conda package has.
    """
    _require("name", package.name, _NAME)
    _require("version", package.version, _VERSION)
    _require("build", package.build, _VERSION)
    for field, pattern in _HASHES.items():
        value = getattr(package, field)
        if value is not None:
            _require(field, value, pattern)


def _check(package: CondaPackage, file: str) -> None:
    check_names(package)
    _require("subdir", package.subdir, _NAME)
    _require("file name", file, _FILE_NAME)
    _require("file name", package.fn or file, _FILE_NAME)
    if package.python_site_packages_path is not None:
        _require("site-packages folder", package.python_site_packages_path, _FOLDER)


def _located(package: CondaPackage, url: str) -> SplitResult:
    """The parts of a URL that a package may be fetched from."""
    refusal = RestoreFailed(f"{package.name} is recorded at {url!r}: no package is fetched from there")
    try:
        location = urlsplit(url)
        _ = location.port  # raises where it is no number
    except ValueError:
        raise refusal from None
    if location.scheme not in SCHEMES or (location.scheme == "file" and location.netloc):
        raise refusal
    return location


def _require(field: str, value: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(value):
        raise RestoreFailed(f"the snapshot holds a conda package whose {field} is {value!r}")
