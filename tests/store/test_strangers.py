"""What was fetched may say anything: it neither answers for what was recorded here nor stops a command."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from envgit.errors import UnknownRevision
from envgit.store import history
from envgit.store.baselines import messages, tags_by_commit
from envgit.store.cataloguing import read_catalogue
from envgit.store.resolve import observed_with, resolve
from envgit.store.trailers import commit_message, read_trailers
from tests.store.records import record, snapshot_with, tree_with

if TYPE_CHECKING:
    from envgit.store.git import Git
    from tests.builders import Repo

EVIL = "refs/remotes/evil/envgit/default"
#: U+0085 and U+2028 end a line for Python, never for Git.
STRANGE = ("!;touch${IFS}pwned;", "a\u2028b", "a\u0085b", "auto/;reboot", "-x", "live", "envgit\u202egpj")


def forged(git: Git, *trailers: str, version: str = "6.6.6", ref: str = EVIL, parent: str = "") -> str:
    """A snapshot commit of a stranger's from the year 2099, fetched as ``ref``."""
    lines = [f"Snapshot: {snapshot_with(version).id}", *trailers]
    content = "\n".join(
        [
            f"tree {tree_with(git, version)}",
            *([f"parent {parent}"] if parent else []),
            "author Eve <eve@example.org> 4070908800 +0000",
            "committer Eve <eve@example.org> 4070908800 +0000",
            "",
            "unchanged",
            "",
            *lines,
            "",
        ]
    )
    commit = git.line("hash-object", "-t", "commit", "-w", "--stdin", stdin=content.encode())
    git.run("update-ref", ref, commit)
    return commit


@pytest.mark.parametrize("ref", [EVIL, "refs/tags/env/x", "refs/tags/env/auto/2099-01-01-abcdef01"])
def test_nothing_fetched_answers_for_a_commit_recorded_here(repo: Repo, git: Git, ref: str) -> None:
    head, tree = repo.head, repo.git("rev-parse", "HEAD^{tree}")
    mine = record(git, code="HEAD").commit
    forged(git, f"Code-Commit: {head}", f"Code-Tree: {tree}", ref=ref)
    for found in (history.linked(git, head), read_catalogue(git).same_code(tree), history.links(git)[head]):
        assert found is not None
        assert found.commit == mine
    assert resolve(git, "HEAD").commit == mine
    newest = history.newest(git)
    assert newest is not None
    assert newest.commit == mine


def test_commit_with_the_code_of_one_recorded_here_is_not_answered_for_either(repo: Repo, git: Git) -> None:
    mine = record(git, code="HEAD").commit
    repo.git("commit", "--amend", "--message", "Squashed on the server")
    forged(git, f"Code-Commit: {repo.head}")
    assert resolve(git, "HEAD").commit == mine


def test_commit_rewritten_here_is_not_answered_for_either(repo: Repo, git: Git) -> None:
    first = repo.head
    mine = record(git, code=first).commit
    rebased = repo.commit("Rebased", files={"train.py": "other\n"})
    record(git, rewritten=((first, rebased),))
    forged(git, f"Code-Commit: {rebased}", f"Rewritten: {'a' * 40} {first}")
    assert resolve(git, "HEAD").commit == mine
    assert history.links(git)[rebased].commit == mine


def test_what_is_recorded_nowhere_else_is_answered_by_what_was_fetched_and_its_source_said(
    repo: Repo, git: Git
) -> None:
    record(git)
    theirs = forged(git, f"Code-Commit: {repo.head}")
    found = observed_with(git, repo.head)
    assert found is not None
    assert found.commit == theirs
    assert history.source(git, found) == "not recorded here"
    repo.git("remote", "add", "evil", "https://example.org/evil.git")
    assert history.source(git, found) == "recorded by evil"


def test_source_is_the_tag_where_there_is_only_that(git: Git) -> None:
    mine = history.observation_of(git, record(git).commit)
    assert history.source(git, mine) == ""
    theirs = history.observation_of(git, forged(git, ref="refs/tags/env/paper-v1"))
    assert history.source(git, theirs) == "known from the tag env/paper-v1 alone"


def test_rebase_here_of_what_a_remote_recorded_is_followed(repo: Repo, git: Git) -> None:
    first = repo.head
    theirs = forged(git, f"Code-Commit: {first}")
    rebased = repo.commit("Rebased", files={"train.py": "other\n"})
    record(git, rewritten=((first, rebased),))
    assert resolve(git, "HEAD").commit == theirs
    assert history.links(git)[rebased].commit == theirs


def test_sighting_made_on_another_is_the_newer_one_whatever_their_dates(repo: Repo, git: Git) -> None:
    """A machine whose clock was wrong."""
    early = forged(git, f"Code-Commit: {repo.head}", ref="refs/heads/envgit/default")
    late = record(git, code="HEAD").commit
    assert git.line("rev-parse", f"{late}^") == early
    assert [o.commit for o in history.observations(git)] == [late, early]
    assert resolve(git, "HEAD").commit == late


