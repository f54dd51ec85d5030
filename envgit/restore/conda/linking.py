"""Link conda packages into a folder with py-rattler, from files that were checked before.

py-rattler is given local paths only: it checks no hash of local files, and when one mirror fails it
tries no other. So it finds packages in its cache, or as files that were fetched and checked before.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rattler import BuildString, MatchSpec, PackageRecord, RepoDataRecord, install
from rattler.exceptions import InstallerError, InvalidPackageNameError, InvalidUrlError, InvalidVersionError
from rattler.package_cache import PackageCache, PackageCacheLayer, ValidationMode

from envgit.errors import RestoreFailed
from envgit.restore.cache_layout import PARTIAL
from envgit.restore.conda.cache import SHARED, folder_of, part_of
from envgit.restore.conda.job import Linked, as_fetched
from envgit.restore.conda.records import Records
from envgit.restore.conda.supply.fetch import fetch
from envgit.restore.faults import refused_to

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rattler.install import InstallerReporter

    from envgit.restore.conda.job import Artifact, Fetched, Job
    from envgit.restore.progress import Progress

#: Timestamps above this are in milliseconds, those below in seconds: the year 9999 (conda's rule).
_LAST_SECOND = 253402300799


async def link(job: Job, progress: Progress, *, sealed: Collection[str] = ()) -> Linked:
    """Fetch what the package cache lacks, and link everything.

    Where packages turn out to be damaged in the cache, linking may still be going on in other threads.
    Those that are ``sealed``, given by name, are in the cache, and need not be checked.

    Raises:
        ArtifactUnavailable, IntegrityError: a package cannot be had.
        RestoreFailed: a package cannot be linked, or the disk is full.
    """
    records = [_record(artifact) for artifact in job.artifacts]
    cache = _cache(job, sealed)
    missing = await _missing(job, cache, sealed)
    fetched: tuple[Fetched, ...] = ()
    if missing:
        fetched = await fetch(missing, growing=Path(job.cache) / PARTIAL, progress=progress)
    if any(one.grade != "exact" for one in fetched):
        job = replace(job, artifacts=as_fetched(job.artifacts, fetched))
        records, cache = [_record(artifact) for artifact in job.artifacts], _cache(job, sealed)
    completing = Records(job)
    watch = _Watch(progress.advance, completing)
    progress.start("Linking packages", len(job.brought), "packages")
    try:
        await _install(job, records, cache, watch)
    except InstallerError as error:
        unfilled = [a for a in job.artifacts if a.name in watch.unfilled and not _is_fetched(a)]
        if unfilled:
            # Others may only have been under way; the message names the file of one that failed.
            spoilt = [a.name for a in unfilled if a.fn in str(error)] or [a.name for a in unfilled]
            return Linked(fetched=fetched, spoilt=tuple(spoilt))
        raise _failure(error, job) from error
    completing.complete_rest()
    progress.finish()
    return Linked(fetched=fetched)


async def _missing(job: Job, cache: PackageCache, sealed: Collection[str]) -> list[Artifact]:
    """The packages that have to be fetched."""
    unsealed = [artifact for artifact in job.brought if artifact.name not in sealed]
    if not unsealed:
        return []
    index = await cache.index()
    return [
        artifact
        for artifact in unsealed
        if not _is_fetched(artifact)
        and (artifact.name in job.spoilt or not index.contains_record(_record(artifact)))
    ]


def _is_fetched(artifact: Artifact) -> bool:
    return Path(artifact.local).exists()


async def _install(job: Job, records: list[RepoDataRecord], cache: PackageCache, watch: _Watch) -> None:
    await install(
        records,
        target_prefix=job.target,
        alternative_target_prefix=job.prefix,
        package_cache=cache,
        installed_packages=None if job.keeps else [],  # None: it looks for itself
        # It has the methods that matter here; the protocol's others may be left out.
        reporter=cast("InstallerReporter", watch),
    )


class _Watch:
    """Follows py-rattler, which names no package in the errors it raises, and completes what is linked.

    Called from threads of py-rattler, one call at a time.
    """

    def __init__(self, advance: Callable[[int], None], records: Records) -> None:
        self._advance = advance
        self._records = records
        self._names: list[str] = []
        #: Packages that were to be taken from the cache and were not: absent, or damaged.
        self.unfilled: set[str] = set()

    def on_populate_cache_start(self, _operation: int, name: str) -> int:
        self.unfilled.add(name)
        return self._token(name)

    def on_populate_cache_complete(self, token: int) -> None:
        self.unfilled.discard(self._names[token])

    def on_link_start(self, _operation: int, name: str) -> int:
        return self._token(name)

    def on_link_complete(self, token: int) -> None:
        self._records.complete(self._names[token])
        self._advance(1)

    def _token(self, name: str) -> int:
        self._names.append(name)
        return len(self._names) - 1


def _record(artifact: Artifact) -> RepoDataRecord:
    try:
        record = PackageRecord(
            artifact.name,
            artifact.version,
            # Builds from before there were rules for them are linked like any other.
            BuildString.new_unchecked(artifact.build),
            artifact.build_number,
            artifact.subdir,
            noarch=artifact.noarch,
            depends=list(artifact.depends),
            constrains=list(artifact.constrains),
            sha256=bytes.fromhex(artifact.sha256) if artifact.sha256 else None,
            md5=bytes.fromhex(artifact.md5) if artifact.md5 else None,
            size=artifact.size,
            license=artifact.license,
            python_site_packages_path=artifact.python_site_packages_path,
        )
        if artifact.timestamp:
            record.timestamp = _moment(artifact.timestamp)
        return RepoDataRecord(record, artifact.fn, Path(artifact.local).as_uri(), artifact.channel)
    except (InvalidPackageNameError, InvalidVersionError, InvalidUrlError, ValueError) as error:
        raise RestoreFailed(f"{artifact.name} {artifact.version} is no conda package: {error}") from error


def _moment(timestamp: int) -> datetime:
    seconds = timestamp / 1000 if timestamp > _LAST_SECOND else timestamp
    if seconds > _LAST_SECOND:
        raise ValueError(f"its timestamp {timestamp} lies beyond the year 9999")
    return datetime.fromtimestamp(seconds, tz=timezone.utc)


def _cache(job: Job, sealed: Collection[str]) -> PackageCache:
    """The package cache with the parts that this job's packages belong to.

    Files in environments are hard links into it, so one edited in place spoils it for all others: each
    file is hashed again, unless its package is sealed.
    """
    layers = []
    trusted = PackageCacheLayer(Path(job.cache) / SHARED).with_validation_mode(ValidationMode.skip())
    for artifact in job.artifacts:
        if artifact.name not in sealed or not artifact.sha256:
            mode = ValidationMode.skip() if artifact.name in sealed else ValidationMode.full()
            layer = PackageCacheLayer(Path(job.cache) / part_of(artifact)).with_validation_mode(mode)
            layers.append(layer.with_filter(MatchSpec(artifact.name)))
            trusted = trusted.excluding(MatchSpec(artifact.name))
    return PackageCache.from_layers([*layers, trusted])


def _failure(error: Exception, job: Job) -> RestoreFailed:
    text = str(error)
    if "longer than the placeholder" in text:
        return _too_long(job, next((a for a in job.artifacts if a.fn in text), None))
    return refused_to("the installer", text, job.prefix) or RestoreFailed(
        f"the conda packages cannot be linked: {text.splitlines()[0]}", hint="\n".join(text.splitlines()[1:])
    )


def _too_long(job: Job, artifact: Artifact | None) -> RestoreFailed:
    """Say how long the prefix may be: binaries hold a path of fixed length that it is written over."""
    allowed = _room(artifact, job) if artifact else None
    which = artifact.name if artifact else "a package"
    return RestoreFailed(
        f"the prefix is too long: it has {len(os.fsencode(job.prefix))} characters, and {which} allows "
        + (f"{allowed}" if allowed else "fewer"),
        hint="choose a shorter place: envgit checkout REV -p PREFIX",
    )


def _room(artifact: Artifact, job: Job) -> int | None:
    paths = folder_of(artifact, Path(job.cache)) / "info" / "paths.json"
    if not paths.is_file():  # packages of before 2016 say it in other files
        return None
    entries = json.loads(paths.read_bytes())["paths"]
    binaries = (entry["prefix_placeholder"] for entry in entries if entry.get("file_mode") == "binary")
    return min((len(os.fsencode(text)) for text in binaries), default=None)
