"""A snapshot branch that somebody has checked out, to look at it."""

from __future__ import annotations

from envgit.store.git import Git, GitFailed


def follow(git: Git, folder: str, before: str, after: str) -> str:
    """Bring the work tree at ``folder``, which has a branch checked out, to where the branch was just moved.

    Left where it was, it would show all that the branch gained as staged to be taken back. What the user
    changed there stays; where it is in the way nothing is touched, and the text returned says so.
    """
    try:
        Git(folder, git.environ).run("read-tree", "-m", "-u", before, after)
    except GitFailed as failed:
        return f"{folder} has this branch checked out and could not follow it: {failed.words}"
    return ""
