"""Share snapshot branches and baselines with a remote; the one home of GitPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.store.names import BASELINES, BRANCHES

if TYPE_CHECKING:
    from envgit.store.git import Git


def push_snapshots(git: Git, remote: str) -> list[str]:
    """Push snapshot branches and baselines, never by force; returns one line for each refused ref.

    A remote without any branch gets nothing yet: the first branch it sees becomes its default, which has to
    be the code's.
    """
    if not git.find("ls-remote", "--heads", remote):
        return []
    from git import Repo
    from git.exc import GitCommandError
    from git.remote import PushInfo

    refused = PushInfo.ERROR | PushInfo.REJECTED | PushInfo.REMOTE_REJECTED | PushInfo.REMOTE_FAILURE
    specs = [f"{BRANCHES}*:{BRANCHES}*", f"{BASELINES}*:{BASELINES}*"]
    # GitPython hands the inherited environment on; the inner push needs ours, which stops recursion.
    with Repo(git.environ["GIT_DIR"]) as repository, repository.git.custom_environment(**git.environ):
        try:
            results = repository.remote(remote).push(specs, no_verify=True)
        except (GitCommandError, ValueError) as error:
            return [f"snapshots were not pushed to {remote}: {error}"]
    return [
        f"{info.remote_ref_string} was not pushed to {remote}: {info.summary.strip()}"
        for info in results
        if info.flags & refused
    ]
