"""A snapshot branch that somebody has checked out, to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.store.git import Git, GitFailed

if TYPE_CHECKING:
    from envgit.store.append import Tip


def follow(git: Git, before: Tip | None, commit: str) -> str:
    """Bring the work tree that has a branch checked out to where the branch was just moved.

    Left where it was, it would show all that the branch gained as staged to be taken back. What the user
    changed there stays; where it is in the way nothing is touched, and the text returned says so.
    """
    if before is None or not before.folder:
        return ""
    try:
        Git(before.folder, git.environ).run("read-tree", "-m", "-u", before.commit, commit)
    except GitFailed as failed:
        return f"{before.folder} has this branch checked out and could not follow it: {failed.words}"
    return ""
