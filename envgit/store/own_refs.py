"""Which refs hold snapshots: what is shared with others, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.store.history import observation_at
from envgit.store.names import BASELINES, BRANCHES, is_automatic, is_baseline, is_environment

if TYPE_CHECKING:
    from envgit.store.git import Git


def is_ours(ref: str) -> bool:
    """Whether a ref is called as those that hold snapshots. What a remote has may be called anything."""
    if ref.startswith(BRANCHES):
        return is_environment(ref.removeprefix(BRANCHES))
    name = ref.removeprefix(BASELINES)
    return ref.startswith(BASELINES) and (is_baseline(name) or is_automatic(name))


def refs_below(git: Git, *folders: str, merged: tuple[str, ...] = ()) -> dict[str, str]:
    """Object names by ref; with ``merged`` only what leads to a commit that one of these branches holds."""
    within = (f"--merged={ref}" for ref in merged)
    rows = git.line("for-each-ref", "--format=%(refname) %(objectname)", *within, *folders)
    return dict(row.rsplit(" ", 1) for row in rows.split("\n") if row)


def own_refs(git: Git) -> dict[str, str]:
    """Object names of our branches here, and of the tags on their snapshots.

    A tag of the user's may be called as a baseline is: what it names is not ours to give away.
    """
    branches = {ref: tip for ref, tip in refs_below(git, BRANCHES).items() if is_ours(ref)}
    tags = refs_below(git, BASELINES, merged=tuple(branches)) if branches else {}
    others = {ref: tag for ref, tag in refs_below(git, BASELINES).items() if ref not in tags}
    tags |= {ref: tag for ref, tag in others.items() if _names_snapshot(git, tag)}
    return branches | {ref: tag for ref, tag in tags.items() if is_ours(ref)}


def _names_snapshot(git: Git, tag: str) -> bool:
    commit = git.find("rev-parse", "--verify", "--quiet", f"{tag}^{{commit}}")
    return commit is not None and observation_at(git, commit) is not None
