"""Baselines: snapshots with a name, as annotated tags ``env/<name>``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import UnknownRevision
from envgit.store.conflicts import free_baseline, in_the_way
from envgit.store.git import GitFailed
from envgit.store.names import BASELINES, baseline_ref

if TYPE_CHECKING:
    from envgit.store.git import Git


def tags_by_commit(git: Git, *, automatic: bool = True) -> dict[str, tuple[str, ...]]:
    """Snapshot commit to the names that point at it, sorted, without their ``env/``."""
    format_ = "%(refname)%09%(objectname)%09%(*objectname)"
    names: dict[str, list[str]] = {}
    for row in git.line("for-each-ref", f"--format={format_}", BASELINES).splitlines():
        ref, tag_object, peeled = row.split("\t")
        name = ref.removeprefix(BASELINES)
        if automatic or not name.startswith("auto/"):
            names.setdefault(peeled or tag_object, []).append(name)
    return {commit: tuple(sorted(found)) for commit, found in names.items()}


def messages(git: Git) -> dict[str, str]:
    """The first line of each baseline's own message, by name."""
    rows = git.line("for-each-ref", "--format=%(refname)%09%(contents:subject)", BASELINES).splitlines()
    pairs = (row.partition("\t") for row in rows)
    return {ref.removeprefix(BASELINES): subject for ref, _, subject in pairs}


def create_baseline(git: Git, name: str, commit: str, *, message: str, sign: bool = False) -> str:
    """Tag a snapshot commit; returns the tag's ref.

    Raises:
        InvalidName: the name would not make a tag.
        Conflict: the tag exists, or another is in its way; nothing changed.
    """
    ref = free_baseline(git, name)
    signing = "--sign" if sign else "--no-sign"
    content = (message.strip() + "\n").encode("utf-8", "replace")
    tag = ref.removeprefix("refs/tags/")
    try:
        git.run("tag", "--annotate", signing, "--cleanup=verbatim", "--file=-", tag, commit, stdin=content)
    except GitFailed as failed:
        conflict = in_the_way(failed)
        if conflict is None:
            raise
        raise conflict from failed
    return ref


def delete_baseline(git: Git, name: str) -> str:
    """Remove a baseline's name; the snapshot stays. Returns the commit it pointed at.

    Raises:
        UnknownRevision: there is no such baseline.
    """
    ref = baseline_ref(name)
    tag_object = git.find("rev-parse", "--verify", "--quiet", ref)
    if tag_object is None:
        raise UnknownRevision(f"no baseline {ref.removeprefix(BASELINES)!r}", hint="envgit tag --list")
    commit = git.line("rev-parse", f"{tag_object}^{{commit}}")
    git.run("update-ref", "-d", ref, tag_object)
    return commit
