"""Append one observation to a snapshot branch: objects first, then one ref transaction with old values."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.store.conflicts import exists_error, in_the_way
from envgit.store.files import writing
from envgit.store.git import GitFailed
from envgit.store.leftovers import clear_leftovers, remove
from envgit.store.names import branch_ref
from envgit.store.trailers import commit_message
from envgit.store.transaction import Patience, contended, transact
from envgit.store.worktrees import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envgit.store.git import Git

_FALLBACK_NAME, _FALLBACK_EMAIL = "envgit", "envgit@localhost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tip:
    """Where a snapshot branch stands: its newest commit, that commit's tree, and who has it checked out.

    ``folder`` is a work tree, empty as a rule.
    """

    commit: str
    tree: str
    folder: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What one append writes: a tree, a summary line, trailers in order, and the tags that go with it.

    ``light_tag`` is a ref that is left out when it exists; ``baseline`` a ref and the message of an
    annotated tag, which must not exist.
    """

    tree: str
    summary: str
    trailers: tuple[tuple[str, str], ...]
    body: str = ""
    light_tag: str | None = None
    baseline: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Appended:
    """What one append wrote: the snapshot commit and the tag ref that names it, if any.

    ``note`` is on a work tree that has the branch checked out.
    """

    commit: str
    tag: str | None
    note: str = ""


def read_tip(git: Git, environment: str) -> Tip | None:
    """The tip of an environment's branch, None before its first snapshot."""
    fields = "--format=%(objectname) %(tree) %(worktreepath)"
    found = git.line("for-each-ref", fields, branch_ref(environment))
    if not found:
        return None
    commit, tree, folder = found.split(" ", 2)
    return Tip(commit=commit, tree=tree, folder=folder)


def write_tree(git: Git, files: Mapping[str, bytes], scratch: str) -> str:
    """Write blobs and one flat tree; returns the tree's object name.

    The files pass through a folder in ``scratch`` so that one Git start hashes them all.

    Raises:
        EnvgitError: ``scratch`` cannot be written to.
        GitFailed: the repository cannot.
    """
    names = sorted(files)
    clear_leftovers(scratch)
    folder = os.path.join(scratch, f"scratch-{os.urandom(4).hex()}")
    try:
        with writing(scratch):
            os.makedirs(folder)
            blobs = _write_blobs(git, [files[name] for name in names], folder)
    finally:
        remove(folder)
    rows = (f"100644 blob {blob}\t{name}\n" for name, blob in zip(names, blobs, strict=True))
    return git.line("mktree", stdin="".join(rows).encode())


def is_whole(git: Git, tree: str) -> bool:
    """Whether a flat tree and all its blobs are there; what was lost has to be written again."""
    listed = git.find("ls-tree", "--long", tree)
    return listed is not None and " BAD\t" not in listed


def _write_blobs(git: Git, contents: Sequence[bytes], folder: str) -> list[str]:
    for number, content in enumerate(contents):
        with open(os.path.join(folder, str(number)), "wb") as file:
            file.write(content)
    # The folder may lie anywhere: paths relative to it need no quoting.
    paths = "".join(f"{number}\n" for number in range(len(contents)))
    hashing = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    return git.at(folder).line(*hashing, stdin=paths.encode()).split()


def append(git: Git, environment: str, entry_on: Callable[[Tip | None], Entry]) -> Appended:
    """Append what ``entry_on`` makes of the tip.

    Several writers may append at once: whoever finds the tip moved asks ``entry_on`` again, for the new tip.

    Raises:
        Conflict: the baseline exists, or a ref of the user's (a branch called ``envgit``) is in the way;
            nothing changed.
        GitFailed: Git refused for another reason; nothing changed.
    """
    ref = branch_ref(environment)
    patience = Patience()
    taken: str | None = None
    while True:
        tip = read_tip(git, environment)
        entry = entry_on(tip)
        commit = write_commit(git, entry, *([tip.commit] if tip else []))
        updates = [f"update {ref} {commit} {tip.commit}" if tip else f"create {ref} {commit}"]
        tag = None
        if entry.baseline:
            tag = entry.baseline[0]
            updates.append(f"create {tag} {tag_object(git, tag, commit, message=entry.baseline[1])}")
        elif entry.light_tag and entry.light_tag != taken:
            tag = entry.light_tag
            updates.append(f"create {tag} {commit}")
        try:
            transact(git, updates)
        except GitFailed as failed:
            if failed.killed and git.find("rev-parse", "--verify", "--quiet", ref) == commit:
                _finish(git, updates[1:], tag)
                break
            _refuse_conflict(git, entry, failed)
            if tag is not None and tag == entry.light_tag and _exists(git, tag):
                taken = tag
            elif not contended(failed) or not patience.lasts(tip):
                raise
        else:
            break
    return Appended(commit=commit, tag=tag, note=followed(git, tip, commit))


def _finish(git: Git, updates: list[str], tag: str | None) -> None:
    """Write the tag of a transaction whose branch was moved, and then Git was killed."""
    if tag is not None and not _exists(git, tag):
        transact(git, updates)


def followed(git: Git, tip: Tip | None, commit: str) -> str:
    """Let whoever has the branch checked out follow it; what there is to say of that, as a rule nothing."""
    return follow(git, tip.folder, tip.commit, commit) if tip and tip.folder else ""


def _refuse_conflict(git: Git, entry: Entry, failed: GitFailed) -> None:
    if entry.baseline and _exists(git, entry.baseline[0]):
        raise exists_error(entry.baseline[0]) from failed
    conflict = in_the_way(failed)
    if conflict is not None:
        raise conflict from failed


def write_commit(git: Git, entry: Entry, *parents: str) -> str:
    """Write what an entry says as a commit on its parents, without a ref; its object name."""
    command = ("commit-tree", entry.tree, *(part for parent in parents for part in ("-p", parent)))
    message = commit_message(entry.summary, entry.trailers, body=entry.body)
    content = message.encode("utf-8", "replace")
    try:
        return git.line(*command, stdin=content)
    except GitFailed as failed:
        if "user.email" not in failed.stderr and "ident" not in failed.stderr:
            raise
        # Nobody has told this Git who they are (a CI job): that must not cost the snapshot.
        ident = ("-c", f"user.name={_FALLBACK_NAME}", "-c", f"user.email={_FALLBACK_EMAIL}")
        return git.line(*ident, *command, stdin=content)


def tag_object(git: Git, ref: str, commit: str, *, message: str) -> str:
    """An annotated tag as an object of its own, without its ref; as a commit, it needs nobody's name."""
    ident = git.find("var", "GIT_COMMITTER_IDENT")
    if ident is None:
        ident = f"{_FALLBACK_NAME} <{_FALLBACK_EMAIL}> {int(time.time())} +0000"
    name = ref.removeprefix("refs/tags/")
    content = f"object {commit}\ntype commit\ntag {name}\ntagger {ident}\n\n{message.strip()}\n"
    return git.line("mktag", stdin=content.encode("utf-8", "replace"))


def _exists(git: Git, ref: str) -> bool:
    return git.find("rev-parse", "--verify", "--quiet", ref) is not None
