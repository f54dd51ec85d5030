"""The repository is the one Git means, wherever envgit is run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.errors import NoRepository
from envgit.store.git import Git, GitFailed
from envgit.store.repository import open_repository, require_work_tree
from envgit.store.surroundings import git_environ
from tests.builders import Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    "plain",
    "with space",
    'it\'s "quoted"',
    "données 论文",
    "new\nline",
    "-x",
    "$HOME",
    "100%",
    "a:b",
    "end ",
]


@pytest.mark.parametrize("name", NAMES)
def test_repository_is_found_whatever_its_folder_is_called(tmp_path: Path, name: str) -> None:
    repo = make_repo(tmp_path / name, files={"sub/train.py": ""})
    for start in (repo.path, repo.path / "sub"):
        found = open_repository(str(start), os.environ)
        assert found.work_tree == str(repo.path)
        assert found.git_dir == found.common_dir == str(repo.path / ".git")
        assert found.git.line("rev-parse", "HEAD") == repo.head


def test_linked_work_tree_shares_the_common_folder(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    found = open_repository(str(tmp_path / "linked"), os.environ)
    assert found.work_tree == str(tmp_path / "linked")
    assert found.git_dir == str(repo.path / ".git/worktrees/linked")
    assert found.common_dir == str(repo.path / ".git")
    assert found.state_dir == str(repo.path / ".git/envgit")


def test_submodule_is_a_repository_of_its_own(repo: Repo, tmp_path: Path) -> None:
    part = make_repo(tmp_path / "part")
    repo.git("submodule", "--quiet", "add", str(part.path), "part")
    found = open_repository(str(repo.path / "part"), os.environ)
    assert found.work_tree == str(repo.path / "part")
    assert found.git_dir == found.common_dir == str(repo.path / ".git/modules/part")


def test_bare_repository_has_no_work_tree(tmp_path: Path) -> None:
    bare = make_repo(tmp_path / "code.git", bare=True)
    found = open_repository(str(bare.path), os.environ)
    assert found.work_tree is None
    with pytest.raises(NoRepository) as caught:
        require_work_tree(found)
    assert caught.value.message == f"{bare.path} is a bare repository: no environment belongs to it"
    assert caught.value.hint == "run this in a clone of it"


def test_repository_that_git_was_pointed_to_is_the_one_meant(repo: Repo, tmp_path: Path) -> None:
    """Dotfiles are kept with ``git --git-dir=… --work-tree=…``, and Git tells its hooks so."""
    dotfiles = make_repo(tmp_path / "dotfiles.git", bare=True)
    environ = os.environ | {"GIT_DIR": str(dotfiles.path), "GIT_WORK_TREE": str(repo.path)}
    found = open_repository(str(repo.path), environ)
    assert (found.git_dir, found.work_tree) == (str(dotfiles.path), str(repo.path))


def test_git_folder_of_a_work_tree_is_not_taken_for_a_bare_repository(repo: Repo) -> None:
    with pytest.raises(NoRepository, match="this operation must be run in a work tree"):
        open_repository(str(repo.path / ".git/hooks"), os.environ)


def test_folder_outside_any_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoRepository) as caught:
        open_repository(str(tmp_path), os.environ)
    assert caught.value.message == f"no Git repository at {tmp_path} or above it"
    assert caught.value.hint == "git init, then envgit init"


def test_folder_that_is_gone_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(NoRepository, match="no Git repository at "):
        open_repository(str(tmp_path / "gone"), os.environ)


def test_git_that_is_not_installed_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoRepository, match="git not found"):
        open_repository(str(tmp_path), os.environ | {"PATH": str(tmp_path)})


def test_repository_that_git_refuses_is_told_in_gits_words(repo: Repo) -> None:
    with (repo.git_dir / "config").open("a") as config:
        config.write("[core]\n\trepositoryFormatVersion = 99\n")
    with pytest.raises(NoRepository, match=r"Git cannot open the repository at .*Expected git repo version"):
        open_repository(str(repo.path), os.environ)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to somebody else")
def test_repository_of_another_user_is_refused_in_gits_words(repo: Repo) -> None:
    for path in (repo.path, repo.git_dir):
        os.chown(path, 12345, 12345)
    with pytest.raises(NoRepository, match="dubious ownership"):
        open_repository(str(repo.path), os.environ)


def test_inner_git_is_told_how_to_run_but_not_where_or_in_whose_name() -> None:
    how = {
        "GIT_SSH_COMMAND": "ssh -i key",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Ada",
        "HOME": "/home/ada",
    }
    where = dict.fromkeys(
        ("GIT_DIR", "GIT_INDEX_FILE", "GIT_AUTHOR_NAME", "GIT_COMMITTER_DATE", "GIT_PREFIX", "GIT_TRACE"), "x"
    )
    own = {"LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "ENVGIT_HOOK": "1"}
    assert git_environ(how | where | {"LC_ALL": "de_DE"}) == how | own


def test_failure_of_git_carries_its_words_and_code(git: Git) -> None:
    with pytest.raises(GitFailed) as caught:
        git.run("cat-file", "blob", "no-such-thing")
    assert caught.value.message == "git cat-file failed: fatal: Not a valid object name no-such-thing"
    assert caught.value.code == 128
