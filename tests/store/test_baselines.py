"""Baselines are annotated tags that say what they stand for."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from envgit.errors import Conflict, InvalidName, UnknownRevision
from envgit.store.baselines import create_baseline, delete_baseline, messages, tags_by_commit
from envgit.store.git import GitFailed
from tests.store.records import git_of, record

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.store.git import Git
    from tests.builders import Repo


def test_baseline_is_an_annotated_tag_with_its_message(repo: Repo, git: Git) -> None:
    commit = record(git).commit
    ref = create_baseline(git, "paper-v1", commit, message="# The paper\n\nTables 1 to 4\n")
    assert ref == "refs/tags/env/paper-v1"
    assert repo.git("cat-file", "-t", ref) == "tag"
    assert repo.git("for-each-ref", "--format=%(contents)", ref).rstrip() == "# The paper\n\nTables 1 to 4"


def test_names_and_messages_are_listed_by_what_they_name(git: Git) -> None:
    one = record(git, "1.0", light_tag="refs/tags/env/auto/2026-01-01-abcdef01").commit
    two = record(git, "2.0").commit
    for name, commit in (("b", one), ("a/b", one), ("c", two)):
        create_baseline(git, name, commit, message=f"About {name}\n\nMore.")
    assert tags_by_commit(git) == {one: ("a/b", "auto/2026-01-01-abcdef01", "b"), two: ("c",)}
    assert tags_by_commit(git, automatic=False) == {one: ("a/b", "b"), two: ("c",)}
    assert messages(git) == {
        "a/b": "About a/b",
        "auto/2026-01-01-abcdef01": "six 1.0",
        "b": "About b",
        "c": "About c",
    }


@pytest.mark.parametrize(
    "text", ["-----BEGIN PGP SIGNATURE-----", "caf\udce9", "日本語 🎉", "tab\there", "%(refname)"]
)
def test_any_text_can_be_the_message_of_a_baseline(git: Git, text: str) -> None:
    create_baseline(git, "a", record(git).commit, message=text)
    record(git, "2.0", baseline="b")
    assert set(messages(git)) == {"a", "b"}


def test_baseline_that_exists_is_a_conflict_and_stays(repo: Repo, git: Git) -> None:
    create_baseline(git, "paper-v1", record(git, "1.0").commit, message="First")
    before = repo.refs()
    with pytest.raises(Conflict, match=r"\Abaseline paper-v1 exists\Z"):
        create_baseline(git, "paper-v1", record(git, "1.0").commit, message="Second")
    assert repo.refs("refs/tags") == {ref: oid for ref, oid in before.items() if "tags" in ref}


def test_baseline_that_would_be_a_folder_of_another_is_a_conflict(git: Git) -> None:
    commit = record(git).commit
    create_baseline(git, "paper/v1", commit, message="First")
    with pytest.raises(Conflict) as caught:
        create_baseline(git, "paper", commit, message="Second")
    assert caught.value.message == "tag env/paper/v1 is in the way of tag env/paper"
    assert caught.value.hint == "choose another name"


@pytest.mark.parametrize("setting", ["tag.gpgSign", "tag.forceSignAnnotated"])
def test_baseline_is_not_signed_unless_asked_for(repo: Repo, git: Git, setting: str) -> None:
    repo.git("config", setting, "true")
    repo.git("config", "gpg.program", "false")
    commit = record(git).commit
    create_baseline(git, "paper-v1", commit, message="Unsigned")
    with pytest.raises(GitFailed, match="gpg failed to sign"):
        create_baseline(git, "paper-v2", commit, message="Signed", sign=True)
    assert list(messages(git)) == ["paper-v1"]


def test_signed_baseline_is_verified_by_git(repo: Repo, git: Git, tmp_path: Path) -> None:
    key = tmp_path / "key"
    made = subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip(f"ssh-keygen makes no key here: {made.stderr.decode()}")
    (tmp_path / "signers").write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingKey", str(key))
    repo.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "signers"))
    ref = create_baseline(git, "paper-v1", record(git).commit, message="Signed", sign=True)
    repo.git("verify-tag", ref.removeprefix("refs/tags/"))


def test_deleted_baseline_leaves_its_snapshot(repo: Repo, git: Git) -> None:
    commit = record(git, baseline="paper-v1").commit
    assert delete_baseline(git, "env/paper-v1") == commit
    assert repo.refs() == {"refs/heads/main": repo.head, "refs/heads/envgit/default": commit}


def test_baseline_that_is_not_there_cannot_be_deleted(git: Git) -> None:
    record(git)
    with pytest.raises(UnknownRevision) as caught:
        delete_baseline(git, "paper-v1")
    assert (caught.value.message, caught.value.hint) == ("no baseline 'paper-v1'", "envgit tag --list")


@pytest.mark.parametrize("target", ["HEAD", "HEAD^{tree}", "HEAD:train.py"])
def test_tag_on_something_else_is_not_deleted_and_what_would_is_said(
    repo: Repo, git: Git, target: str
) -> None:
    record(git)
    repo.git("tag", "env/other", target)
    with pytest.raises(UnknownRevision) as caught:
        delete_baseline(git, "other")
    assert caught.value.message == "tag env/other is no baseline: it names no snapshot"
    assert caught.value.hint == "git tag --delete env/other"
    repo.git(*caught.value.hint.split()[1:])


def test_baseline_can_be_made_by_who_has_told_git_no_name(
    repo: Repo, git: Git, sealed_environment: Path
) -> None:
    (sealed_environment / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    ref = create_baseline(git_of(repo), "paper-v1", record(git).commit, message="First")
    assert repo.git("for-each-ref", "--format=%(taggername) %(taggeremail)", ref) == (
        "envgit <envgit@localhost>"
    )
    repo.git("fsck", "--strict")


def test_automatic_tags_are_not_the_users_to_make_or_delete(repo: Repo, git: Git) -> None:
    commit = record(git, light_tag="refs/tags/env/auto/x").commit
    with pytest.raises(InvalidName):
        delete_baseline(git, "auto/x")
    with pytest.raises(InvalidName):
        create_baseline(git, "auto/y", commit, message="Mine")
    assert list(repo.refs("refs/tags")) == ["refs/tags/env/auto/x"]
