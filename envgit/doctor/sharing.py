"""Area ``store``: do the snapshots exist anywhere but here?"""

from __future__ import annotations

import os
import shlex
from functools import partial
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding, counted
from envgit.doctor.remotes import remotes
from envgit.store.names import BRANCHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_finding = partial(Finding, area="store")


def sharing(workspace: Workspace) -> Iterator[Finding]:
    """Hold the snapshot branches against what is known of the first remote's; no network is asked."""
    git = workspace.git
    if os.path.exists(os.path.join(workspace.repository.common_dir, "shallow")):
        yield _finding(
            severity="note",
            message="this clone is shallow: the snapshots of older commits may be missing",
            command="git fetch --unshallow",
        )
    for remote in remotes(git)[:1]:
        for branch in git.line("for-each-ref", "--format=%(refname)", BRANCHES).split():
            yield from _shared(git, branch, remote)


def _shared(git: Git, branch: str, remote: str) -> Iterator[Finding]:
    short = branch.removeprefix("refs/heads/")
    tracking = f"refs/remotes/{remote}/{short}"
    push, pull = (shlex.join(("envgit", verb, remote)) for verb in ("push", "pull"))
    if git.find("rev-parse", "--verify", "--quiet", tracking) is None:
        yield _finding(
            severity="note",
            message=f"{short} was never pushed to {remote}, as far as is known here",
            command=push,
        )
        return
    counts = git.find("rev-list", "--left-right", "--count", f"{branch}...{tracking}")
    if counts is None:
        return  # cannot be read, which the other looks at the store say
    ahead, behind = map(int, counts.split())
    here, there = counted(ahead, "commit"), counted(behind, "commit")
    if ahead and behind:
        message = f"{short} has diverged from {remote}'s: {here} here, {there} there"
        yield _finding(severity="warning", message=message, command=push)
    elif ahead:
        message = f"{here} of {short} to be pushed to {remote}"
        yield _finding(severity="note", message=message, command=push)
    elif behind:
        message = f"{remote} has {there} of {short} to be pulled"
        yield _finding(severity="note", message=message, command=pull)
