"""What no package knows outlives a change of its environment, under another name where its place is taken.

A file that a package now brings is kept beside it. A link to a folder elsewhere is taken away while packages
change, for they would be removed and written through it: what it leads to is the user's.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from filecmp import cmp
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import Conflict
from envgit.restore.changing.recorded import recorded
from envgit.restore.enclosure import links_out

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from envgit.sights import Sights

_SAVED = ".envgit-saved"
#: Folders that an environment cannot do without, while it is changed.
_NEEDED = ("bin", "conda-meta", "lib", "lib/python*", "lib/python*/site-packages", "Lib", "Lib/site-packages")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Link:
    """A link that leads out of the clone: by its path there, and where it leads.

    ``inwards`` is where the clone has what an absolute link into the environment itself leads to.
    """

    path: str
    target: str
    inwards: str | None


@contextmanager
def outliving(seen: Sights, staging: Path, prefix: Path) -> Iterator[list[str]]:
    """Let packages of a clone be changed within the block; nothing outside of the clone is, through links.

    Args:
        seen: what was cloned.
        staging: the clone, as it was made.
        prefix: what it was cloned from, which stays as it is.

    Yields:
        What the user is told when the block has ended: which files and links are elsewhere now.

    Raises:
        Conflict: without what lies elsewhere it is no environment.
    """
    said: list[str] = []
    links = [_link(path, staging, prefix) for path in links_out(staging, seen.links())]
    before = recorded(staging) if links else frozenset()
    _require_whole(links, prefix)
    for link in links:
        _lead(staging / link.path, link.inwards)
    yield said
    after = recorded(staging) if links else frozenset()
    for link in links:
        said += _bring_back(link, staging, prefix, before, after)


def strays_of(seen: Sights, prefix: Path) -> frozenset[str]:
    """The files and links of an environment, by their paths in it, that no package knows.

    Byte code is left out, and so is what belongs to conda or to envgit.
    """
    strays = seen.files().keys() - recorded(prefix)
    return frozenset(path for path in strays if not path.startswith("conda-meta/"))


def keep(strays: Collection[str], staging: Path, prefix: Path) -> list[str]:
    """Keep those of the strays whose place in the clone a package took, beside it; says which and where."""
    replaced = {path for path in strays if not is_same(prefix / path, staging / path)}
    taken = sorted(replaced & recorded(staging)) if replaced else ()
    return [
        f"{path} is a package's file now; yours is kept as {_set_aside(path, staging, prefix)}"
        for path in taken
        if _differ(prefix / path, staging / path)
    ]


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths are those of one file."""
    try:
        return os.path.samestat(os.lstat(one), os.lstat(other))
    except OSError:
        return False


def _link(path: str, staging: Path, prefix: Path) -> _Link:
    """An absolute link into the environment leads out of its clone, to what must stay as it is."""
    target, top = os.path.realpath(staging / path), os.path.realpath(prefix)
    inwards = f"{staging}{target[len(top) :]}" if target.startswith(f"{top}{os.sep}") else None
    return _Link(path=path, target=target, inwards=inwards)


def _require_whole(links: list[_Link], prefix: Path) -> None:
    for link in links:
        if link.inwards is None and any(Path("/", link.path).match(f"/{needed}") for needed in _NEEDED):
            raise Conflict(
                f"{prefix / link.path} is a link to {link.target}, and what lies outside is never changed",
                hint="rebuild it at another place: envgit checkout REV -p PREFIX",
            )


def _lead(link: Path, target: str | None) -> None:
    link.unlink()
    if target is not None:
        link.symlink_to(target)


def _bring_back(
    link: _Link, staging: Path, prefix: Path, before: frozenset[str], after: frozenset[str]
) -> Iterator[str]:
    """Put a link back to its place; where something stands there, or its package is gone, it is set aside."""
    place = staging / link.path
    if link.inwards and place.is_symlink() and os.readlink(place) == link.inwards:
        place.unlink()
        _bring(prefix / link.path, place)
        return
    brought_through = _any_below(link.path, before) and not _any_below(link.path, after)
    gone = link.inwards is not None or (link.path in before and link.path not in after)
    if not os.path.lexists(place) and not gone and not brought_through:
        place.parent.mkdir(parents=True, exist_ok=True)
        _bring(prefix / link.path, place)
    elif link.path not in before:
        aside = _set_aside(link.path, staging, prefix)
        yield (
            f"{link.path} was a link to {link.target}, where nothing was changed; what packages bring to it "
            f"lies in the environment now, and the link is kept as {aside}"
        )


def _any_below(folder: str, paths: frozenset[str]) -> bool:
    return any(path.startswith(f"{folder}/") for path in paths)


def _set_aside(path: str, staging: Path, prefix: Path) -> str:
    """Keep what stands in the environment beside what took its place; returns its path."""
    names = (f"{path}{_SAVED}{number or ''}" for number in count())
    free = next(name for name in names if not os.path.lexists(staging / name))
    (staging / free).parent.mkdir(parents=True, exist_ok=True)
    _bring(prefix / path, staging / free)
    return free


def _bring(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # of another user, or on a file system without such links
        shutil.copy2(source, target, follow_symlinks=False)


def _differ(mine: Path, brought: Path) -> bool:
    if mine.is_symlink() or brought.is_symlink():
        both = mine.is_symlink() and brought.is_symlink()
        return not both or os.readlink(mine) != os.readlink(brought)
    with suppress(OSError):
        return not cmp(mine, brought, shallow=False)
    return os.path.lexists(mine) and os.path.lexists(brought)
