"""What a written list comes to: the versions that fit its wishes, and what these need in turn."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from envgit.formats.pip.requirement import read_line
from envgit.model import Distribution, Graded
from envgit.restore.pypi.files import archive_folders
from envgit.restore.pypi.folders import asked_revision, folder_line
from envgit.restore.pypi.strangers import Unobtainable, checked_requirement, checked_version, is_name
from envgit.restore.pypi.ways import remote_archives, ways_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from envgit.restore.pypi.uv import Ran, Uv
    from envgit.restore.settings import RestoreSettings

#: How uv says what it would bring: ``+ six==1.17.0``, ``+ six @ git+https://…@<commit>``, ``~`` for again.
_BROUGHT = re.compile(
    r"^ [+~] (?P<name>[^\s=]+)(?:==(?P<version>\S+)|(?P<place> @ \S+))(?: \(from .*)?$", re.MULTILINE
)
_COMMIT = re.compile(r"@(?P<commit>[0-9a-f]{40,64})(?:#|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """What is to be installed, each by its version, and what is to be said of what was asked for."""

    layer: tuple[Distribution, ...]
    notes: tuple[Graded, ...] = ()


def resolve(
    layer: Sequence[Distribution], uv: Uv, python: Path, *, staging: Path, settings: RestoreSettings
) -> Resolved:
    """Find out what brings a written list about in an environment as it stands.

    What is there already, as conda brought it, stays where it meets what is asked for. Wishes that nothing
    meets, or that contradict each other, are left out: so the rest comes whole. Of these, what names its
    version can still be installed, without what it needs.

    Args:
        layer: the list, in which versions may be open.
        uv: with the user's indexes.
        python: the interpreter of the environment, with its conda packages.
        staging: where the environment is built.
        settings: where else to look.
    """
    resolution = _Resolution()
    for distribution in layer:
        try:
            resolution.asked[distribution.name] = _line_of(distribution, staging=staging, settings=settings)
        except Unobtainable as reason:
            resolution.refused[distribution.name] = str(reason)
    options = _options([*resolution.asked], settings)
    while resolution.asked:
        ran = uv.foresee(resolution.asked.values(), python, options=options)
        if ran.ok:
            resolution.brought = {found["name"]: found for found in _BROUGHT.finditer(ran.output)}
            break
        resolution.leave_out(ran)
    return resolution.outcome(layer)


@dataclass(kw_only=True, slots=True)
class _Resolution:
    """By name: lines of what is ``asked``, why others were ``refused``, what uv would have ``brought``."""

    asked: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    brought: dict[str, re.Match[str]] = field(default_factory=dict)

    def leave_out(self, ran: Ran) -> None:
        """Take out what uv names in its failure; all where it names none, or where no place answers."""
        said = set(re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]|[a-z0-9]", ran.output))
        named = [] if ran.unreachable or ran.stuck else [name for name in self.asked if name in said]
        for name in named or [*self.asked]:
            self.refused[name] = ran.reason
            del self.asked[name]

    def outcome(self, layer: Sequence[Distribution]) -> Resolved:
        return Resolved(
            layer=(*self._of_list(layer), *self._needed({d.name for d in layer})),
            notes=(*self._notes(layer),),
        )

    def _of_list(self, layer: Sequence[Distribution]) -> Iterator[Distribution]:
        for distribution in layer:
            if distribution.name in self.brought:
                yield _settled(distribution, self.brought[distribution.name])
            elif distribution.name in self.refused and distribution.version:
                yield replace(distribution, requested=True)

    def _needed(self, listed: set[str]) -> Iterator[Distribution]:
        for name, found in self.brought.items():
            if name not in listed and found["version"]:
                yield Distribution(name=name, version=found["version"], owner="pypi")
            elif name not in listed:
                read = read_line(f"{name}{found['place']}").distribution
                yield from [read] if read else []

    def _notes(self, layer: Sequence[Distribution]) -> Iterator[Graded]:
        for distribution in layer:
            refusal = self.refused.get(distribution.name)
            if refusal and distribution.version:
                yield _note(distribution.name, f"it came without what it needs: {refusal}")
            elif refusal:
                yield replace(_note(distribution.name, refusal), grade="missing")
        for needed in self._needed({d.name for d in layer}):
            reason = "not part of the snapshot, and needed by what is"
            yield replace(_note(needed.name, reason), grade="substituted")


def _note(name: str, reason: str) -> Graded:
    return Graded(layer="pypi", name=name, grade="exact", source="index", reason=reason)


def _line_of(distribution: Distribution, *, staging: Path, settings: RestoreSettings) -> str:
    """What is asked for as a line of a requirements file, without hashes: uv wants them of all or of none."""
    name, source = distribution.name, distribution.source
    if not is_name(name):
        raise Unobtainable(f"{name!r} is no name of a distribution")
    if source is None:
        if distribution.requirement or not distribution.version:
            return checked_requirement(distribution.requirement or name, name)
        return f"{name}=={checked_version(distribution.version)}"
    if source.kind == "vcs" or source.commit:
        return f"{name} @ {asked_revision(source.repository or source.url, source)}"
    if source.kind == "archive":
        way, *_ = ways_of(distribution, usual=None, staging=staging, settings=settings)
        return way.line.partition(" --hash=")[0]
    return folder_line(name, source, staging=staging, settings=settings)[0]


def _settled(distribution: Distribution, found: re.Match[str]) -> Distribution:
    """A wish as it comes: with its version, and with the commit that its branch stands at."""
    version = found["version"] or distribution.version
    settled = replace(distribution, version=version, requirement="", requested=True)
    source, commit = distribution.source, _COMMIT.search(found["place"] or "")
    if source and commit and not source.commit:
        settled = replace(settled, source=replace(source, commit=commit["commit"]))
    return settled


def _options(names: Sequence[str], settings: RestoreSettings) -> tuple[str, ...]:
    """Where archives lie, as options of uv."""
    folders = dict.fromkeys(folder for name in names for folder in archive_folders(settings, name))
    remote = remote_archives(settings)
    return (
        *(word for folder in folders for word in ("--find-links", str(folder))),
        *(word for place in remote for word in ("--index", f"{place}/simple/", "--find-links", place)),
    )
