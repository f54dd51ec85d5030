"""Baselines: snapshots with a name, as annotated tags ``env/<name>``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import UnknownRevision
from envgit.store.append import tag_object
from envgit.store.conflicts import free_baseline, in_the_way
from envgit.store.git import GitFailed
from envgit.store.history import observation_at
from envgit.store.names import BASELINES, baseline_ref, is_automatic, is_baseline

if TYPE_CHECKING:
    from envgit.store.git import Git


def tags_by_commit(git: Git, *, automatic: bool = True) -> dict[str, tuple[str, ...]]:
    """Snapshot commit to the names that point at it, sorted, without their ``env/``."""
    names: dict[str, list[str]] = {}
    for name, row in _tags(git, "%(objectname)%09%(*objectname)"):
        tag_object, peeled = row.split("\t")
        if automatic or is_baseline(name):
            names.setdefault(peeled or tag_object, []).append(name)
    return {commit: tuple(sorted(found)) for commit, found in names.items()}


def messages(git: Git) -> dict[str, str]:
    """The first line of each baseline's own message, by name."""
    return dict(_tags(git, "%(contents:subject)"))


def _tags(git: Git, fields: str) -> list[tuple[str, str]]:
    """Name and fields of each tag of ours.

    Others are passed over: tags are fetched along with code, and a name is shown and suggested in commands.
    """
    rows = git.line("for-each-ref", f"--format=%(refname)%09{fields}", BASELINES).split("\n")
    pairs = (row.removeprefix(BASELINES).partition("\t") for row in rows)
    return [(name, said) for name, _, said in pairs if is_baseline(name) or is_automatic(name)]


def create_baseline(git: Git, name: str, commit: str, *, message: str, sign: bool = False) -> str:
    """Tag a snapshot commit; returns the tag's ref.

    Raises:
        InvalidName: the name would not make a tag.
        Conflict: the tag exists, or another is in its way; nothing changed.
    """
    ref = free_baseline(git, name)
    try:
        if sign:
            _signed(git, ref, commit, message)
        else:
            made = tag_object(git, ref, commit, message=message)
            git.run("update-ref", "--stdin", stdin=f"create {ref} {made}\n".encode())
    except GitFailed as failed:
        free_baseline(git, name)  # another may have been faster
        conflict = in_the_way(failed)
        if conflict is None:
            raise
        raise conflict from failed
    return ref


def _signed(git: Git, ref: str, commit: str, message: str) -> None:
    """A signature needs the user's name and key, and so Git's own command."""
    content = (message.strip() + "\n").encode("utf-8", "replace")
    tag = ref.removeprefix("refs/tags/")
    git.run("tag", "--annotate", "--sign", "--cleanup=verbatim", "--file=-", tag, commit, stdin=content)


def delete_baseline(git: Git, name: str) -> str:
    """Remove a baseline's name; the snapshot stays. Returns the commit it pointed at.

    Raises:
        UnknownRevision: there is no such baseline, or the tag is on something else than a snapshot.
    """
    ref = baseline_ref(name)
    bare = ref.removeprefix(BASELINES)
    found = git.find("rev-parse", "--verify", "--quiet", ref)
    if found is None:
        raise UnknownRevision(f"no baseline {bare!r}", hint="envgit tag --list")
    commit = git.find("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if commit is None or observation_at(git, commit) is None:
        raise UnknownRevision(
            f"tag env/{bare} is no baseline: it names no snapshot", hint=f"git tag --delete env/{bare}"
        )
    git.run("update-ref", "-d", ref, found)
    return commit
