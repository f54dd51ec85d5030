"""From a recorded distribution to the ways in which it can be had, the best one first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from envgit.model import Origin
from envgit.redact import redact_url
from envgit.restore.addresses import local_path, mirrored
from envgit.restore.pypi.files import archive_folders, difference, holds, local_files
from envgit.restore.pypi.folders import folder_line, revision, subdirectory_of
from envgit.restore.pypi.strangers import (
    Unobtainable,
    checked_sha256,
    checked_url,
    checked_version,
    is_file_name,
    is_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from envgit.model import Distribution, Grade, OriginKind, Source
    from envgit.restore.settings import RestoreSettings

#: Whatever index the user has uv or pip ask.
_CONFIGURED = Origin(kind="recorded", place="index", remote=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """A line of a requirements file, and the options of uv that say where to look for it.

    ``remark`` is what is to be said of a distribution that was had so, ``grade`` the best that it can get.
    ``origin`` is the place that it leads to.
    """

    line: str
    origin: Origin = field(compare=False)
    options: tuple[str, ...] = ()
    remark: str = ""
    grade: Grade = "exact"


def ways_of(
    distribution: Distribution, *, usual: str | None, staging: Path, settings: RestoreSettings
) -> tuple[Way, ...]:
    """Return the ways to have a distribution as it was.

    Each names the recorded hash, where there is one. A repository that an editable install runs from is
    cloned into the environment's ``src`` folder where the recorded folder is not what it was.

    Args:
        distribution: as recorded.
        usual: the index that most of the distributions came from.
        staging: where the environment is built.
        settings: where to look.

    Raises:
        Unobtainable: there is none.
    """
    name, source = distribution.name, distribution.source
    if not is_name(name):
        raise Unobtainable(f"{name!r} is no name of a distribution")
    if source is None:
        ways = [*_served(distribution, usual, settings), *_substitutes(distribution, settings)]
    elif source.kind == "archive":
        ways = [*_archived(distribution, source, settings)]
    elif source.kind == "vcs" and not source.editable:
        ways = [Way(line=f"{name} @ {revision(source.url, source)}", origin=_recorded(source.url))]
    else:
        line, remark = folder_line(name, source, staging=staging, settings=settings)
        ways = [Way(line=line, remark=remark, origin=_of_folder(line, source, staging))]
    return tuple(dict.fromkeys(ways))


def usual_index(layer: Sequence[Distribution]) -> str | None:
    """The index that most distributions of a layer came from."""
    indexes = Counter(d.file.index for d in layer if d.file and d.file.index)
    return next((index for index, _ in indexes.most_common(1)), None)


def _recorded(place: str, kind: OriginKind = "recorded") -> Origin:
    return Origin(kind=kind, place=redact_url(place), remote=not place.startswith("file:"))


def _on_disk(path: Path, settings: RestoreSettings) -> Origin:
    """The origin of what lies on this machine: kept by envgit, or in an archive."""
    return Origin(kind="cache" if path.is_relative_to(settings.cache) else "archive", place=str(path))


def _of_folder(line: str, source: Source, staging: Path) -> Origin:
    place = line.removeprefix("-e ").rpartition(" @ ")[2].removeprefix("git+")
    within = place.startswith(staging.as_uri())
    return _recorded((source.repository or source.url) if within else place.partition("#")[0])


def _served(distribution: Distribution, usual: str | None, settings: RestoreSettings) -> Iterator[Way]:
    """The ways to a file that an index served."""
    name, file = distribution.name, distribution.file
    version, option = checked_version(distribution.version), _hash_option(distribution)
    pinned = f"{name}=={version}{option}"
    for local in local_files(name, version, file.name if file else "", _sha256(distribution), settings):
        yield Way(line=f"{name} @ {local.as_uri()}{option}", origin=_on_disk(local, settings))
    for folder in archive_folders(settings, name):
        if not option and holds(folder, name, version):
            options = ("--no-index", "--find-links", str(folder))
            yield Way(line=pinned, options=options, origin=_on_disk(folder, settings))
    index = checked_url(file.index) if file and file.index else ""
    mirrors = mirrored(index, settings)
    nearer = (*(f"{archive}/simple/" for archive in remote_archives(settings)), *mirrors)
    if nearer:
        places = tuple(word for place in nearer for word in ("--index", place))
        kind: OriginKind = "mirror" if nearer[0] in mirrors else "archive"
        yield Way(line=pinned, options=places, origin=_recorded(nearer[0], kind))
    recorded = [Way(line=pinned, options=("--index", index), origin=_recorded(index))] if index else []
    configured = Way(line=pinned, origin=_CONFIGURED)
    # An index of its own, as for `torch==2.3.1+cu118`, serves what the others do not have.
    yield from (*recorded, configured) if index != usual else (configured, *recorded)
    if file and file.url:
        url = checked_url(file.url)
        for place in (*mirrored(url, settings), url):
            yield Way(line=f"{name} @ {place}{option}", origin=_recorded(place))
    for archive in remote_archives(settings):
        yield Way(line=pinned, options=("--find-links", archive), origin=_recorded(archive, "archive"))


def _archived(distribution: Distribution, source: Source, settings: RestoreSettings) -> Iterator[Way]:
    """The ways to a file that was installed from a path or a URL."""
    name, sha256, option = distribution.name, _sha256(distribution), _hash_option(distribution)
    url, within = checked_url(source.url).partition("#")[0], subdirectory_of(source)
    recorded = local_path(url)
    refusal = difference(recorded, sha256) if recorded else None
    if recorded and not refusal:
        yield Way(line=f"{name} @ {url}{within}{option}", origin=_recorded(url))
    elsewhere = [*local_files(name, distribution.version, _last_part(url), sha256, settings)]
    for file in elsewhere:
        yield Way(line=f"{name} @ {file.as_uri()}{within}{option}", origin=_on_disk(file, settings))
    for place in () if recorded else (*mirrored(url, settings), url):
        yield Way(line=f"{name} @ {place}{within}{option}", origin=_recorded(place))
    substitutes = [*_substitutes(distribution, settings)]
    yield from substitutes
    if refusal and not elsewhere and not substitutes:
        raise Unobtainable(refusal)


def _last_part(url: str) -> str:
    """The name of the file at a URL, empty where that cannot be one."""
    part = unquote(urlsplit(url).path).rpartition("/")[2]
    return part if is_file_name(part) else ""


def _substitutes(distribution: Distribution, settings: RestoreSettings) -> Iterator[Way]:
    """Any file of the same version, where the user allows it."""
    if settings.allow_substitutes:
        line = f"{distribution.name}=={checked_version(distribution.version)}"
        # Contents that are recorded tell afterwards whether it is the same.
        unseen = bool(_sha256(distribution)) and not distribution.digest
        remark = "any file of its version was taken, for want of the recorded one" if unseen else ""
        grade: Grade = "rebuilt" if unseen else "exact"
        yield Way(line=line, origin=_CONFIGURED, remark=remark, grade=grade)


def _sha256(distribution: Distribution) -> str:
    """The hash of the file, empty where none is recorded."""
    source = distribution.source.sha256 if distribution.source else None
    known = source or (distribution.file.sha256 if distribution.file else "")
    return checked_sha256(known) if known else ""


def _hash_option(distribution: Distribution) -> str:
    """The option of a requirement that makes uv check a file."""
    sha256 = _sha256(distribution)
    return f" --hash=sha256:{sha256}" if sha256 else ""


def remote_archives(settings: RestoreSettings) -> list[str]:
    """The archives that are not on this machine."""
    archives = settings.archives
    return [a.rstrip("/") for a in archives if "://" in a and not a.startswith("file:")]
