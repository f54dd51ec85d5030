"""Clones that were cut off at a depth (``git clone --depth``): old snapshots may be beyond the cut."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.store.git import Git

#: Deepens the branches that are fetched and no others: the largest depth would mean those too.
WHOLE = "--depth=2147483646"


def is_cut_off(git: Git, tips: Iterable[str]) -> bool:
    """Whether the history of any of these commits, which are here, was cut off."""
    if git.line("rev-parse", "--is-shallow-repository") != "true":
        return False
    with open(
        os.path.join(git.cwd, git.line("rev-parse", "--git-path", "shallow")), encoding="ascii"
    ) as file:
        ends = set(file.read().split())
    reached = git.line("rev-list", "--stdin", stdin="".join(f"{tip}\n" for tip in tips).encode())
    return not ends.isdisjoint(reached.split("\n"))
