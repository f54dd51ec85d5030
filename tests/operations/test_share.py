"""Clones share what they recorded by way of a remote: all of it, unforced, whoever else pushes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from envgit.operations.share import pull, push
from envgit.store import history
from envgit.store.contents import read_snapshot
from envgit.store.resolve import resolve
from tests.operations.team import BRANCH, TRACKED, Team, at, everything_but_ours, outcomes, versions
from tests.store.records import git_of, record, snapshot_with

TOP = Path(__file__).resolve().parents[2]


# --- there and back ---


def test_snapshots_and_baselines_reach_a_colleagues_clone(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), code="HEAD", baseline="paper-v1", light_tag=None)
    shared = push(at(ada))
    assert outcomes(shared.pushed) == {"envgit/default": "created", "env/paper-v1": "created"}
    assert team.remote.refs() == ada.refs("refs/heads") | ada.refs("refs/tags")
    shared = pull(at(ben))
    assert outcomes(shared.fetched) == {"envgit/default": "created", "env/paper-v1": "created"}
    assert ben.refs("refs/heads") | ben.refs("refs/tags") == team.remote.refs()
    assert resolve(git_of(ben), "paper-v1").snapshot == snapshot_with("1.0").id


def test_what_is_the_same_on_both_sides_is_left_alone(team: Team) -> None:
    ada = team.clone("ada")
    record(git_of(ada), baseline="paper-v1")
    push(at(ada))
    before = ada.refs(), team.remote.refs()
    shared = push(at(ada))
    assert outcomes(shared.fetched) == outcomes(shared.pushed) == {"envgit/default": "unchanged"}
    assert outcomes(pull(at(ada)).fetched) == {"envgit/default": "unchanged"}
    assert (ada.refs(), team.remote.refs()) == before


def test_diverged_clones_both_push_and_every_record_survives_unforced(team: Team) -> None:
    team.remote.git("config", "receive.denyNonFastForwards", "true")
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0")
    push(at(ada))
    pull(at(ben))
    theirs = record(git_of(ada), "2.0").commit
    push(at(ada))
    ours = record(git_of(ben), "3.0").commit
    shared = push(at(ben))
    assert outcomes(shared.fetched) == {"envgit/default": "united"}
    assert outcomes(shared.pushed) == {"envgit/default": "forwarded"}
    assert team.remote.git("rev-parse", f"{BRANCH}^1", f"{BRANCH}^2").split() == [ours, theirs]
    assert outcomes(pull(at(ada)).fetched) == {"envgit/default": "forwarded"}
    assert sorted(versions(ada)) == sorted(versions(ben)) == ["1.0", "2.0", "3.0"]


def test_histories_without_a_common_ancestor_are_united_not_overwritten(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    theirs = record(git_of(ada), "1.0", baseline="ada-v1").commit
    ours = record(git_of(ben), "2.0", baseline="ben-v1").commit
    push(at(ada))
    push(at(ben))
    pull(at(ada))
    assert team.remote.git("rev-list", "--max-parents=0", BRANCH).split() in ([theirs, ours], [ours, theirs])
    assert sorted(versions(ada)) == sorted(versions(ben)) == ["1.0", "2.0"]
    for name, version in (("ada-v1", "1.0"), ("ben-v1", "2.0")):
        for repo in (ada, ben):
            assert resolve(git_of(repo), name).snapshot == snapshot_with(version).id


def test_every_environment_is_shared(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0")
    record(git_of(ada), "2.0", environment="gpu")
    push(at(ada))
    pull(at(ben))
    assert set(ben.refs("refs/heads/envgit")) == {BRANCH, "refs/heads/envgit/gpu"}


def test_code_index_and_work_tree_are_untouched(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0", baseline="paper-v1")
    ada.git("push", "--quiet", "origin", "main:side")
    push(at(ada))
    record(git_of(ben), "2.0")
    ben.write({"train.py": "changed\n", "new.py": "staged\n"})
    ben.git("add", "new.py")
    before = everything_but_ours(ben)
    pull(at(ben))
    push(at(ben))
    assert everything_but_ours(ben) == before
    assert not (ben.git_dir / "FETCH_HEAD").exists()


def test_other_branches_and_tags_are_never_pushed(team: Team) -> None:
    ada = team.clone("ada")
    commit = record(git_of(ada)).commit
    ada.git("branch", "private")
    ada.git("tag", "v0-draft")
    ada.git("tag", "env/on-code")  # called as a baseline, but names code that nobody may see yet
    ada.git("tag", "-m", "note", "note", commit)
    ada.git("config", "push.followTags", "true")
    push(at(ada))
    assert set(team.remote.refs()) == {"refs/heads/main", BRANCH}


def test_every_snapshot_restores_after_garbage_collection_on_both_sides(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0", baseline="paper-v1")
    record(git_of(ben), "2.0")
    push(at(ada))
    push(at(ben))
    for repo in (ada, ben, team.remote):
        repo.git("gc", "--quiet", "--prune=now")
        repo.git("fsck", "--strict")
    pull(at(ada))
    for repo in (ada, ben):
        for observation in history.observations(git_of(repo)):
            assert read_snapshot(git_of(repo), observation).id == observation.snapshot


# --- at the same time ---

PUSHER = """
import sys
from envgit.operations.share import push
from envgit.operations.workspace import open_workspace
sys.stdin.readline()
shared = push(open_workspace("."))
print([one for one in shared.refused])
"""


def test_concurrent_pushers_lose_nothing(team: Team) -> None:
    names = [f"clone{number}" for number in range(6)]
    clones = [team.clone(name) for name in names]
    for number, clone in enumerate(clones):
        record(git_of(clone), f"{number}.0", baseline=f"from-{number}")
    env = {**os.environ, "PYTHONPATH": str(TOP)}
    pushers = [
        subprocess.Popen(
            [sys.executable, "-c", PUSHER],
            cwd=clone.path,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for clone in clones
    ]
    for pusher in pushers:
        assert pusher.stdin is not None
        pusher.stdin.write("\n")
        pusher.stdin.flush()
    ended = [(*pusher.communicate(timeout=120), pusher.returncode) for pusher in pushers]
    assert ended == [("[]\n", "", 0)] * 6
    fresh = team.clone("fresh")
    pull(at(fresh))
    assert sorted(versions(fresh)) == [f"{number}.0" for number in range(6)]
    assert set(fresh.refs("refs/tags")) == {f"refs/tags/env/from-{n}" for n in range(6)}


def test_remote_that_moves_between_fetch_and_push_is_looked_at_again(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0")
    push(at(ada))
    pull(at(ben))
    theirs = record(git_of(ada), "2.0").commit
    ada.git("push", "--quiet", "origin", f"{theirs}:refs/heads/waiting")
    armed = team.folder / "armed"
    armed.touch()
    # Git keeps hooks from moving refs unless this variable is taken away.
    move = f"env -u GIT_QUARANTINE_PATH git update-ref {BRANCH} {theirs}"
    team.add_hook("pre-receive", f"[ ! -e {armed} ] || {{ rm {armed} && {move}; }}")
    ours = record(git_of(ben), "3.0").commit
    shared = push(at(ben))
    assert not armed.exists()
    assert outcomes(shared.fetched) == {"envgit/default": "united"}
    assert outcomes(shared.pushed) == {"envgit/default": "forwarded"}
    assert team.remote.git("rev-parse", f"{BRANCH}^1", f"{BRANCH}^2").split() == [ours, theirs]


def test_union_that_came_too_late_is_not_kept(team: Team) -> None:
    """What a push has to unite again is united once: the remote moves twice, and there is one union."""
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0")
    push(at(ada))
    pull(at(ben))
    record(git_of(ada), "2.0")
    push(at(ada))
    theirs = record(git_of(ada), "3.0").commit
    ada.git("push", "--quiet", "origin", f"{theirs}:refs/heads/waiting")
    armed = team.folder / "armed"
    armed.touch()
    move = f"env -u GIT_QUARANTINE_PATH git update-ref {BRANCH} {theirs}"
    team.add_hook("pre-receive", f"[ ! -e {armed} ] || {{ rm {armed} && {move}; }}")
    ours = record(git_of(ben), "4.0").commit
    assert push(at(ben)).refused == ()
    assert not armed.exists()
    assert team.remote.git("rev-parse", f"{BRANCH}^1", f"{BRANCH}^2").split() == [ours, theirs]
    assert team.remote.git("rev-list", "--count", "--merges", BRANCH) == "1"


# --- refusals ---


def test_protected_branch_is_told_in_the_remotes_words_and_the_rest_goes(team: Team) -> None:
    team.add_hook("update", 'case "$1" in refs/heads/envgit/*) echo "ask Grace first" >&2; exit 1 ;; esac')
    ada = team.clone("ada")
    record(git_of(ada), baseline="paper-v1")
    shared = push(at(ada))
    assert [(one.name, one.note) for one in shared.refused] == [
        ("envgit/default", "[remote rejected] (hook declined) (origin says: ask Grace first)")
    ]
    assert set(team.remote.refs()) == {"refs/heads/main", "refs/tags/env/paper-v1"}


def test_remote_that_declines_everything_changes_nothing(team: Team) -> None:
    team.add_hook("pre-receive", "exit 1")
    ada = team.clone("ada")
    record(git_of(ada), baseline="paper-v1")
    before = ada.refs()
    assert outcomes(push(at(ada)).refused) == {"envgit/default": "refused", "env/paper-v1": "refused"}
    assert ada.refs() == before


def test_lock_left_behind_at_the_remote_ends_in_a_warning(team: Team) -> None:
    ada = team.clone("ada")
    record(git_of(ada))
    push(at(ada))
    record(git_of(ada), "2.0")
    (team.remote.path / f"{BRANCH}.lock").touch()
    (refused,) = push(at(ada)).refused
    assert refused.name == "envgit/default"
    assert "remote rejected" in refused.note


def test_baseline_that_means_another_snapshot_there_is_left_on_both_sides(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0", baseline="paper-v1")
    record(git_of(ben), "2.0", baseline="paper-v1")
    push(at(ada))
    tags = ben.refs("refs/tags"), team.remote.refs("refs/tags")
    there, here = snapshot_with("1.0").id[:12], snapshot_with("2.0").id[:12]
    note = f"it is snapshot {there} at origin and snapshot {here} here; neither was changed"
    for share in (pull, push, pull):
        assert [(one.name, one.note) for one in share(at(ben)).refused] == [("env/paper-v1", note)]
    assert (ben.refs("refs/tags"), team.remote.refs("refs/tags")) == tags
    assert sorted(versions(ben)) == ["1.0", "2.0"]


def test_baseline_given_twice_to_one_snapshot_is_no_conflict(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    for repo in (ada, ben):
        record(git_of(repo), "1.0", baseline="paper-v1", light_tag="refs/tags/env/auto/2026-01-01-01234567")
        assert not push(at(repo)).refused
    assert not pull(at(ada)).refused


# --- what a remote calls ours ---


def test_branch_that_holds_no_snapshots_is_not_united(team: Team) -> None:
    ada = team.clone("ada")
    ours = record(git_of(ada)).commit
    theirs = team.remote.git("rev-parse", "main")
    team.remote.git("update-ref", BRANCH, theirs)
    for share in (pull, push):
        (refused,) = share(at(ada)).refused
        assert refused.note == (
            f"what origin has is left alone: commit {theirs[:12]} is no snapshot of environment default"
        )
    assert ada.refs()[BRANCH] == ours
    assert ada.refs()[TRACKED] == theirs
    assert team.remote.refs()[BRANCH] == theirs


@pytest.mark.parametrize("lie", ["environment", "id"])
def test_snapshot_that_lies_is_not_united(team: Team, lie: str) -> None:
    ada, mallory = team.clone("ada"), team.clone("mallory")
    ours = record(git_of(ada)).commit
    forged = record(git_of(mallory), "6.6.6", environment="other").commit
    if lie == "id":
        said = f"x\n\nSnapshot: {'0' * 64}\nEnvironment: default\n"
        forged = mallory.git("commit-tree", f"{forged}^{{tree}}", "-m", said)
    mallory.git("push", "--quiet", "origin", f"{forged}:{BRANCH}")
    assert outcomes(pull(at(ada)).refused) == {"envgit/default": "refused"}
    assert ada.refs()[BRANCH] == ours


def test_names_that_make_no_environment_or_baseline_stay_there(team: Team) -> None:
    ada, mallory = team.clone("ada"), team.clone("mallory")
    commit = record(git_of(mallory)).commit
    odd = (
        "refs/heads/envgit/a/b",
        "refs/heads/envgit/$(touch${IFS}x)",
        "refs/tags/env/live",
        "refs/tags/env/-x",
    )
    mallory.git("push", "--quiet", "origin", *(f"{commit}:{ref}" for ref in odd), f"{commit}:{BRANCH}")
    assert outcomes(pull(at(ada)).fetched) == {"envgit/default": "created"}
    assert not [ref for ref in ada.refs() if "touch" in ref or ref.startswith("refs/tags")]


def test_branch_of_the_users_called_like_ours_is_not_pushed(team: Team) -> None:
    ada = team.clone("ada")
    record(git_of(ada))
    ada.git("branch", "envgit/secret", "main")
    assert outcomes(push(at(ada)).refused) == {"envgit/secret": "refused"}
    assert "refs/heads/envgit/secret" not in team.remote.refs()
