"""Ranges of code commits are compared by what was recorded with them, also where a forge checks them out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from envgit.errors import NoStore, UnknownRevision, UsageError
from envgit.operations.diff import diff
from envgit.operations.ranges import Range, range_of
from tests.builders import Repo, make_repo, run_cli
from tests.operations.team import at
from tests.store.records import git_of, record

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.operations.diff import Comparison


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Main at six 1.0 then 1.5; a feature which left it at 1.0, at 2.0 then 3.0."""
    repo = make_repo(tmp_path / "repo")
    git = git_of(repo)
    record(git, "1.0", code=repo.head, baseline="paper-v1")
    repo.git("checkout", "--quiet", "-b", "feature")
    record(git, "2.0", code=repo.commit("Two", files={"two.py": "2\n"}))
    record(git, "3.0", code=repo.commit("Three", files={"three.py": "3\n"}))
    repo.git("checkout", "--quiet", "main")
    record(git, "1.5", code=repo.commit("Main goes on", files={"main.py": "1\n"}))
    repo.git("checkout", "--quiet", "feature")
    return repo


def forge_clone(repo: Repo, path: Path, *options: str) -> Repo:
    """A checkout as a forge makes it for a review: detached, at a merge of the target and the branch."""
    repo.git("checkout", "--quiet", "--detach", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "feature")
    repo.git("update-ref", "refs/pull/7/merge", "HEAD")
    repo.git("checkout", "--quiet", "main")
    clone = make_repo(path, commit=False, files={})
    clone.git("remote", "add", "origin", f"file://{repo.path}")
    clone.git("fetch", "--quiet", *options, "origin", "refs/pull/7/merge")
    clone.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    return clone


def stepped(comparison: Comparison) -> str:
    """Both versions of six, old and new."""
    ends = comparison.before, comparison.after
    return " → ".join(end.snapshot.environment.distributions[0].version for end in ends)


def test_a_range_is_what_git_takes_it_for(repo: Repo) -> None:
    expected = {
        "main..feature": "1.5 → 3.0",
        "main..": "1.5 → 3.0",
        "..main": "3.0 → 1.5",
        "main...feature": "1.0 → 3.0",
        "main...": "1.0 → 3.0",
        "...main": "1.0 → 1.5",
        "paper-v1..HEAD": "1.0 → 3.0",
        "env/paper-v1...main": "1.0 → 1.5",
        "feature~1..feature": "2.0 → 3.0",
    }
    assert {word: stepped(diff(at(repo), word)) for word in expected} == expected


def test_where_a_range_begins_at_the_fork_the_label_says_so(repo: Repo) -> None:
    fork = repo.git("merge-base", "main", "feature")
    found = diff(at(repo), "main...feature")
    assert (found.before.label, found.after.label) == (f"fork at {fork[:12]}", "feature")


@pytest.mark.parametrize("word", ["../environment.yml", "./a..b", "/a..b", "~/a..b", "main", "v1.0", ""])
def test_a_path_or_a_name_is_no_range(word: str) -> None:
    assert range_of(word) is None


def test_a_file_whose_name_holds_dots_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a..b.yml").touch()
    assert range_of("a..b.yml") is None
    assert range_of("a..b") == Range(before="a", after="b", from_fork=False)


def test_a_file_can_be_the_end_of_a_range(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo.path / "theirs.txt").write_text("six==9.0\n")
    monkeypatch.chdir(repo.path)
    assert stepped(diff(at(repo), "main..theirs.txt")) == "1.5 → 9.0"


def test_a_range_and_another_end_are_too_many(repo: Repo) -> None:
    with pytest.raises(UsageError) as caught:
        diff(at(repo), "main..feature", "live")
    assert caught.value.message == "main..feature is a range: it says both ends"


def test_an_end_without_a_snapshot_is_stood_in_for_by_its_nearest_ancestor(repo: Repo) -> None:
    recorded = repo.head
    later = repo.commit("Not recorded", files={"four.py": "4\n"})
    found = diff(at(repo), "main..feature")
    assert stepped(found) == "1.5 → 3.0"
    assert found.after.note == (
        f"feature ({later[:12]}) has no snapshot; its nearest recorded ancestor is {recorded[:12]}"
    )


