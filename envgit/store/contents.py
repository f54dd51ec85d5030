"""Read the files of a snapshot back from Git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.formats.manifest import decode_host, decode_manifest
from envgit.store.git import GitFailed
from envgit.store.layout import MANIFEST, OBSERVATION

if TYPE_CHECKING:
    from envgit.model import Host, Observation, Snapshot
    from envgit.store.git import Git


def read_snapshot(git: Git, observation: Observation) -> Snapshot:
    """The snapshot in an observation's tree, checked against the id that the commit claims.

    Raises:
        BadFile: the manifest is damaged, or is another snapshot's.
    """
    snapshot = snapshot_in(git, observation.tree)
    if snapshot.id != observation.snapshot:
        raise BadFile(
            f"snapshot commit {observation.commit[:12]} holds snapshot {snapshot.id[:12]}, "
            f"but says {observation.snapshot[:12]}"
        )
    return snapshot


def snapshot_in(git: Git, tree: str) -> Snapshot:
    """The snapshot whose files are in a tree.

    Raises:
        BadFile: there is no manifest, or it is damaged.
    """
    return decode_manifest(_content(git, tree, MANIFEST), where=_where(tree, MANIFEST))


def read_host(git: Git, observation: Observation) -> Host:
    """The host facts in an observation's tree.

    Raises:
        BadFile: the file is not there, or damaged.
    """
    content = _content(git, observation.tree, OBSERVATION)
    return decode_host(content, where=_where(observation.tree, OBSERVATION))


def read_file(git: Git, observation: Observation, name: str) -> bytes | None:
    """One file of a snapshot as it stands in Git, None when the snapshot has no such file."""
    names = git.line("ls-tree", "--name-only", observation.tree).split("\n")
    return _content(git, observation.tree, name) if name in names else None


def _content(git: Git, tree: str, name: str) -> bytes:
    try:
        return git.run("cat-file", "blob", f"{tree}:{name}")
    except GitFailed as failed:
        words = f"{_where(tree, name)}: cannot be read ({failed.words})"
        raise BadFile(words, hint="git fetch; git fsck") from failed


def _where(tree: str, name: str) -> str:
    return f"{tree[:12]}:{name}"
