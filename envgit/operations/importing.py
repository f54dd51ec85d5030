"""Make a snapshot of what somebody's environment file or lock tells."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envgit.errors import BadFile, Conflict
from envgit.formats.knowledge import knowledge
from envgit.identity import snapshot_of
from envgit.operations.environment_file import content_of, decoded_file
from envgit.plan import named_channels
from envgit.redact import redact_text, redact_url
from envgit.store import history, trailers
from envgit.store.append import Entry, append, write_tree
from envgit.store.baselines import create_baseline, tags_by_commit
from envgit.store.conflicts import free_baseline
from envgit.store.names import BASELINES, baseline_ref
from envgit.store.sightings import IMPORT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envgit.formats.knowledge import Known
    from envgit.model import Environment, Layer, Observation, Snapshot, Warned
    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

#: What files told is kept apart from what was seen, on a branch of its own.
IMPORTED = "imported"


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """The snapshot of a file: ``observation`` is its commit, ``known`` counts packages by what the file says.

    ``new`` is false where the same environment had been imported before, and stands recorded as it was.
    """

    snapshot: Snapshot
    observation: Observation
    known: Mapping[Layer, Mapping[Known, int]]
    tag: str | None = None
    new: bool = True
    warnings: tuple[Warned, ...] = ()


def import_file(
    workspace: Workspace,
    file: str | os.PathLike[str],
    *,
    content: bytes | None = None,
    tag: str | None = None,
    message: str = "",
    platform: str = "",
    environment: str = "",
    channels: Sequence[str] = (),
) -> Imported:
    """Record the environment that a file tells, and name it.

    It goes to the branch ``envgit/imported``: it was seen nowhere, so it is not what HEAD ran in, nor what
    the next snapshot of a live environment is compared with.

    Args:
        workspace: the repository.
        file: its path, or what to call it.
        content: what it holds, where it is not to be read.
        tag: the baseline to be.
        message: what the baseline stands for.
        platform: of a lock for several, the one that is meant (this host's when left out); where a file
            does not say for which platform it is, this.
        environment: of a lock that holds several, the one that is meant.
        channels: where conda packages come from, if the file names no channel.

    Raises:
        BadFile: it cannot be read, or names no package.
        InvalidName, Conflict: the baseline cannot be made; nothing was recorded.
    """
    where = os.fspath(file)
    baseline = _checked_baseline(workspace, tag) if tag is not None else None
    _require_branch_of_its_own(workspace)
    if content is None:
        content = content_of(where)
    decoded = decoded_file(workspace, content, where=where, platform=platform, environment=environment)
    told = _completed(decoded.environment, platform, channels)
    _require_packages(told, where)
    snapshot = snapshot_of(told)
    git, message = workspace.git, redact_text(message)
    tree = write_tree(git, _files_of(snapshot, decoded.name), workspace.repository.state_dir)
    observation = _standing(git, tree)
    new = observation is None
    if observation is None:
        observation = _appended(git, snapshot, tree, file=where, baseline=baseline, message=message)
    elif baseline is not None:
        _name(git, baseline, observation, message=message)
    return Imported(
        snapshot=snapshot,
        observation=observation,
        known=knowledge(told),
        tag=baseline.removeprefix(BASELINES) if baseline else None,
        new=new,
        warnings=decoded.warnings,
    )


def _require_branch_of_its_own(workspace: Workspace) -> None:
    if IMPORTED in dict(workspace.settings.prefixes):
        raise Conflict(
            f"the environment {IMPORTED} is bound here, and files go to a branch of that name",
            hint=f"bind it by another name: envgit init --environment NAME, then "
            f"git config --unset envgit.{IMPORTED}.prefix",
        )


def _completed(told: Environment, platform: str, channels: Sequence[str]) -> Environment:
    """What a file tells, with the platform and the channels that it leaves open."""
    if not named_channels(told):
        told = replace(told, channels=tuple(map(redact_url, channels)))
    return told if told.platform else replace(told, platform=platform)


def _require_packages(told: Environment, where: str) -> None:
    if told.conda or told.pypi:
        return
    if told.distributions:
        raise BadFile(
            f"{where}: names only what conda brought, and not by the names of its packages",
            hint="import what conda writes: conda list --explicit",
        )
    raise BadFile(f"{where}: names no package, so there is nothing to import")


def _checked_baseline(workspace: Workspace, name: str) -> str:
    """The ref of a baseline that is free, or names an import: perhaps of this very file."""
    ref = baseline_ref(name)
    commit = workspace.git.find("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    standing = history.observation_at(workspace.git, commit) if commit else None
    return ref if standing and standing.trigger == IMPORT else free_baseline(workspace.git, name)


def _files_of(snapshot: Snapshot, name: str | None) -> dict[str, bytes]:
    """The files of an imported snapshot; of the host it was seen on nothing is known."""
    from envgit.formats.manifest import encode_host
    from envgit.model import Host
    from envgit.store.layout import OBSERVATION, files_of

    nobody = Host(platform=snapshot.environment.platform or "unknown", system="", machine="")
    return {**files_of(snapshot, name=name or IMPORTED), OBSERVATION: encode_host(nobody)}


def _standing(git: Git, tree: str) -> Observation | None:
    """The import that holds just these files."""
    known = history.observations(git, environment=IMPORTED)
    return next((one for one in known if one.tree == tree and one.trigger == IMPORT), None)


def _appended(
    git: Git, snapshot: Snapshot, tree: str, *, file: str, baseline: str | None, message: str
) -> Observation:
    from envgit.drift import summarise_environment

    summary = redact_text(f"{os.path.basename(file)}: {summarise_environment(snapshot.environment)}")
    entry = Entry(
        tree=tree,
        summary=summary,
        trailers=(
            (trailers.SNAPSHOT, snapshot.id),
            (trailers.ENVIRONMENT, IMPORTED),
            (trailers.TRIGGER, IMPORT),
        ),
        baseline=(baseline, message or summary) if baseline else None,
    )
    return history.observation_of(git, append(git, IMPORTED, lambda _tip: entry).commit)


def _name(git: Git, ref: str, observation: Observation, *, message: str) -> None:
    """Give a snapshot its name, unless it has it already."""
    name = ref.removeprefix(BASELINES)
    if name not in tags_by_commit(git).get(observation.commit, ()):
        create_baseline(git, name, observation.commit, message=message or observation.summary)
