"""What a repository has recorded, read by Git alone: no code of envgit's stands between."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from envgit.formats.manifest import decode_manifest

if TYPE_CHECKING:
    from tests.builders import Repo


class Record(NamedTuple):
    """One snapshot commit, with the snapshot and the code commit in its trailers."""

    commit: str
    tree: str
    snapshot: str
    code: str


def records(repo: Repo, branch: str = "envgit/default") -> list[Record]:
    """The records of an environment, newest first."""
    values = ",valueonly,separator=%x20"
    form = f"%H%x09%T%x09%(trailers:key=Snapshot{values})%x09%(trailers:key=Code-Commit{values})"
    return [Record(*line.split("\t")) for line in repo.git("log", f"--format={form}", branch).splitlines()]


def assert_sound(repo: Repo, branch: str = "envgit/default") -> None:
    """Check every object and ref, and that each record holds the snapshot that it names."""
    repo.git("fsck", "--strict")
    held = {record.tree: record.snapshot for record in records(repo, branch)}
    for tree, snapshot in held.items():
        content = repo.run("cat-file", "blob", f"{tree}:snapshot.json").stdout.encode()
        assert decode_manifest(content, where=tree).id == snapshot
