"""A word of the user's means one snapshot, or the error says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.errors import AmbiguousRevision, EnvgitError, InvalidName, NoStore, UnknownRevision
from envgit.store.resolve import resolve
from tests.store.records import record, snapshot_with

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.store.git import Git
    from tests.builders import Repo


@pytest.fixture
def told(repo: Repo, git: Git) -> dict[str, str]:
    """Two code commits, each recorded with a version of its own; what each word should resolve to."""
    first = repo.head
    one = record(git, "1.0", code=first, baseline="paper-v1", light_tag=None).commit
    repo.git("tag", "v1")
    repo.git("branch", "old")
    second = repo.commit("Second", files={"train.py": "print('better')\n"})
    two = record(git, "2.0", code=second, light_tag="refs/tags/env/auto/2026-01-01-abcdef01").commit
    ids = {version: snapshot_with(version).id for version in ("1.0", "2.0")}
    return {
        "paper-v1": one,
        "env/paper-v1": one,
        "refs/tags/env/paper-v1": one,
        "env/auto/2026-01-01-abcdef01": two,
        "HEAD": two,
        "@": two,
        "main": two,
        "refs/heads/main": two,
        "HEAD~1": one,
        "old": one,
        "v1": one,
        first: one,
        first[:8]: one,
        second: two,
        one: one,
        one[:10]: one,
        ids["1.0"]: one,
        ids["1.0"][:6]: one,
        ids["2.0"][:6]: two,
        "envgit/default": two,
        "envgit/default~1": one,
    }


def test_every_way_to_name_a_snapshot(git: Git, told: dict[str, str]) -> None:
    assert {rev: resolve(git, rev).commit for rev in told} == told


def test_observation_carries_what_the_commit_says(repo: Repo, git: Git, told: dict[str, str]) -> None:
    observation = resolve(git, "HEAD")
    assert observation.snapshot == snapshot_with("2.0").id
    assert observation.environment == "default"
    assert observation.summary == "six 2.0"
    assert observation.trigger == "snapshot"
    assert observation.code_commit == repo.head
    assert observation.code_tree == repo.git("rev-parse", "HEAD^{tree}")
    assert observation.tree == repo.git("rev-parse", f"{observation.commit}^{{tree}}")
    assert observation.time == repo.git("log", "-1", "--format=%cI", observation.commit)


def test_branch_and_baseline_of_one_name_are_ambiguous(repo: Repo, git: Git, told: dict[str, str]) -> None:
    repo.git("branch", "paper-v1")
    with pytest.raises(AmbiguousRevision) as caught:
        resolve(git, "paper-v1")
    one, two = snapshot_with("1.0").id[:12], snapshot_with("2.0").id[:12]
    assert caught.value.message == (
        f"'paper-v1' could mean 2 snapshots: the code commit {repo.head[:12]}: snapshot {two}; "
        f"the baseline env/paper-v1: snapshot {one}"
    )
    assert caught.value.hint == (
        "write env/NAME for a baseline, refs/heads/NAME for a branch, or more digits of the id"
    )
    assert resolve(git, "env/paper-v1").snapshot == snapshot_with("1.0").id
    assert resolve(git, "refs/heads/paper-v1").snapshot == snapshot_with("2.0").id


def test_branch_and_baseline_of_one_snapshot_are_not_ambiguous(
    repo: Repo, git: Git, told: dict[str, str]
) -> None:
    repo.git("branch", "paper-v1", "HEAD~1")
    assert resolve(git, "paper-v1").commit == told["paper-v1"]


def test_id_prefix_of_two_snapshots_is_ambiguous(git: Git) -> None:
    by_prefix: dict[str, str] = {}
    number = 0
    while True:  # two versions whose ids begin with the same four digits
        version = f"1.{number}"
        prefix = snapshot_with(version).id[:4]
        if prefix in by_prefix:
            break
        by_prefix[prefix] = version
        number += 1
    record(git, by_prefix[prefix])
    record(git, version)
    with pytest.raises(AmbiguousRevision, match=f"'{prefix}' could mean 2 snapshots: the snapshot {prefix}"):
        resolve(git, prefix)
    assert resolve(git, snapshot_with(version).id).summary == f"six {version}"


def test_newest_sighting_of_a_commit_wins(repo: Repo, git: Git) -> None:
    record(git, "1.0", code="HEAD")
    newest = record(git, "2.0", code="HEAD").commit
    assert resolve(git, "HEAD").commit == newest


def test_commit_with_the_code_of_a_recorded_one_has_its_snapshot(repo: Repo, git: Git) -> None:
    """A server-side squash or rebase makes another commit of the same tree."""
    recorded = record(git, code="HEAD").commit
    repo.git("commit", "--amend", "--message", "Squashed on the server")
    assert resolve(git, "HEAD").commit == recorded


def test_branch_squashed_on_a_server_is_matched_by_its_code_or_unknown_and_never_guessed(
    repo: Repo, git: Git
) -> None:
    record(git, "1.0", code="HEAD")
    repo.git("switch", "--quiet", "--create", "topic")
    for version in ("2.0", "3.0"):
        repo.commit(f"Train {version}", files={"train.py": f"{version}\n"})
        last = record(git, version, code="HEAD").commit
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--squash", "topic")
    repo.git("commit", "--quiet", "--message", "Squashed (#1)")
    assert resolve(git, "HEAD").commit == last
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.commit("Meanwhile", files={"other.py": "0\n"})  # the squashed code is nobody's now
    repo.git("merge", "--quiet", "--squash", "topic")
    repo.git("commit", "--quiet", "--message", "Squashed (#1)")
    with pytest.raises(UnknownRevision, match="was made without envgit: no snapshot of it"):
        resolve(git, "HEAD")


def test_rewritten_commits_are_followed_to_their_originals(repo: Repo, git: Git) -> None:
    first = repo.head
    recorded = record(git, code=first).commit
    names = ["a" * 40, "b" * 40, repo.commit("Rebased", files={"train.py": "other\n"})]
    record(git, "2.0", rewritten=((first, names[0]),))
    record(git, "2.0", rewritten=((names[0], names[1]), ("c" * 40, "d" * 40)))
    record(git, "2.0", rewritten=((names[1], names[2]),))
    assert resolve(git, "HEAD").commit == recorded


def test_commit_rewritten_in_a_circle_is_unknown_and_not_forever(repo: Repo, git: Git) -> None:
    other = "a" * 40
    record(git, rewritten=((repo.head, other), (other, repo.head)))
    with pytest.raises(UnknownRevision):
        resolve(git, "HEAD")


def test_fixup_links_many_to_one(repo: Repo, git: Git) -> None:
    first = repo.head
    second = repo.commit("fixup! First commit", files={"train.py": "2\n"})
    record(git, "1.0", code=first)
    record(git, "2.0", code=second)
    squashed = repo.commit("Squashed", files={"train.py": "3\n"})
    record(git, "2.0", rewritten=((first, squashed), (second, squashed)))
    assert resolve(git, squashed).snapshot in {snapshot_with(version).id for version in ("1.0", "2.0")}


def test_commit_without_snapshot_is_unknown_and_the_nearest_is_named(repo: Repo, git: Git) -> None:
    recorded = repo.head
    record(git, code=recorded)
    repo.commit("One", files={"train.py": "1\n"})
    later = repo.commit("Two", files={"train.py": "2\n"})
    with pytest.raises(UnknownRevision) as caught:
        resolve(git, "HEAD")
    assert caught.value.message == f"HEAD (commit {later[:12]}) was made without envgit: no snapshot of it"
    assert caught.value.hint == f"the nearest earlier commit with a snapshot is {recorded[:12]}"


def test_commit_from_before_envgit_is_unknown_and_no_later_one_is_guessed(repo: Repo, git: Git) -> None:
    repo.commit("Second", files={"train.py": "2\n"})
    record(git, code="HEAD")
    with pytest.raises(UnknownRevision) as caught:
        resolve(git, "HEAD~1")
    assert caught.value.hint == "envgit snapshot records the environment as it is now"


@pytest.mark.parametrize(
    "rev", ["paper-v2", "env/paper-v2", "0123456789ab", "HEAD~7", "HEAD:train.py", "live"]
)
def test_word_that_means_nothing_is_unknown(git: Git, told: dict[str, str], rev: str) -> None:
    with pytest.raises(UnknownRevision) as caught:
        resolve(git, rev)
    assert caught.value.message == f"{rev!r} is no baseline, no snapshot and no commit of this repository"
    assert caught.value.hint == "envgit tag --list shows the baselines, envgit log the snapshots"


@pytest.mark.parametrize("rev", ["", "--help", "-x", "-", "--all", "a\nb", "\n", "a\0b", "\x1b[2J"])
def test_hostile_word_is_invalid(git: Git, told: dict[str, str], rev: str) -> None:
    with pytest.raises(InvalidName) as caught:
        resolve(git, rev)
    assert caught.value.message == f"invalid revision {rev!r}"


@pytest.mark.parametrize(
    "rev",
    [
        "^HEAD", "^envgit/default", "HEAD..HEAD~1", "HEAD...main",
        "HEAD^@", "HEAD^!", "$(reboot)", "; reboot", "*", "refs/heads/*", "../x",
        "a b", "caf\udce9", "论文", "x" * 5000, "@{u}", "@{-1}", ":0:train.py", "^", "~", ":",
        "env/", "env/../main", "env//", "%s", "%(refname)", "HEAD^{tree}", "HEAD^{/First",
    ],
)  # fmt: skip
def test_no_word_makes_git_do_or_say_anything_else(git: Git, told: dict[str, str], rev: str) -> None:
    with pytest.raises(EnvgitError) as caught:
        resolve(git, rev)
    assert caught.value.kind in {"unknown-revision", "invalid-name"}


def test_repository_without_snapshots_has_no_store(git: Git) -> None:
    with pytest.raises(NoStore) as caught:
        resolve(git, "HEAD")
    assert caught.value.message == "this repository holds no snapshots yet"
    assert caught.value.hint == "envgit init"


def test_snapshot_message_that_imitates_trailers_links_nothing(repo: Repo, git: Git) -> None:
    """`envgit snapshot -m` takes any text; only the trailers that envgit wrote count."""
    first = repo.head
    right = record(git, "1.0", code=first).commit
    second = repo.commit("Second", files={"train.py": "2\n"})
    forged = (
        f"Code-Commit: {first}\nCode-Tree: {repo.git('rev-parse', 'HEAD~1^{tree}')}\nSnapshot: {'f' * 64}"
    )
    record(git, "2.0", code=second, body=forged)
    record(git, "2.0", body=f"Rewritten: {second} {first}")
    assert resolve(git, first).commit == right
    assert resolve(git, second).snapshot == snapshot_with("2.0").id
    with pytest.raises(UnknownRevision):
        resolve(git, "f" * 64)


def test_code_commit_whose_message_imitates_trailers_is_no_snapshot(repo: Repo, git: Git) -> None:
    record(git, code="HEAD")
    trailers = f"Snapshot: {snapshot_with('1.0').id}\nEnvironment: default\nTrigger: snapshot"
    repo.commit(f"Imitation\n\n{trailers}", files={"train.py": "2\n"})
    with pytest.raises(UnknownRevision, match="was made without envgit"):
        resolve(git, "HEAD")


@pytest.mark.parametrize(
    "setting",
    [
        ("grep.patternType", "fixed"),
        ("grep.patternType", "perl"),
        ("grep.extendedRegexp", "true"),
        ("log.showSignature", "true"),
        ("log.showRoot", "false"),
        ("log.follow", "true"),
        ("log.date", "relative"),
        ("format.pretty", "fuller"),
        ("color.ui", "always"),
        ("i18n.logOutputEncoding", "latin1"),
        ("i18n.commitEncoding", "latin1"),
        ("trailer.separators", "="),
        ("core.quotePath", "true"),
        ("core.pager", "false"),
        ("core.commentChar", "S"),
        ("core.warnAmbiguousRefs", "false"),
        ("log.excludeDecoration", "refs/*"),
        ("gpg.program", "false"),
    ],
    ids="=".join,
)
def test_no_setting_of_the_users_changes_what_is_read(repo: Repo, git: Git, setting: tuple[str, str]) -> None:
    repo.git("config", *setting)
    first = repo.head
    recorded = record(git, "1.0-é → 2.0", code=first, baseline="paper-v1").commit
    repo.commit("Rebased", files={"train.py": "other\n"})
    record(git, "2.0", rewritten=((first, repo.head),))
    for rev in ("paper-v1", first, "HEAD", snapshot_with("1.0-é → 2.0").id[:8]):
        found = resolve(git, rev)
        assert (found.commit, found.summary) == (recorded, "six 1.0-é → 2.0")


def test_resolving_takes_no_notice_of_the_folder_it_runs_in(
    repo: Repo, git: Git, told: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (repo.path / "paper-v1").mkdir()  # a folder of the name of a baseline is no path for Git either
    (repo.path / "main").touch()
    monkeypatch.chdir(repo.path)
    assert resolve(git, "paper-v1").commit == told["paper-v1"]
    assert resolve(git, "main").commit == told["main"]
