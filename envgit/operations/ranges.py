"""Open ``A..B`` and ``A...B``: what was recorded with two commits of the code, as ``git diff`` has them.

Unlike a single REV, an end that has no snapshot of its own, as the merge commits that a forge makes for a
review, is stood in for by its nearest recorded ancestor, which a note tells.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envgit.errors import InvalidName, UnknownRevision
from envgit.operations.revision import LIVE, Revision, is_path, one_of_several, open_revision, stored
from envgit.store import history
from envgit.store.cataloguing import read_catalogue
from envgit.store.resolve import observed_with, resolve

if TYPE_CHECKING:
    from envgit.model import Observation
    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_RANGE = re.compile(r"(?P<before>.*?)(?P<dots>\.{2,3})(?P<after>.*)")
_HEAD = "HEAD"
_SHORT = 12
#: Brings what a clone that was cut off at a depth does not have: history, branches, snapshots on branches.
_FETCHING = "git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Two ends; ``from_fork`` where it begins at what both have in common (``A...B``)."""

    before: str
    after: str
    from_fork: bool


def range_of(word: str) -> Range | None:
    """The range that a word is, HEAD where an end is left out; None for a REV, or the path of a file."""
    found = _RANGE.fullmatch(word)
    if found is None or is_path(word) or os.path.exists(word):
        return None
    return Range(
        before=found["before"] or _HEAD, after=found["after"] or _HEAD, from_fork=found["dots"] == "..."
    )


def open_range(workspace: Workspace, span: Range) -> tuple[Revision, Revision]:
    """Open both ends.

    Raises:
        UnknownRevision: an end means nothing, or the commit where they forked is not here.
        AmbiguousRevision, InvalidName, BadFile, NoStore, NoEnvironment: see `open_revision`.
    """
    history.require_store(workspace.git)
    if span.from_fork:
        base = _fork(workspace.git, span)
        return _at(workspace, base, f"fork at {base[:_SHORT]}"), _end(workspace, span.after, beyond=base)
    before = _end(workspace, span.before)
    return before, _end(workspace, span.after, beyond=_commit_of(workspace.git, span.before))


def _fork(git: Git, span: Range) -> str:
    """The merge base of the code of both ends."""
    ends = []
    for word in (span.before, span.after):
        commit = _commit_of(git, _HEAD if word == LIVE else word)
        if commit is None:
            raise UnknownRevision(
                f"{word!r} is no commit of this repository, nor anything seen with one",
                hint=_FETCHING if _is_shallow(git) else "A..B compares what has no history, too",
            )
        ends.append(commit)
    base = git.find("merge-base", *ends)
    if base is not None:
        return base.split("\n")[0]
    problem = f"there is no merge base of {span.before} and {span.after}"
    if _is_shallow(git):
        raise UnknownRevision(f"{problem}: this clone was cut off at a depth", hint=_FETCHING)
    without = shlex.quote(f"{span.before}..{span.after}")
    raise UnknownRevision(f"{problem}: they have no history in common", hint=f"envgit diff {without}")


def _end(workspace: Workspace, word: str, *, beyond: str | None = None) -> Revision:
    """One end; of its ancestors those count first that are ``beyond`` the other end."""
    unknown = UnknownRevision("HEAD is no commit yet")
    if word != _HEAD:  # which is of the environment in use, where there are several
        try:
            return _noted(open_revision(workspace, word))
        except UnknownRevision as error:
            unknown = error
    commit = _code_commit(workspace.git, word)
    if commit is not None:
        return _at(workspace, commit, word, beyond=beyond)
    if _is_shallow(workspace.git):
        raise UnknownRevision(unknown.message, hint=_FETCHING) from unknown
    raise unknown


def _at(workspace: Workspace, commit: str, label: str, *, beyond: str | None = None) -> Revision:
    """What was recorded with a commit of the code, or else with its nearest recorded ancestor."""
    git, environment = workspace.git, one_of_several(workspace)
    observation = observed_with(git, commit, environment)
    if observation is not None:
        return _noted(stored(workspace, label, observation))
    nearest = _nearest_beyond(git, commit, beyond, environment) if beyond else None
    nearest = nearest or history.nearest_linked(git, commit, environment)
    if nearest is None:
        raise UnknownRevision(
            f"neither {label} ({commit[:_SHORT]}) nor a commit before it has a snapshot",
            hint="envgit log shows what was recorded",
        )
    ancestor = (nearest.code_commit or "")[:_SHORT]
    note = f"{label} ({commit[:_SHORT]}) has no snapshot; its nearest recorded ancestor is {ancestor}"
    return _noted(stored(workspace, label, nearest), note)


def _noted(revision: Revision, note: str = "") -> Revision:
    """A revision with this note instead of who recorded it: in a review all of it was fetched."""
    return replace(revision, note=note) if revision.observation else revision


def _nearest_beyond(git: Git, commit: str, other: str, environment: str | None) -> Observation | None:
    """Of commits that the other end does not have: the first parent of a forge's merge is that end."""
    known = read_catalogue(git).links(environment)
    commits = git.line("rev-list", "--topo-order", commit, f"^{other}", "--").split("\n")
    return next((known[one] for one in commits if one in known), None)


def _commit_of(git: Git, word: str) -> str | None:
    """The commit of the code that an end stands for, None for what has none."""
    commit = _code_commit(git, word)
    if commit is None:
        with suppress(UnknownRevision, InvalidName):
            commit = resolve(git, word).code_commit
    return commit


def _code_commit(git: Git, word: str) -> str | None:
    """A commit of the code by a name of Git's: where there is no such branch here, by that of a remote."""
    for name in (word, *_tracked(git, word)):
        commit = git.find("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if commit is not None:
            return None if history.observation_at(git, commit) else commit
    return None


def _tracked(git: Git, branch: str) -> list[str]:
    """The branch of a remote, if one alone has it: a checkout in CI has no branches of its own."""
    refs = git.line("for-each-ref", "--format=%(refname)", f"refs/remotes/*/{branch}").split("\n")
    return refs if len(refs) == 1 and refs[0] else []


def _is_shallow(git: Git) -> bool:
    return git.line("rev-parse", "--is-shallow-repository") == "true"
