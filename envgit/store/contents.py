"""Read the files of a snapshot back from Git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.formats.manifest import decode_host, decode_manifest
from envgit.store.git import GitFailed
from envgit.store.layout import MANIFEST, OBSERVATION
from envgit.store.objects import read_blobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.model import Host, Observation, Snapshot
    from envgit.store.git import Git


def read_snapshot(git: Git, observation: Observation) -> Snapshot:
    """The snapshot in an observation's tree, checked against the id that the commit claims.

    Raises:
        BadFile: the manifest is damaged, or is another snapshot's.
    """
    return _claimed(snapshot_in(git, observation.tree), observation)


def read_sighting(git: Git, observation: Observation) -> tuple[Snapshot, Host]:
    """The snapshot in an observation's tree, as `read_snapshot` gives it, and the facts of its host.

    Raises:
        BadFile: see `read_snapshot`; or the host's facts are not there, or damaged.
    """
    tree = observation.tree
    contents = _contents(git, tree, MANIFEST, OBSERVATION)  # one by one: what is wrong with the first is said
    snapshot = _claimed(decode_manifest(next(contents), where=_where(tree, MANIFEST)), observation)
    return snapshot, decode_host(next(contents), where=_where(tree, OBSERVATION))


def snapshot_in(git: Git, tree: str) -> Snapshot:
    """The snapshot whose files are in a tree.

    Raises:
        BadFile: there is no manifest, or it is damaged.
    """
    (content,) = _contents(git, tree, MANIFEST)
    return decode_manifest(content, where=_where(tree, MANIFEST))


def read_files(git: Git, observation: Observation, names: Iterable[str]) -> dict[str, bytes]:
    """Those files of a snapshot, of these names, that it has, as they stand in Git.

    Raises:
        BadFile: one is there and cannot be read.
    """
    return _files(git, observation.tree, names)


def read_file(git: Git, observation: Observation, name: str) -> bytes | None:
    """One file of a snapshot as it stands in Git, None when the snapshot has no such file."""
    return read_files(git, observation, (name,)).get(name)


def _claimed(snapshot: Snapshot, observation: Observation) -> Snapshot:
    if snapshot.id != observation.snapshot:
        raise BadFile(
            f"snapshot commit {observation.commit[:12]} holds snapshot {snapshot.id[:12]}, "
            f"but says {observation.snapshot[:12]}"
        )
    return snapshot


def _contents(git: Git, tree: str, *names: str) -> Iterator[bytes]:
    """The contents of files that have to be there."""
    found = _files(git, tree, names)
    for name in names:
        if name not in found:
            raise _unreadable(tree, name, "there is no such file")
        yield found[name]


def _files(git: Git, tree: str, names: Iterable[str]) -> dict[str, bytes]:
    asked = {f"{tree}:{name}": name for name in names}
    try:
        found = {asked[where]: content for where, content in read_blobs(git, asked).items()}
        absent = asked.values() - found.keys()
        listed = git.line("ls-tree", "--name-only", tree).split("\n") if absent else []
    except GitFailed as failed:
        raise _unreadable(tree, next(iter(asked.values())), failed.words) from failed
    for name in sorted(absent.intersection(listed)):  # in a clone without blobs whose remote is out of reach
        raise _unreadable(tree, name, "its object is missing")
    return found


def _unreadable(tree: str, name: str, reason: str) -> BadFile:
    return BadFile(f"{_where(tree, name)}: cannot be read ({reason})", hint="git fetch; git fsck")


def _where(tree: str, name: str) -> str:
    return f"{tree[:12]}:{name}"
