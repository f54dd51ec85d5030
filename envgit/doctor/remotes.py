"""The remotes of a repository, as far as a finding's command needs them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envgit.store.git import Git


def remotes(git: Git) -> list[str]:
    """The names of the remotes, ``origin`` first."""
    names = git.line("remote").split("\n")
    return sorted(filter(None, names), key=lambda name: (name != "origin", name))


def refetch(git: Git) -> str:
    """The command that fetches every object anew, as a fresh clone would; empty without a remote."""
    known = remotes(git)
    return shlex.join(("git", "fetch", "--refetch", known[0])) if known else ""