def test_a_forge_s_merge_commit_is_told_by_the_branch_and_not_by_the_target(
    repo: Repo, tmp_path: Path
) -> None:
    feature = repo.git("rev-parse", "feature")
    clone = forge_clone(repo, tmp_path / "clone")
    clone.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")

    for word in ("main...HEAD", "origin/main...HEAD", "main...", "origin/main..HEAD"):
        found = diff(at(clone), word)
        assert stepped(found) == "1.5 → 3.0", word
        head = f"HEAD ({clone.head[:12]}) has no snapshot"
        assert found.notes == [f"{head}; its nearest recorded ancestor is {feature[:12]}"]


@pytest.mark.parametrize("word", ["main...HEAD", "origin/main~0...HEAD"])
def test_a_shallow_checkout_is_told_what_to_fetch_until_it_works(
    repo: Repo, tmp_path: Path, word: str
) -> None:
    clone = forge_clone(repo, tmp_path / "clone", "--depth=1")

    with pytest.raises(NoStore) as unfetched:
        diff(at(clone), word)
    run_hint(clone, unfetched.value.hint.partition(" if they")[0])
    with pytest.raises(UnknownRevision) as unknown:
        diff(at(clone), word)
    assert "main" in unknown.value.message
    run_hint(clone, unknown.value.hint)

    assert stepped(diff(at(clone), word)) == "1.5 → 3.0"


def test_a_merge_base_beyond_the_depth_of_a_clone_is_an_error_that_says_so(
    repo: Repo, tmp_path: Path
) -> None:
    path = tmp_path / "clone"
    repo.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repo.path}", str(path))
    clone = Repo(path=path)

    with pytest.raises(UnknownRevision) as caught:
        diff(at(clone), "main...HEAD")
    assert caught.value.message == (
        "there is no merge base of main and HEAD: this clone was cut off at a depth"
    )
    run_hint(clone, caught.value.hint)
    assert stepped(diff(at(clone), "main...HEAD")) == "1.0 → 3.0"


def test_code_without_a_common_history_is_an_error_with_the_range_that_works(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--orphan", "other")
    record(git_of(repo), "4.0", code=repo.commit("Anew"))
    with pytest.raises(UnknownRevision) as caught:
        diff(at(repo), "main...other")
    assert caught.value.message == "there is no merge base of main and other: they have no history in common"
    assert caught.value.hint == "envgit diff main..other"
    assert stepped(diff(at(repo), "main..other")) == "1.5 → 4.0"


def test_an_end_that_means_nothing_is_named(repo: Repo) -> None:
    for word in ("nowhere...HEAD", "nowhere..HEAD"):
        with pytest.raises(UnknownRevision, match="'nowhere' is no "):
            diff(at(repo), word)


def test_a_branch_that_two_remotes_have_is_nobody_s(repo: Repo, tmp_path: Path) -> None:
    clone = forge_clone(repo, tmp_path / "clone")
    clone.git("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
    clone.git("update-ref", "refs/remotes/fork/main", "origin/feature")
    with pytest.raises(UnknownRevision, match="'main' is no "):
        diff(at(clone), "main...HEAD")


def test_a_file_has_no_fork(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo.path / "theirs.txt").write_text("six==9.0\n")
    monkeypatch.chdir(repo.path)
    with pytest.raises(UnknownRevision) as caught:
        diff(at(repo), "theirs.txt...HEAD")
    assert caught.value.hint == "A..B compares what has no history, too"
    assert stepped(diff(at(repo), "theirs.txt..HEAD")) == "9.0 → 3.0"


def test_a_review_fails_on_what_its_policy_names_and_says_why(repo: Repo) -> None:
    def ran(*options: str) -> tuple[int, str]:
        done = run_cli("diff", "--format", "json", *options, "main...HEAD", cwd=repo.path)
        assert json.loads(done.stdout)["changes"][0]["magnitude"] == "major"
        return done.code, done.stderr

    assert ran() == (0, "")
    assert ran("--exit-code") == (12, "")
    assert ran("--fail-on", "blas", "--fail-on", "python") == (0, "")
    assert ran("--fail-on", "blas", "--fail-on", "major") == (
        12,
        "breach of --fail-on major: six 1.0 → 3.0\n",
    )
    assert ran("--fail-on", "any")[0] == 12


def test_a_policy_that_is_none_is_told_with_those_that_are(repo: Repo) -> None:
    done = run_cli("diff", "--fail-on", "everything", cwd=repo.path)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "Error: --fail-on everything: no such policy\nHint: one of any, major, python"
    )


def run_hint(clone: Repo, command: str) -> None:
    """Do what a hint says, as somebody pastes it."""
    assert command.startswith("git fetch ")
    clone.git(*command.replace("'", "").split()[1:])
