"""Keep the catalogue of sightings in a file, so that a look-up does not walk ten thousand commits.

The file holds the refs that it was made of. While they stand it is the answer; where a branch of ours went on
by plain appends, only what is new is read; anything else, damage included, makes it anew. It can be deleted
at any time: with it and without it every answer is the same.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envgit.release import __version__
from envgit.store.catalogue import Catalogue, lines_of
from envgit.store.files import replace_file
from envgit.store.names import BASELINES, BRANCHES
from envgit.store.repository import common_dir_of
from envgit.store.walk import Commit, walk

if TYPE_CHECKING:
    from envgit.store.git import Git

# A clone has the branches as remote-tracking ones only, and a single-branch clone perhaps just the tags.
_REFS = (BRANCHES, "refs/remotes/**/envgit/*", BASELINES)
# What makes history another without any of those moving: replaced commits, the end of a shallow clone.
_REPLACED = "refs/replace/"
_SHALLOW = "shallow"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """A catalogue with the refs that it was made of, as Git lists them, and where the clone ends.

    ``head`` is the one commit that all others can be reached from, empty where there are several such;
    ``newest`` the latest date of any commit, in seconds since 1970.
    """

    refs: bytes
    head: str
    newest: int
    catalogue: Catalogue


def read_catalogue(git: Git) -> Catalogue:
    """All sightings that this repository knows, as its refs stand now."""
    folder = common_dir_of(git.environ["GIT_DIR"])
    refs = git.run("for-each-ref", "--format=%(objectname) %(refname)", *_REFS, _REPLACED)
    if not refs:
        return Catalogue()
    refs += _shallow(folder)
    file = os.path.join(folder, "envgit", "catalogue")
    kept = _read(file)
    if kept and kept.refs == refs:
        return kept.catalogue
    current = (kept and _extended(git, kept, refs)) or _made(git, refs)
    with suppress(OSError):  # a repository that may only be read can still be asked
        _keep(file, current)
    return current.catalogue


def _made(git: Git, refs: bytes) -> _Kept:
    tips, _ = _tips(refs)
    commits = walk(git, sorted(set(tips.values())))
    ours = set(_ours(tips).values())
    parents: set[str] = set()
    for commit in commits:  # children come first
        parents.update(commit.parents)
        if commit.name in ours:
            ours.update(commit.parents)
    heads = [commit.name for commit in commits if commit.name not in parents]
    return _Kept(
        refs=refs,
        head=heads[0] if len(heads) == 1 else "",
        newest=max((commit.date for commit in commits), default=0),
        catalogue=Catalogue(_lines(commits, ours)),
    )


def _extended(git: Git, kept: _Kept, refs: bytes) -> _Kept | None:
    """The catalogue after plain appends to one branch of ours, None where more than that happened."""
    (before, history_before), (now, history_now) = _tips(kept.refs), _tips(refs)
    ours, ours_now = _ours(before), _ours(now)
    moved = [ref for ref in ours if ours_now.get(ref) != ours[ref]]
    if history_before != history_now or ours.keys() != ours_now.keys() or len(moved) > 1:
        return None
    # What no ref names any more may be out of reach; what lies on a branch of ours surely is not.
    gone = set(before.values()) - set(now.values()) - {ours[ref] for ref in moved}
    if not all(kept.catalogue.holds_ours(name) for name in gone):
        return None
    fresh = walk(git, sorted(set(now.values()) - set(before.values())), without=sorted(ours.values()))
    if not moved:
        return None if fresh else replace(kept, refs=refs)
    base, tip = ours[moved[0]], ours_now[moved[0]]
    if not _is_chain(fresh, base, tip):
        return None
    if base != kept.head and min(commit.date for commit in fresh) <= kept.newest:
        return None  # they would not all come first
    return _Kept(
        refs=refs,
        head=tip if base == kept.head else "",
        newest=max(kept.newest, *(commit.date for commit in fresh)),
        catalogue=Catalogue(_lines(fresh, {commit.name for commit in fresh}) + kept.catalogue.text),
    )


def _is_chain(commits: list[Commit], base: str, tip: str) -> bool:
    """Whether these commits, newest first, were made one on the other, from ``base`` up to ``tip``."""
    names = [*(commit.name for commit in commits), base]
    return names[0] == tip and [commit.parents for commit in commits] == [(name,) for name in names[1:]]


def _lines(commits: list[Commit], ours: set[str]) -> bytes:
    return lines_of((commit.sighting for commit in commits if commit.sighting), ours)


def _ours(tips: dict[str, str]) -> dict[str, str]:
    return {ref: tip for ref, tip in tips.items() if ref.startswith(BRANCHES)}


def _tips(refs: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """What each ref of snapshots names, and what else the history that they lead to depends on."""
    tips: dict[str, str] = {}
    others: dict[str, str] = {}
    for row in refs.splitlines():
        name, _, ref = os.fsdecode(row).partition(" ")
        (others if ref.startswith((_REPLACED, _SHALLOW)) else tips)[ref] = name
    return tips, others


def _shallow(folder: str) -> bytes:
    """A row like those of the refs: a digest of where a shallow clone ends; nothing where it is whole."""
    try:
        with open(os.path.join(folder, _SHALLOW), "rb") as opened:
            return b"%d %s\n" % (zlib.crc32(opened.read()), _SHALLOW.encode())
    except FileNotFoundError:
        return b""


def _keep(file: str, kept: _Kept) -> None:
    rest = b"%s %d\n%s\n%s" % (kept.head.encode(), kept.newest, kept.refs, kept.catalogue.text)
    replace_file(file, _first_line(rest) + rest)


def _read(file: str) -> _Kept | None:
    """What was kept, None where there is nothing, or not what was written by this version of envgit."""
    try:
        with open(file, "rb") as opened:
            content = opened.read()
    except OSError:
        return None
    # Megabytes: looked at in place, and copied once.
    start = content.find(b"\n") + 1
    if content[:start] != _first_line(memoryview(content)[start:]):
        return None
    end = content.index(b"\n\n", start)
    facts, _, refs = content[start:end].partition(b"\n")
    head, _, newest = facts.partition(b" ")
    return _Kept(
        refs=refs + b"\n", head=head.decode(), newest=int(newest), catalogue=Catalogue(content[end + 2 :])
    )


def _first_line(rest: bytes | memoryview) -> bytes:
    return f"envgit {__version__} catalogue {zlib.crc32(rest)}\n".encode()
