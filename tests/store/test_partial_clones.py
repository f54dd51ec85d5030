"""Clones that hold only a part: resolving takes nothing over the network, and what is missing is said."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from envgit.errors import BadFile, NoStore
from envgit.store import contents, history
from envgit.store.git import GitFailed
from envgit.store.resolve import resolve
from tests.builders import Repo, make_repo
from tests.store.records import git_of, record, snapshot_with

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.store.git import Git

PARTS = [
    ("--depth", "1"),
    ("--single-branch",),
    ("--single-branch", "--no-tags"),
    ("--depth", "1", "--no-tags"),
    ("--depth", "1", "--filter=blob:none"),
]


def clone(repo: Repo, path: Path, *options: str) -> Repo:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repo.git("clone", "--quiet", *options, f"file://{repo.path}", str(path))
    return Repo(path=path)


@pytest.mark.parametrize("options", PARTS, ids=" ".join)
def test_clone_without_snapshots_says_how_to_have_them_and_the_command_works(
    repo: Repo, git: Git, tmp_path: Path, options: tuple[str, ...]
) -> None:
    recorded = record(git, code="HEAD", baseline="paper-v1").commit
    cloned = clone(repo, tmp_path / "clone", *options)
    before = cloned.refs()
    with pytest.raises(NoStore) as caught:
        resolve(git_of(cloned), "paper-v1")
    assert cloned.refs() == before
    cloned.git(*shlex.split(caught.value.hint.partition(" if ")[0])[1:])
    found = resolve(git_of(cloned), "paper-v1")
    assert found.commit == recorded
    assert contents.read_snapshot(git_of(cloned), found) == snapshot_with("1.0")
    assert resolve(git_of(cloned), "HEAD").commit == recorded


def test_clone_without_tags_resolves_commits_by_the_branch(repo: Repo, git: Git, tmp_path: Path) -> None:
    recorded = record(git, code="HEAD", baseline="paper-v1").commit
    cloned = clone(repo, tmp_path / "clone", "--no-tags")
    assert resolve(git_of(cloned), "HEAD").commit == recorded


def test_partial_clone_resolves_without_its_remote_and_fetches_what_is_read(
    repo: Repo, git: Git, tmp_path: Path
) -> None:
    recorded = record(git, code="HEAD", baseline="paper-v1").commit
    cloned = clone(repo, tmp_path / "clone", "--filter=blob:none")
    cloned.git("remote", "set-url", "origin", f"file://{tmp_path}/gone")
    for rev in ("paper-v1", "HEAD", snapshot_with("1.0").id[:8]):
        assert resolve(git_of(cloned), rev).commit == recorded
    with pytest.raises(BadFile, match="cannot be read") as caught:
        contents.read_snapshot(git_of(cloned), resolve(git_of(cloned), "HEAD"))
    assert caught.value.hint == "git fetch; git fsck"
    cloned.git("remote", "set-url", "origin", f"file://{repo.path}")
    assert contents.read_snapshot(git_of(cloned), resolve(git_of(cloned), "HEAD")) == snapshot_with("1.0")


def test_snapshots_cut_off_by_depth_are_read_as_far_as_they_go(repo: Repo, git: Git, tmp_path: Path) -> None:
    for version in ("1.0", "2.0", "3.0"):
        newest = record(git, version).commit
    cloned = clone(repo, tmp_path / "clone", "--depth", "1", "--no-single-branch")
    assert [o.commit for o in history.observations(git_of(cloned))] == [newest]
    cloned.git("fetch", "--quiet", "--unshallow")
    assert len(history.observations(git_of(cloned))) == 3


def test_reftable_repository_works(tmp_path: Path) -> None:
    try:
        git_of(make_repo(tmp_path / "probe", commit=False)).run(
            "init", "--quiet", "--ref-format=reftable", str(tmp_path / "code")
        )
    except GitFailed as failed:
        pytest.skip(f"this Git has no reftable: {failed.words[:60]}")
    repo = make_repo(tmp_path / "code", options=("--ref-format=reftable",))
    git = git_of(repo)
    recorded = record(git, code="HEAD", baseline="paper-v1").commit
    for _ in range(2):
        assert resolve(git, "paper-v1").commit == recorded
        assert resolve(git, "HEAD").commit == recorded
        repo.git("pack-refs", "--all")
