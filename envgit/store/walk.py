"""Walk the snapshot commits in Git, in an order that depends on nothing but them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.store.sightings import Sighting, sighting_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.store.git import Git

_FORMAT = "%H %T %cI %ct %P%n%B"


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """A commit that a walk came by, and what it says, if it is ours; ``date`` in seconds since 1970."""

    name: str
    parents: tuple[str, ...]
    date: int
    sighting: Sighting | None


def walk(git: Git, tips: Iterable[str], *, without: Iterable[str] = ()) -> list[Commit]:
    """All commits that can be reached from ``tips`` but not from ``without``, newest first."""
    wanted = list(tips)
    if not wanted:
        return []  # Git would take HEAD
    stdin = "\n".join([*wanted, *(f"^{name}" for name in without), ""])
    return _newest_first(_log(git, "--stdin", stdin=stdin))


def commit_at(git: Git, name: str) -> Commit:
    """One commit and what it says.

    Raises:
        BadFile: the name is that of a tree or a file.
    """
    for commit in _log(git, "--no-walk", name):
        return commit
    raise BadFile(f"{name[:12]} is no commit")


def _log(git: Git, *arguments: str, stdin: str = "") -> list[Commit]:
    output = git.run("log", "-z", f"--format={_FORMAT}", *arguments, "--", stdin=stdin.encode())
    return [_commit(row) for row in output.decode("utf-8", "replace").split("\0") if row]


def _commit(row: str) -> Commit:
    head, _, message = row.partition("\n")
    name, tree, time, date, *parents = head.split()
    return Commit(
        name=name,
        parents=tuple(parents),
        date=int(date),
        sighting=sighting_of(name, tree, time, message),
    )


def _newest_first(commits: list[Commit]) -> list[Commit]:
    """None before one that was made on it, whatever their dates say; else by date, then by name."""
    by_name = {commit.name: commit for commit in commits}
    children = Counter(parent for commit in commits for parent in commit.parents)
    ready = [(-commit.date, commit.name) for commit in commits if not children[commit.name]]
    heapify(ready)
    ordered = []
    while ready:
        commit = by_name[heappop(ready)[1]]
        ordered.append(commit)
        for parent in commit.parents:
            children[parent] -= 1
            if not children[parent] and parent in by_name:
                heappush(ready, (-by_name[parent].date, parent))
    return ordered
