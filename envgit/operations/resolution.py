"""Find out, by name and hash, from which files the Python layer was installed: what a capture cannot see.

Installed metadata name no wheel. An index does, and the digest that was captured tells whether it is the one.
Never in a hook: this talks to the network.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envgit.capture.addresses import canonical_urls
from envgit.capture.wheels import digests_once_installed
from envgit.errors import EnvgitError, RestoreFailed
from envgit.model import Warned
from envgit.operations.restore_settings import restore_settings
from envgit.operations.sighting import latest_snapshot, showing
from envgit.restore.addresses import local_path
from envgit.restore.cache_layout import WHEELS
from envgit.restore.index import find_files
from envgit.restore.keeping import keep_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from envgit.model import Distribution, Environment, Source
    from envgit.operations.sighting import Sighting
    from envgit.operations.workspace import Workspace
    from envgit.restore.index import Found

_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """An environment with the files that were found out, and why others were not."""

    environment: Environment
    warnings: tuple[Warned, ...] = ()


def resolve_sighting(
    workspace: Workspace, sighting: Sighting, *, seconds: float
) -> tuple[Sighting, tuple[Warned, ...]]:
    """Return a sighting with all files that are known, were recorded before, or can be found out."""
    snapshot = latest_snapshot(workspace, sighting)
    if snapshot is None:
        return sighting, ()
    resolved = resolve(workspace, snapshot.environment, seconds=seconds)
    if resolved.environment != snapshot.environment:
        sighting = showing(workspace, sighting, replace(snapshot, environment=resolved.environment))
    return sighting, resolved.warnings


def resolve(workspace: Workspace, environment: Environment, *, seconds: float) -> Resolved:
    """Find the file of each distribution that an index served, and keep those that came from this machine.

    Args:
        workspace: the repository, its settings and the cache.
        environment: what is live.
        seconds: how long indexes may take altogether.
    """
    kept = _keep_local(workspace, environment)
    asked = [d for d in environment.additions if d.source is None and d.file is None]
    told = {d.name: d for d in kept.environment.pypi}
    found, warnings = _ask_indexes(workspace, environment, [d for d in asked if d.digest], seconds)
    canonical = canonical_urls(workspace.settings.mirrors)
    for distribution in asked:
        file = found[distribution.name].file if distribution.name in found else None
        if file is not None:
            index, url = (place and canonical(place) for place in (file.index, file.url))
            told[distribution.name] = replace(distribution, file=replace(file, index=index, url=url))
    unrecorded = [d for d in asked if not d.digest]
    return Resolved(
        environment=_with(environment, told),
        warnings=(*kept.warnings, *warnings, *_grouped(unrecorded, "it has no RECORD to know its file by")),
    )


def _ask_indexes(
    workspace: Workspace, environment: Environment, distributions: list[Distribution], seconds: float
) -> tuple[dict[str, Found], tuple[Warned, ...]]:
    if not distributions:
        return {}, ()

    def fits(distribution: Distribution, wheel: zipfile.ZipFile) -> bool:
        return distribution.digest in digests_once_installed(wheel, environment)

    try:
        found = find_files(distributions, fits=fits, settings=restore_settings(workspace), seconds=seconds)
    except RestoreFailed as failure:
        return {}, (Warned(kind="unresolved", message=failure.message),)
    reasons = dict.fromkeys(one.reason for one in found.values() if one.reason)
    warnings: list[Warned] = []
    for reason in reasons:
        warnings += _grouped([d for d in distributions if found[d.name].reason == reason], reason)
    return found, tuple(warnings)


def _grouped(distributions: list[Distribution], reason: str) -> Iterator[Warned]:
    """One warning for all to which one reason applies: a dead index is one line."""
    if not distributions:
        return
    names = [f"{d.name} {d.version}" for d in distributions]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    yield Warned(kind="unresolved", message=f"{', '.join(names[:_NAMED])}{more}: {reason}")


def _keep_local(workspace: Workspace, environment: Environment) -> Resolved:
    """Keep the wheels and source distributions that were installed from files of this machine."""
    told: dict[str, Distribution] = {}
    warnings: list[Warned] = []
    for distribution in environment.additions:
        source = distribution.source
        file = _file_of(source) if source else None
        if source is None or file is None:
            continue
        try:
            sha256 = _kept(distribution, source, file, workspace.cache, environment)
        except (_Unkept, EnvgitError) as reason:
            message = f"{distribution.name} {distribution.version}: its file is not kept: {reason}"
            warnings.append(Warned(kind="unkept", message=message))
        else:
            told[distribution.name] = replace(distribution, source=replace(source, sha256=sha256))
    return Resolved(environment=_with(environment, told), warnings=tuple(warnings))


class _Unkept(Exception):
    """A file cannot be kept; the message says why."""


def _kept(
    distribution: Distribution, source: Source, file: Path, cache: Path, environment: Environment
) -> str:
    """Keep a file if it is what was installed; returns its hash."""
    if (cache / WHEELS / str(source.sha256) / file.name).is_file():
        return str(source.sha256)
    try:
        if source.sha256 is None and not _holds(file, distribution, environment):
            raise _Unkept(f"no hash of it was recorded, and {file} does not hold what is installed")
        sha256 = keep_file(file, cache=cache, sha256=source.sha256)
    except OSError as error:
        raise _Unkept(f"{file}: {error.strerror}") from error
    if sha256 is None:
        raise _Unkept(f"{file} is not what was installed: its hash is another one")
    return sha256


def _holds(file: Path, distribution: Distribution, environment: Environment) -> bool:
    """Whether a wheel is what is installed; of a source distribution that cannot be told."""
    if file.suffix != ".whl":
        return False
    try:
        with zipfile.ZipFile(file) as wheel:
            return distribution.digest in digests_once_installed(wheel, environment)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return False


def _file_of(source: Source) -> Path | None:
    """The file on this machine that an archive was installed from."""
    return local_path(source.url) if source.kind == "archive" else None


def _with(environment: Environment, told: dict[str, Distribution]) -> Environment:
    """The environment with some distributions replaced by what is known of them now."""
    if not told:
        return environment
    distributions: Iterable[Distribution] = environment.distributions
    return replace(
        environment,
        distributions=tuple(d if d.owner == "conda" else told.get(d.name, d) for d in distributions),
    )
