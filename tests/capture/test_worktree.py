"""What is read from Git's files is compared with what Git itself says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.capture.worktree import find_work_tree, head_commit, origin_url
from tests.builders import GitFailed, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path


def test_the_commit_of_a_branch_is_found(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    assert head_commit(str(repo.path)) == repo.head


def test_the_commit_of_a_packed_branch_is_found(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.git("branch", "other")
    repo.git("tag", "--annotate", "v1", "--message", "One")
    repo.git("pack-refs", "--all", "--prune")
    assert head_commit(str(repo.path)) == repo.head
    repo.commit("Newer than its packed name")
    assert head_commit(str(repo.path)) == repo.head


def test_the_commit_of_a_detached_head_is_found(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.commit("Second")
    repo.git("checkout", "--quiet", "--detach", "HEAD~")
    assert head_commit(str(repo.path)) == repo.head


def test_before_the_first_commit_there_is_none(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", commit=False)
    assert head_commit(str(repo.path)) is None


def test_a_linked_worktree_stands_at_its_own_commit(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.git("remote", "add", "origin", "git@example.org:x.git")
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = Repo(path=tmp_path / "linked")
    linked.commit("On the side")
    assert find_work_tree(str(linked.path)) == str(linked.path)
    assert head_commit(str(linked.path)) == linked.head != repo.head
    assert origin_url(str(linked.path)) == "git@example.org:x.git"


def test_a_submodule_is_a_work_tree_of_its_own(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner")
    outer = make_repo(tmp_path / "outer")
    outer.git("submodule", "--quiet", "add", str(inner.path), "libs/inner")
    (outer.path / "libs/inner/src").mkdir()
    top = find_work_tree(str(outer.path / "libs/inner/src"))
    assert top == str(outer.path / "libs/inner")
    assert head_commit(top) == inner.head
    assert origin_url(top) == inner.path.as_uri()


@pytest.mark.parametrize("option", ["--object-format=sha256", "--ref-format=reftable"])
def test_other_formats_are_read_or_left_alone(tmp_path: Path, option: str) -> None:
    try:
        repo = make_repo(tmp_path / "repo", options=(option,))
    except GitFailed:
        pytest.skip(f"this Git does not know {option}")
    assert head_commit(str(repo.path)) == (None if "reftable" in option else repo.head)


def test_a_link_to_a_folder_leads_to_its_work_tree(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", files={"src/a.py": ""})
    (tmp_path / "link").symlink_to(repo.path / "src")
    assert find_work_tree(str(tmp_path / "link")) == str(repo.path)


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({}, "nowhere"),
        ({".git": "gitdir: ../elsewhere\n"}, "."),
        ({".git": "what is this\n"}, "."),
        ({".git/config": ""}, "."),
    ],
)
def test_what_is_no_repository_has_no_work_tree(tmp_path: Path, files: dict[str, str], folder: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert find_work_tree(str(tmp_path / folder)) is None
    assert head_commit(str(tmp_path)) is None
    assert origin_url(str(tmp_path)) is None


@pytest.mark.parametrize(
    "head", ["", "ref: ", "ref: ../../secret", "ref: refs/heads/gone", "0123", "x" * 40, "\xff"]
)
def test_an_odd_head_is_no_commit(tmp_path: Path, head: str) -> None:
    repo = make_repo(tmp_path / "repo")
    (repo.path / ".git/HEAD").write_text(head, encoding="latin-1")
    (tmp_path / "secret").write_text("a" * 40)
    assert head_commit(str(repo.path)) is None


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ('[remote "origin"]\n\turl = https://example.org/x.git\n', "https://example.org/x.git"),
        ('[Remote "origin"]\nURL="https://example.org/x y.git"\n', "https://example.org/x y.git"),
        ('[remote "origin"] ; main\n  fetch = +refs/*\n  url=a\n[remote "other"]\n url = b\n', "a"),
        ('[remote "upstream"]\n\turl = b\n', None),
        ("", None),
    ],
)
def test_the_origin_is_read_as_git_reads_it(tmp_path: Path, config: str, url: str | None) -> None:
    repo = make_repo(tmp_path / "repo", commit=False)
    (repo.path / ".git/config").write_text("[core]\n\trepositoryformatversion = 0\n" + config)
    assert origin_url(str(repo.path)) == url
    assert repo.run("config", "remote.origin.url").stdout.strip() == (url or "")


@pytest.mark.parametrize("notation", ["{}", "{}/", "../my remote", "../repo/../my remote"])
def test_a_local_origin_is_a_url_that_git_clones_whatever_its_notation(tmp_path: Path, notation: str) -> None:
    remote = make_repo(tmp_path / "my remote")
    repo = make_repo(tmp_path / "repo")
    repo.git("remote", "add", "origin", notation.format(remote.path))
    url = origin_url(str(repo.path))
    assert url == remote.path.as_uri()
    repo.git("clone", "--quiet", url, str(tmp_path / "clone"))
    assert Repo(path=tmp_path / "clone").head == remote.head


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("file", ["HEAD", "config", "packed-refs"])
def test_a_pipe_in_place_of_a_file_of_git_is_not_waited_on(tmp_path: Path, file: str) -> None:
    repo = make_repo(tmp_path / "repo")
    repo.git("pack-refs", "--all", "--prune")
    (repo.path / ".git" / file).unlink(missing_ok=True)
    os.mkfifo(repo.path / ".git" / file)
    assert find_work_tree(str(repo.path)) == str(repo.path.resolve())
    answers = head_commit(str(repo.path)), origin_url(str(repo.path))
    assert None in answers


def test_a_reference_with_a_null_in_it_is_none(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    (repo.path / ".git/HEAD").write_text("ref: refs/heads/\0")
    assert head_commit(str(repo.path)) is None
