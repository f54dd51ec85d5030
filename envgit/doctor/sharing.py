"""Area ``store``: do the snapshots exist anywhere but here?"""

from __future__ import annotations

import os
import shlex
from functools import partial
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
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
    ahead, behind = map(
        int, git.line("rev-list", "--left-right", "--count", f"{branch}...{tracking}").split()
    )
    if ahead and behind:
        yield _finding(
            severity="warning",
            message=f"{short} has diverged from {remote}'s: {ahead} here, {behind} there",
            command=push,
        )
    elif ahead:
        yield _finding(
            severity="note", message=f"{ahead} of {short} not pushed to {remote} yet", command=push
        )
    elif behind:
        yield _finding(severity="note", message=f"{remote} has {behind} more on {short}", command=pull)
