"""What each hook does. A returned text is a refusal, from the gate alone."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.errors import NoEnvironment, NoStore
from envgit.githooks.say import say
from envgit.operations.record import record_commit, record_rewritten

if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.operations.workspace import Workspace


def pre_commit(workspace: Workspace, _arguments: list[str]) -> str | None:
    """The gate: refuse the commit when the environment is not one that was accepted."""
    if not workspace.settings.gate:
        return None
    from envgit.operations.gate import drifted, refusal

    found = drifted(workspace)
    if found.verdict and found.verdict.note:
        say(f"{found.verdict.note}; the environment was not compared with it")
    return refusal(found, folder=workspace.environ.get("GIT_PREFIX", "")) if found else None


def post_commit(workspace: Workspace, _arguments: list[str]) -> None:
    """Record the environment that the new commit ran in."""
    if not _picking(workspace):
        _record(workspace, "post-commit")


def post_applypatch(workspace: Workspace, _arguments: list[str]) -> None:
    """Record the environment of a commit made by ``git am``."""
    if not _picking(workspace):
        _record(workspace, "post-applypatch")


def post_merge(workspace: Workspace, arguments: list[str]) -> None:
    """Record a true merge; a fast-forward makes no commit, a squash merge is recorded at its own."""
    squashed = arguments[:1] == ["1"]
    if not squashed and not _fast_forwarded(workspace):
        _record(workspace, "post-merge")


def post_rewrite(workspace: Workspace, arguments: list[str]) -> None:
    """Link the commits of a rebase, or of another tool, to what their originals are linked to."""
    from envgit.store.history import linked

    # The pre-commit framework, where it runs us, keeps the input to itself; the rebase still has it.
    lines = sys.stdin.read() or _rewritten_list(workspace)
    pairs = [(words[0], words[1]) for line in lines.splitlines() if len(words := line.split()) >= 2]
    if arguments[:1] == ["amend"]:
        if _picking(workspace):
            return  # a fixup in a rebase, which ends in pairs of its own
        # `git commit --amend` was recorded as any commit.
        pairs = [(old, new) for old, new in pairs if linked(workspace.git, new) is None]
    record_rewritten(workspace, [(old, new) for old, new in pairs if old != new])


def post_checkout(workspace: Workspace, arguments: list[str]) -> None:
    """Say in one line when the live environment is not the one the new commit ran in."""
    old, new, branch_checkout = (*arguments, "", "", "")[:3]
    unborn = not old.strip("0") or not new.strip("0")  # clone, worktree add, an orphan branch
    copying = _under_way(workspace, "rebase-merge", "rebase-apply", "BISECT_LOG")
    if branch_checkout != "1" or unborn or old == new or copying:
        return
    from envgit.operations.advice import ran_elsewhere
    from envgit.store.settings import may_restore

    try:
        found = ran_elsewhere(workspace, new)
    except (NoEnvironment, NoStore):
        return  # a branch from before envgit, or nothing bound: nothing to compare, nothing to say
    if found is None or _last_move(workspace).startswith("rebase"):
        return
    if found.ours and workspace.settings.restore and may_restore(workspace.git):
        from envgit.githooks.bringing_back import bring_back

        bring_back(workspace, found)
    else:
        say(found.advice)


def pre_push(workspace: Workspace, arguments: list[str]) -> None:
    """Push snapshots along with the code, where this clone opted in with ``envgit.push``."""
    if not workspace.settings.push:
        return
    from envgit.operations.share import push_along

    # Local ref, its object, remote ref, its object: what this push is about to send.
    rows = (line.split() for line in sys.stdin)
    remote, url = arguments
    shared = push_along(workspace, remote, url, frozenset(row[2] for row in rows if row[2:]))
    if shared.waiting:
        say(f"{shared.remote} has no branch yet: snapshots go with the next push, or: envgit push")
    if shared.refused:
        first, *more = shared.refused
        others = f" (and {len(more)} more)" if more else ""
        say(f"{first.name} was not shared with {shared.remote}: {first.note}{others}")


EVENTS: dict[str, Callable[[Workspace, list[str]], str | None]] = {
    "pre-commit": pre_commit,
    "post-commit": post_commit,
    "post-merge": post_merge,
    "post-applypatch": post_applypatch,
    "post-rewrite": post_rewrite,
    "post-checkout": post_checkout,
    "pre-push": pre_push,
}


def _record(workspace: Workspace, trigger: str) -> None:
    recorded = record_commit(workspace, trigger)
    change = f"{recorded.summary} (snapshot {recorded.snapshot[:12]})" if recorded.changed else ""
    told = "; ".join(filter(None, (change, recorded.remarks)))
    if told:
        say(told)


def _under_way(workspace: Workspace, *signs: str) -> bool:
    return any(os.path.exists(os.path.join(workspace.repository.git_dir, sign)) for sign in signs)


def _picking(workspace: Workspace) -> bool:
    """Whether a rebase is copying commits: it is linked as one, by post-rewrite.

    Where it has stopped, a commit is the user's own and ran in the environment as it is now.
    """
    if not _under_way(workspace, "rebase-merge", "rebase-apply/rebasing"):
        return False
    move = _last_move(workspace)
    if not move:
        return not _under_way(workspace, "rebase-merge/stopped-sha")
    return move.startswith("rebase") and not move.startswith("rebase (continue)")


def _fast_forwarded(workspace: Workspace) -> bool:
    """Whether the merge that just ended made no commit."""
    return ": Fast-forward" in _last_move(workspace)


def _rewritten_list(workspace: Workspace) -> str:
    for name in ("rebase-merge/rewritten-list", "rebase-apply/rewritten"):
        with suppress(FileNotFoundError), open(os.path.join(workspace.repository.git_dir, name)) as file:
            return file.read()
    return ""


def _last_move(workspace: Workspace) -> str:
    """How HEAD came to where it is, in Git's own fixed words; empty where it keeps no reflog."""
    return workspace.git.find("log", "--walk-reflogs", "--max-count=1", "--format=%gs", "HEAD", "--") or ""
