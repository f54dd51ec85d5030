"""The same package in the other of conda's two archive formats, which may stand in for the recorded file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from rattler.package import IndexJson

from envgit.errors import IntegrityError
from envgit.restore.conda.job import Fetched

if TYPE_CHECKING:
    from envgit.restore.conda.job import Artifact, Route

_CHUNK = 1 << 20


def twin_of(artifact: Artifact) -> Artifact:
    """The artifact to fetch instead, of which no hash is known, for one that has twins."""
    recorded = artifact.twins[-1].url
    name = unquote(urlsplit(recorded).path.rpartition("/")[2])
    return replace(
        artifact,
        fn=name,
        url=recorded,
        routes=artifact.twins,
        twins=(),
        local=str(Path(artifact.local).with_name(name)),
        sha256=None,
        md5=None,
        size=None,
    )


def as_standing_in(twin: Artifact, artifact: Artifact, route: Route) -> Fetched:
    """Return a twin, which was fetched by ``route``, as what it is: hashes and all.

    Its bytes cannot be the recorded ones. What it says of itself has to be what was recorded.

    Raises:
        IntegrityError: it is another package, or none.
    """
    try:
        index = IndexJson.from_package_archive(Path(twin.local))
    except Exception as error:  # an archive may be damaged in ways that have errors of their own
        raise _refusal(twin, artifact, route, str(error)) from error
    found = (index.name.source, str(index.version), str(index.build), index.subdir)
    if found != (artifact.name, artifact.version, artifact.build, artifact.subdir):
        raise _refusal(twin, artifact, route, f"it holds {' '.join(map(str, found))}")
    sha256, md5 = _hashes(Path(twin.local))
    return Fetched(
        artifact=replace(twin, sha256=sha256, md5=md5, size=Path(twin.local).stat().st_size),
        route=route,
        grade="rebuilt",
        reason=f"{twin.fn} stands in for {artifact.fn}, which cannot be had: the same build, in other bytes",
    )


def _hashes(file: Path) -> tuple[str, str]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            sha256.update(chunk)
            md5.update(chunk)
    return sha256.hexdigest(), md5.hexdigest()


def _refusal(twin: Artifact, artifact: Artifact, route: Route, reason: str) -> IntegrityError:
    return IntegrityError(
        f"{twin.fn} from {route.place} cannot stand in for {artifact.fn}, which cannot be had: {reason}",
        hint="a mirror or an archive may still hold the recorded file",
    )
