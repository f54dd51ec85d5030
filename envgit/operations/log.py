"""The history of an environment, and one snapshot of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envgit.errors import NoEnvironment, UnknownRevision
from envgit.operations.binding import DEFAULT, bound_environment
from envgit.operations.revision import Revision, held_together, open_head, open_revision
from envgit.store import contents, history, layout
from envgit.store.baselines import tags_by_commit
from envgit.store.sightings import UNITE

if TYPE_CHECKING:
    from envgit.model import Observation
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class LogEntry:
    """A sighting worth a line; ``repeated`` unchanged ones followed it. ``tags`` are without ``env/``.

    ``unobserved`` is why the environment could not be observed: the observation has no snapshot then.
    """

    observation: Observation
    unobserved: str = ""
    tags: tuple[str, ...] = ()
    repeated: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One snapshot with the names that point at it."""

    revision: Revision
    tags: tuple[str, ...] = ()


def log(workspace: Workspace, *, limit: int | None = None, everything: bool = False) -> list[LogEntry]:
    """Sightings newest first, runs of unchanged ones folded into the one that began them.

    Args:
        workspace: the repository.
        limit: how many entries at the most.
        everything: all environments, not only the bound one; so it is too where none is bound, in a clone.

    Raises:
        NoStore: nothing was recorded yet.
    """
    history.require_store(workspace.git)
    environment = None if everything else _environment(workspace)
    tags = tags_by_commit(workspace.git)
    entries: list[LogEntry] = []
    for sighting in history.sightings(workspace.git, environment=environment):
        if sighting.observation.trigger == UNITE:
            continue  # no news: told by the sightings that it unites
        entry = LogEntry(
            observation=sighting.observation,
            unobserved=sighting.unobserved,
            tags=tags.get(sighting.observation.commit, ()),
        )
        newer = entries[-1] if entries else None
        if newer and not newer.tags and _continues(newer, entry):
            entries[-1] = replace(entry, repeated=newer.repeated + 1)
        elif limit is not None and len(entries) == limit:
            break
        else:
            entries.append(entry)
    return entries


def show(workspace: Workspace, rev: str | None = None) -> Shown:
    """One snapshot, HEAD's when ``rev`` is left out.

    Raises:
        UnknownRevision, AmbiguousRevision, InvalidName, BadFile, NoStore, NoEnvironment: see `open_revision`.
    """
    opened = open_head(workspace) if rev is None else open_revision(workspace, rev)
    revision = held_together(workspace, opened)
    commit = revision.observation.commit if revision.observation else ""
    return Shown(revision=revision, tags=tags_by_commit(workspace.git).get(commit, ()))


def show_file(workspace: Workspace, shown: Shown, file: str) -> bytes:
    """One file of a snapshot: ``environment.yml``, ``lock``, ``requirements`` or ``manifest``.

    Raises:
        UnknownRevision: the snapshot has no such file.
    """
    revision = shown.revision
    name = {
        "environment.yml": layout.ENVIRONMENT_YML,
        "lock": layout.lock_name(revision.snapshot.environment.platform),
        "requirements": layout.REQUIREMENTS,
        "manifest": layout.MANIFEST,
    }[file]
    if revision.observation is not None:
        content = contents.read_file(workspace.git, revision.observation, name)
    else:
        content = layout.files_of(revision.snapshot, name=DEFAULT).get(name)
    if content is None:
        raise UnknownRevision(f"snapshot {revision.snapshot.id[:12]} has no {name}")
    return content


def _environment(workspace: Workspace) -> str | None:
    try:
        return bound_environment(workspace).environment
    except NoEnvironment:
        return None


def _continues(newer: LogEntry, older: LogEntry) -> bool:
    return _told(newer) == _told(older)


def _told(entry: LogEntry) -> tuple[str, str, str]:
    return entry.observation.environment, entry.observation.snapshot, entry.unobserved
