"""Baselines: give a snapshot a name, list the names, take one away."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import UnknownRevision
from envgit.operations.snapshot import SOON, snapshot
from envgit.redact import redact_text
from envgit.store import history
from envgit.store.baselines import create_baseline, delete_baseline, messages, tags_by_commit
from envgit.store.conflicts import free_baseline
from envgit.store.names import BASELINES
from envgit.store.resolve import resolve

if TYPE_CHECKING:
    from envgit.model import Observation, Warned
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """A named snapshot, and the first line of what its name was given for.

    ``warnings`` say what could not be found out when the name was given just now.
    """

    name: str
    message: str
    observation: Observation
    warnings: tuple[Warned, ...] = ()


def tag(
    workspace: Workspace,
    name: str,
    rev: str | None = None,
    *,
    message: str = "",
    sign: bool = False,
    resolve: bool = True,
) -> Baseline:
    """Name a snapshot; without ``rev`` the environment as it is now, recorded first where it has to be.

    What is recorded now, with its name goes by which files it was installed from, where ``resolve`` and the
    settings allow to ask package indexes, and these answer soon.

    Raises:
        InvalidName, Conflict: the name is none, or taken; nothing changed.
        UnknownRevision, AmbiguousRevision, NoEnvironment, NotAPrefix: there is nothing to name.
    """
    bare = free_baseline(workspace.git, name).removeprefix(BASELINES)
    warnings: tuple[Warned, ...] = ()
    message = redact_text(message)
    if rev is not None:
        observation = _recorded(workspace, rev)
    else:
        # One transaction makes snapshot and name; a signature needs a key and so Git's own command, after.
        recorded = snapshot(
            workspace,
            trigger="tag",
            message=message,
            tag=None if sign else bare,
            resolve_within=SOON if resolve and workspace.settings.resolve else None,
        )
        warnings = recorded.warnings
        observation = history.observation_of(workspace.git, recorded.commit)
    if rev is not None or sign:
        words = message or observation.summary
        create_baseline(workspace.git, bare, observation.commit, message=words, sign=sign)
    text = messages(workspace.git)[bare]
    return Baseline(name=bare, message=text, observation=observation, warnings=warnings)


def _recorded(workspace: Workspace, rev: str) -> Observation:
    try:
        return resolve(workspace.git, rev)
    except UnknownRevision as unknown:
        if os.path.isfile(rev):
            raise UnknownRevision(f"{rev} is a file; only what was recorded can be named") from unknown
        raise


def baselines(workspace: Workspace) -> list[Baseline]:
    """All baselines by name."""
    found: list[Baseline] = []
    words = messages(workspace.git)
    for commit, names in tags_by_commit(workspace.git, automatic=False).items():
        observation = history.observation_at(workspace.git, commit)
        if observation is not None:  # anyone may make a tag that only looks like one
            found += (Baseline(name=n, message=words[n], observation=observation) for n in names)
    return sorted(found, key=lambda baseline: baseline.name)


def untag(workspace: Workspace, name: str) -> str:
    """Take a baseline's name away; the snapshot stays. Returns the snapshot commit it named.

    Raises:
        UnknownRevision: there is no such baseline.
    """
    return delete_baseline(workspace.git, name)
