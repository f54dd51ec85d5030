"""Look up or read any number of objects in one start of Git (git-cat-file)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.store.git import Git

_COMMIT = re.compile(rb"([0-9a-f]{40,64}) commit \d+")


def commits_at(git: Git, revisions: Iterable[str]) -> dict[str, str]:
    """The names of the commits that these Git revisions lead to; those that lead to none are left out.

    One that makes Git fail, such as ``HEAD@{99}`` where HEAD did not move as often, leads to none either.
    """
    asked = _askable(revisions)
    stdin = "".join(f"{revision}^{{commit}}\n" for revision in asked).encode("utf-8", "surrogateescape")
    lines = git.run("cat-file", "--batch-check", stdin=stdin, accept=(0, 128)).splitlines()
    found = ((revision, _COMMIT.fullmatch(line)) for revision, line in zip(asked, lines, strict=False))
    return {revision: commit[1].decode() for revision, commit in found if commit}


def read_blobs(git: Git, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of the files that these names (``TREE:PATH``) lead to; those that are not there are not.

    Raises:
        GitFailed: an object is damaged.
    """
    asked = _askable(names)
    stdin = "".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape")
    contents = _contents(git.run("cat-file", "--batch", stdin=stdin))
    return {name: content for name, content in zip(asked, contents, strict=True) if content is not None}


def _askable(names: Iterable[str]) -> list[str]:
    """Those that fit on a line: the others would be taken for several, and nothing of ours is named so."""
    return [name for name in names if "\n" not in name]


def _contents(answers: bytes) -> Iterator[bytes | None]:
    """What each answer holds, None where that is no file: ``OBJECT TYPE SIZE``, or ``NAME missing`` alone."""
    start = 0
    while start < len(answers):
        end = answers.index(b"\n", start)
        head, start = answers[start:end], end + 1
        if head.endswith((b" missing", b" ambiguous")):
            yield None
            continue
        _, kind, size = head.split(b" ")
        end = start + int(size)
        yield answers[start:end] if kind == b"blob" else None
        start = end + 1
