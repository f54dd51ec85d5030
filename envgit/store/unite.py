"""Unite what was recorded here with what was recorded elsewhere: nothing is overwritten or rewritten."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from envgit.errors import BadFile, UnsupportedFormat
from envgit.store import trailers
from envgit.store.append import Entry, followed, read_tip, write_commit
from envgit.store.conflicts import in_the_way
from envgit.store.contents import read_snapshot
from envgit.store.git import GitFailed
from envgit.store.names import branch_ref
from envgit.store.own_refs import refs_below
from envgit.store.sightings import UNITE
from envgit.store.transaction import Patience, contended, transact
from envgit.store.walk import commit_at

if TYPE_CHECKING:
    from envgit.store.git import Git

#: ``created`` from theirs, ``forwarded`` to theirs, ``united`` with theirs; ``unchanged``: we have all of it.
Outcome = Literal["created", "forwarded", "united", "unchanged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class United:
    """What became of a branch; ``note`` is on a work tree that has it checked out."""

    outcome: Outcome
    note: str = ""


def unite(git: Git, environment: str, theirs: str, *, source: str, drafts: set[str] | None = None) -> United:
    """Move a branch to where it holds all that a commit of ``source`` holds, besides all it held before.

    ``drafts`` are unions of the caller's that it has not published yet, to which a new one is added. One that
    has become the tip is replaced by its successor where that holds all of it, rather than kept beside it.

    Raises:
        BadFile: either is no snapshot of this environment; nothing changed.
        Conflict: a ref of the user's is in the way; nothing changed.
        GitFailed: Git refused; nothing changed.
    """
    require_sighting(git, environment, theirs)
    ref = branch_ref(environment)
    patience = Patience()
    while True:
        tip = read_tip(git, environment)
        ours = _before_draft(git, tip.commit, theirs, drafts or set()) if tip else None
        ahead, behind = _distance(git, ours, theirs)
        if not behind:
            return United(outcome="unchanged")
        commit = theirs
        if ours and ahead:
            require_sighting(git, environment, ours)  # a branch of the user's may be called as ours are
            commit = _union(git, environment, (ours, theirs), f"unite {_counted(behind)} of {source}")
        try:
            transact(git, [f"update {ref} {commit} {tip.commit}" if tip else f"create {ref} {commit}"])
        except GitFailed as failed:
            conflict = in_the_way(failed)
            if conflict is not None:
                raise conflict from failed
            if not contended(failed) or not patience.lasts(tip):
                raise
        else:
            if drafts is not None and ahead:
                drafts.add(commit)
            outcome: Outcome = "united" if ahead else "forwarded" if tip else "created"
            return United(outcome=outcome, note=followed(git, tip, commit))


def adopt(git: Git, environment: str) -> str | None:
    """Begin a branch that is missing here where a remote's was when last fetched; the remote's name, if any.

    A second device continues what the first one began, rather than begin a history of its own.
    """
    if read_tip(git, environment) is not None:
        return None
    ending = branch_ref(environment).removeprefix("refs/heads")
    found = refs_below(git, f"refs/remotes/**{ending}")
    for ref in sorted(found, key=lambda ref: (not ref.startswith("refs/remotes/origin/"), ref)):
        remote = ref.removeprefix("refs/remotes/").removesuffix(ending)
        try:
            unite(git, environment, found[ref], source=remote)
        except BadFile:
            continue  # only called like a branch of snapshots
        return remote
    return None


def require_sighting(git: Git, environment: str, commit: str) -> None:
    """Check that a commit says something of an environment, as the tip of its branch does.

    Raises:
        BadFile: it is no snapshot of this environment, or a damaged one. Anyone can call a branch so.
    """
    sighting = commit_at(git, commit).sighting if git.find("cat-file", "-t", commit) == "commit" else None
    if sighting is None or sighting.observation.environment != environment:
        raise BadFile(f"commit {commit[:12]} is no snapshot of environment {environment}")
    if not sighting.unobserved:
        with suppress(UnsupportedFormat):  # of a newer envgit: it can be carried without being understood
            read_snapshot(git, sighting.observation)


def _before_draft(git: Git, tip: str, theirs: str, drafts: set[str]) -> str:
    """What to unite with theirs: the tip, or what it was made on where it is a draft they went beyond."""
    if tip not in drafts or not all(_distance(git, tip, theirs)):
        return tip
    ours, taken = commit_at(git, tip).parents
    lost, _ = _distance(git, taken, theirs)
    return tip if lost else ours


def _distance(git: Git, ours: str | None, theirs: str) -> tuple[int, int]:
    """How many commits are only here, and how many only there."""
    if ours is None:
        return 0, 1
    counted = git.line("rev-list", "--left-right", "--count", f"{ours}...{theirs}", "--")
    ahead, behind = counted.split()
    return int(ahead), int(behind)


def _union(git: Git, environment: str, tips: tuple[str, str], summary: str) -> str:
    """A commit on both tips, with the tree of the newer sighting and at its time: nothing new was seen."""
    said = [(tip.date, tip.sighting) for tip in (commit_at(git, name) for name in tips) if tip.sighting]
    date, newer = max(said, key=lambda one: (not one[1].unobserved, one[0]))
    seen = newer.observation
    entry = Entry(
        tree=seen.tree,
        summary=summary,
        trailers=(
            (trailers.UNOBSERVED, newer.unobserved)
            if newer.unobserved
            else (trailers.SNAPSHOT, seen.snapshot),
            (trailers.ENVIRONMENT, environment),
            (trailers.TRIGGER, UNITE),
        ),
    )
    return write_commit(git.dated(int(date)), entry, *tips)


def _counted(snapshots: int) -> str:
    return f"{snapshots} snapshot{'s' if snapshots > 1 else ''}"
