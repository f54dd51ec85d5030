"""What a clone knows without envgit having run in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.errors import NoStore
from envgit.store import contents, history
from envgit.store.baselines import tags_by_commit
from envgit.store.resolve import resolve
from tests.builders import Repo
from tests.store.records import git_of, record, snapshot_with

if TYPE_CHECKING:
    from pathlib import Path


def clone(repo: Repo, path: Path, *options: str) -> Repo:
    repo.git("clone", "--quiet", *options, f"file://{repo.path}", str(path))
    return Repo(path=path)


def test_plain_clone_resolves_baselines_and_commits(repo: Repo, tmp_path: Path) -> None:
    recorded = record(git_of(repo), code="HEAD", baseline="paper-v1").commit
    git = git_of(clone(repo, tmp_path / "clone"))
    assert resolve(git, "paper-v1").commit == recorded
    assert resolve(git, "HEAD").commit == recorded
    assert resolve(git, "origin/main").commit == recorded
    assert resolve(git, snapshot_with("1.0").id[:8]).commit == recorded
    assert contents.read_snapshot(git, resolve(git, "HEAD")) == snapshot_with("1.0")


def test_clone_of_snapshots_without_any_tag_resolves_commits(repo: Repo, tmp_path: Path) -> None:
    recorded = record(git_of(repo), code="HEAD").commit
    git = git_of(clone(repo, tmp_path / "clone"))
    assert resolve(git, "HEAD").commit == recorded
    assert [o.commit for o in history.observations(git, environment="default")] == [recorded]


def test_remote_of_any_name_is_read(repo: Repo, tmp_path: Path) -> None:
    recorded = record(git_of(repo), code="HEAD").commit
    git = git_of(clone(repo, tmp_path / "clone", "--origin", "team/upstream"))
    assert resolve(git, "HEAD").commit == recorded


def test_own_and_remote_snapshots_are_one_history(repo: Repo, tmp_path: Path) -> None:
    theirs = record(git_of(repo), code="HEAD").commit
    cloned = clone(repo, tmp_path / "clone")
    cloned.commit("Mine", files={"train.py": "mine\n"})
    mine = record(git_of(cloned), "2.0", code="HEAD").commit
    git = git_of(cloned)
    assert {o.commit for o in history.observations(git)} == {mine, theirs}
    assert {o.commit for o in history.observations(git, environment="default")} == {mine, theirs}
    assert resolve(git, "HEAD").commit == mine
    assert resolve(git, "HEAD~1").commit == theirs


@pytest.mark.parametrize(
    "options", [("--single-branch",), ("--depth", "1"), ("--single-branch", "--no-tags")]
)
def test_clone_of_the_code_alone_says_what_to_fetch(
    repo: Repo, tmp_path: Path, options: tuple[str, ...]
) -> None:
    recorded = record(git_of(repo), code="HEAD", baseline="paper-v1").commit
    cloned = clone(repo, tmp_path / "clone", *options)
    with pytest.raises(NoStore) as caught:
        resolve(git_of(cloned), "paper-v1")
    assert caught.value.message == "this repository holds no snapshots yet"
    assert caught.value.hint == (
        "git fetch origin 'refs/heads/envgit/*:refs/remotes/origin/envgit/*' "
        "'refs/tags/env/*:refs/tags/env/*' if they are there, envgit init if there are none"
    )
    command = caught.value.hint.partition(" if ")[0].replace("'", "").split()
    cloned.git(*command[1:])
    assert resolve(git_of(cloned), "paper-v1").commit == recorded


def test_bare_repository_can_be_read(repo: Repo, tmp_path: Path) -> None:
    recorded = record(git_of(repo), code="HEAD", baseline="paper-v1").commit
    bare = clone(repo, tmp_path / "bare.git", "--bare")
    git = git_of(bare)
    assert resolve(git, "HEAD").commit == recorded
    assert tags_by_commit(git) == {recorded: ("paper-v1",)}


def test_foreign_tags_below_env_are_passed_over(repo: Repo, tmp_path: Path) -> None:
    """Tags come from strangers: on code, on a tree, on a blob, on another tag."""
    recorded = record(git_of(repo), code="HEAD", baseline="paper-v1").commit
    repo.git("tag", "env/staging", "HEAD")
    repo.git("tag", "env/tree", "HEAD^{tree}")
    repo.git("tag", "-m", "blob", "env/blob", "HEAD:train.py")
    repo.git("tag", "-m", "nested", "env/nested", "env/paper-v1")
    git = git_of(clone(repo, tmp_path / "clone"))
    assert [o.commit for o in history.observations(git)] == [recorded]
    assert resolve(git, "HEAD").commit == recorded
    assert resolve(git, "nested").commit == recorded