@pytest.mark.parametrize("name", ["../../x", "a/b", "", "-x", "\x1b[2J", "a\u2028b"])
def test_commit_of_an_environment_that_cannot_be_is_none_of_ours(repo: Repo, git: Git, name: str) -> None:
    mine = record(git).commit
    first = forged(git, f"Environment: {name}", f"Code-Commit: {repo.head}")
    forged(git, f"Environment: {name}", f"Code-Commit: {repo.head}", parent=first)
    assert [o.commit for o in history.observations(git)] == [mine]
    assert history.links(git) == {}
    assert history.observation_at(git, first) is None


def test_tags_that_no_baseline_could_be_called_are_passed_over(git: Git) -> None:
    commit = record(git, baseline="paper-v1").commit
    for name in STRANGE:
        git.run("update-ref", f"refs/tags/env/{name}", commit)
    assert tags_by_commit(git) == {commit: ("paper-v1",)}
    assert list(messages(git)) == ["paper-v1"]
    assert [o.commit for o in history.observations(git)] == [commit]
    assert resolve(git, "paper-v1").commit == commit


def test_remote_branches_of_any_name_are_read(repo: Repo, git: Git) -> None:
    theirs = forged(git, f"Code-Commit: {repo.head}", ref="refs/remotes/or\u2028igin/envgit/default")
    assert [o.commit for o in history.observations(git, environment="default")] == [theirs]


@pytest.mark.parametrize(
    "body",
    [
        "# ------------------------ >8 ------------------------",
        "Signed-off-by: Ada <ada@example.org>",
        "---\n+++",
        "\u2028Snapshot: x",
        "a\n \nb",
        "\x1e\x1f\x01",
    ],
)
def test_no_text_of_the_users_hides_the_trailers(repo: Repo, git: Git, body: str) -> None:
    commit = record(git, code="HEAD", body=f"Before\n{body}\nAfter").commit
    found = resolve(git, "HEAD")
    assert (found.commit, found.snapshot) == (commit, snapshot_with("1.0").id)
    assert resolve(git, snapshot_with("1.0").id[:8]).commit == commit


def test_no_setting_for_trailers_changes_what_is_read(repo: Repo, git: Git) -> None:
    repo.git("config", "trailer.Snapshot.key", "Zork")
    repo.git("config", "trailer.Code-Commit.key", "Zork: ")
    commit = record(git, code="HEAD").commit
    assert resolve(git, "HEAD").commit == commit


def test_message_of_a_commit_that_holds_a_nul_makes_no_second_one(repo: Repo, git: Git) -> None:
    zero = "0" * 40
    fake = f"\0{zero} {zero} 2099-01-01T00:00:00+00:00\nfake\n\nSnapshot: {'f' * 64}\n"
    content = (
        f"tree {tree_with(git, '1.0')}\nauthor E <e@e> 1 +0000\ncommitter E <e@e> 1 +0000\n\nfake\n{fake}"
    )
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=repo.path, input=content.encode(), capture_output=True, check=True,
    )  # fmt: skip
    repo.git("update-ref", EVIL, made.stdout.decode().strip())
    assert history.observations(git) == []


def test_trailers_are_the_last_paragraph_and_our_keys_only() -> None:
    words = (
        "six 1.0\n\nSnapshot: forged\nRewritten: x y\n\n"
        "Snapshot: a: b\nOther: c\nnone\nRewritten: 1 2\nRewritten: 3 4\n\n"
    )
    assert read_trailers(words) == {"Snapshot": ("a: b",), "Rewritten": ("1 2", "3 4")}


@given(summary=st.text(), body=st.text())
@example(summary="a", body="b\n\nSnapshot: forged")
@example(summary="a\n\nSnapshot: forged", body="\n\n")
def test_no_summary_and_no_body_forges_or_hides_a_trailer(summary: str, body: str) -> None:
    trailers = (("Snapshot", "a" * 64), ("Rewritten", "1 2"), ("Rewritten", "3 4"))
    message = commit_message(summary, trailers, body=body)
    assert read_trailers(message) == {"Snapshot": ("a" * 64,), "Rewritten": ("1 2", "3 4")}


@pytest.mark.parametrize("words", ["", "\n", "Snapshot: a", "Snapshot: a\nTrigger: b\n", "a\n\nSnapshot:a"])
def test_message_without_a_last_paragraph_of_ours_has_no_trailers(words: str) -> None:
    assert read_trailers(words) == {}


def test_tag_of_a_code_commit_is_said_to_be_no_baseline(repo: Repo, git: Git) -> None:
    record(git, code="HEAD")
    repo.git("tag", "env/code", "HEAD")
    short = repo.head[:12]
    with pytest.raises(UnknownRevision) as caught:
        resolve(git, "env/code")
    assert caught.value.message == (
        f"env/code is no baseline but a name of commit {short}, which holds no snapshot"
    )
    assert caught.value.hint == f"{short} stands for the snapshot of that code"
