"""Open what a REV means: the live environment, a snapshot in the store, or somebody's environment file."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envgit.errors import AmbiguousRevision, BadFile, InvalidName, NoEnvironment, NoStore, UnknownRevision
from envgit.identity import snapshot_of
from envgit.operations.binding import bound_environment
from envgit.operations.environment_file import content_of, decoded_file
from envgit.operations.host import current_host
from envgit.operations.live import capture_live
from envgit.operations.workspace import head_code
from envgit.store import contents, history
from envgit.store.resolve import observed_with, resolve
from envgit.store.sightings import IMPORT

if TYPE_CHECKING:
    from envgit.model import Host, Layer, Observation, Snapshot, Warned
    from envgit.operations.workspace import Workspace

LIVE = "live"
_BOTH: tuple[Layer, ...] = ("conda", "pypi")
#: What begins so is a path and nothing else; `env/paper` may be a file and is a baseline.
_PATH_LIKE = tuple(start + os.sep for start in ("", ".", "..", "~"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """A snapshot with the word it goes by.

    ``observation`` is None for the live environment and for a file; ``host`` where it was seen, if it was.
    ``note`` says what a user may not expect, e.g. that an ancestor's snapshot stands in for HEAD's, or that a
    remote recorded it. ``layers`` are those it knows of, which is one alone for a file of some formats;
    ``keeps_variables`` is False for a file that has no place for them.
    """

    label: str
    snapshot: Snapshot
    observation: Observation | None = None
    host: Host | None = None
    note: str = ""
    warnings: tuple[Warned, ...] = ()
    layers: tuple[Layer, ...] = _BOTH
    keeps_variables: bool = True


def open_revision(workspace: Workspace, rev: str) -> Revision:
    """Open ``rev``.

    Raises:
        UnknownRevision, AmbiguousRevision, InvalidName: it means nothing, or too much.
        BadFile: it is a file that holds no environment.
        NoEnvironment, NotAPrefix: it is ``live`` and there is nothing bound.
    """
    if rev == LIVE:
        return _live(workspace)
    if os.path.isfile(rev):
        return _file(workspace, rev)
    if is_path(rev):
        return _at_path(workspace, rev)
    return stored(workspace, rev, resolve(workspace.git, rev))


def _at_path(workspace: Workspace, path: str) -> Revision:
    """What is no plain file: a shell's ``<(command)`` is a pipe."""
    if os.path.isdir(path):
        raise BadFile(f"{path}: a folder", hint="name an environment file in it")
    if not os.path.exists(path):
        raise BadFile(f"{path}: no such file")
    return _file(workspace, path)


def is_path(rev: str) -> bool:
    """Whether a REV can be nothing but the path of a file."""
    return rev.startswith(_PATH_LIKE)


def stored(workspace: Workspace, label: str, observation: Observation, *, note: str = "") -> Revision:
    """An observation as a revision that goes by ``label``; a note says where else it comes from."""
    source = history.source(workspace.git, observation)
    elsewhere = f"the snapshot of {label} is {source}" if source else ""
    host, layers = None, _BOTH
    if observation.trigger == IMPORT:
        snapshot = contents.read_snapshot(workspace.git, observation)
        layers = ("pypi",) if snapshot.environment.kind == "venv" else layers
    else:
        snapshot, host = contents.read_sighting(workspace.git, observation)
    return Revision(
        label=label,
        snapshot=snapshot,
        observation=observation,
        host=host,
        note="; ".join(filter(None, (note, elsewhere))),
        layers=layers,
        keeps_variables=len(layers) > 1,
    )


def held_together(workspace: Workspace, revision: Revision) -> Revision:
    """The revision with a warning for each of its files that says something else than its manifest."""
    from envgit.store.agreement import disagreements

    if revision.observation is None:
        return revision
    found = disagreements(workspace.git, revision.observation, revision.snapshot)
    return replace(revision, warnings=(*revision.warnings, *found))


def open_head(workspace: Workspace) -> Revision:
    """The snapshot of HEAD; of its nearest recorded ancestor, or the newest one, where HEAD has none.

    Where several environments are bound it is of the one in use, if anything was recorded of that.

    Raises:
        NoStore: nothing was recorded yet.
    """
    history.require_store(workspace.git)
    environment = one_of_several(workspace)
    found = _head_of(workspace, environment)
    if found is None and environment is not None:
        found = _head_of(workspace, None)
        note = f"nothing was recorded of {environment} yet; this is another environment"
        found = found and replace(found, note="; ".join(filter(None, (note, found.note))))
    if found is not None:
        return found
    if any(observation.trigger == IMPORT for observation in history.observations(workspace.git)):
        raise NoStore(
            "this repository holds imported environments alone, and no snapshot of what HEAD ran in",
            hint="name one of them: envgit tag --list, envgit log",
        )
    raise NoStore("this repository holds no snapshots yet", hint="envgit init")


def one_of_several(workspace: Workspace) -> str | None:
    """The environment in use where several are bound, None where there is no choice or it cannot be told."""
    if len(workspace.settings.prefixes) > 1:
        with suppress(NoEnvironment):
            return bound_environment(workspace).environment
    return None


def _head_of(workspace: Workspace, environment: str | None) -> Revision | None:
    git, of = workspace.git, f" of {environment}" if environment else ""
    code = head_code(git)
    if code is not None:
        observation = observed_with(git, code.commit, environment)
        if observation is not None:
            return stored(workspace, "HEAD", observation)
        nearest = history.nearest_linked(git, code.commit, environment)
        if nearest is not None and nearest.code_commit:
            short = nearest.code_commit[:12]
            note = f"HEAD ({code.commit[:12]}) has no snapshot{of}; its nearest recorded ancestor is {short}"
            return stored(workspace, short, nearest, note=note)
    newest = history.newest(git, environment)
    note = f"HEAD has no snapshot{of}; this is the newest one recorded"
    return stored(workspace, newest.snapshot[:12], newest, note=note) if newest else None


def _live(workspace: Workspace) -> Revision:
    binding = bound_environment(workspace)
    live = capture_live(workspace, binding)
    return Revision(
        label=LIVE,
        snapshot=live.snapshot,
        host=current_host(workspace),
        note=binding.note,
        warnings=live.warnings,
    )


def _file(workspace: Workspace, path: str) -> Revision:
    if not is_path(path) and _means_a_snapshot(workspace, path):
        file = shlex.quote(f"./{path}")
        raise AmbiguousRevision(
            f"{path!r} is a file here and a snapshot in this repository",
            hint=f"write {file} for the file, env/NAME or refs/heads/NAME for the snapshot",
        )
    decoded = decoded_file(workspace, content_of(path), where=path)
    return Revision(
        label=path,
        snapshot=snapshot_of(decoded.environment),
        warnings=decoded.warnings,
        layers=decoded.layers,
        keeps_variables=decoded.keeps_variables,
    )


def _means_a_snapshot(workspace: Workspace, rev: str) -> bool:
    try:
        resolve(workspace.git, rev)
    except AmbiguousRevision:
        return True
    except (UnknownRevision, NoStore, InvalidName):
        return False
    return True
