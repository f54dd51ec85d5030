"""Objects are looked up and read by the dozen, and whatever a name holds, none gets another one's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.store.objects import commits_at, read_blobs

if TYPE_CHECKING:
    from envgit.store.git import Git
    from tests.builders import Repo

_ODD = ("line\nbreak", "no such", "x commit 5", "HEAD..HEAD", "^HEAD", "HEAD:train.py", "HEAD^{tree}", "")


def test_names_of_no_commit_are_left_out_and_the_others_keep_theirs(repo: Repo, git: Git) -> None:
    assert commits_at(git, [*_ODD, "HEAD", *_ODD, "main"]) == {"HEAD": repo.head, "main": repo.head}


def test_a_revision_that_git_dies_of_leads_to_no_commit(repo: Repo, git: Git) -> None:
    assert commits_at(git, ["HEAD@{99}"]) == {}


def test_files_come_as_they_are_and_folders_and_absent_ones_do_not(repo: Repo, git: Git) -> None:
    contents = {"empty": "", "lines": "a\n\nb blob 3\n", "folder/none missing": "\n"}
    repo.commit(files=contents)
    names = [f"HEAD:{name}" for name in ("folder", "gone missing", *contents, "line\nbreak")]
    assert read_blobs(git, names) == {f"HEAD:{name}": text.encode() for name, text in contents.items()}
