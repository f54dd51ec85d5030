"""Two branches of one environment become one that holds all of both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import BadFile, Conflict
from envgit.store import history
from envgit.store.append import Entry, append, read_tip
from envgit.store.git import GitFailed
from envgit.store.trailers import ENVIRONMENT, TRIGGER, UNOBSERVED
from envgit.store.unite import adopt, unite
from tests.store.records import record, snapshot_with, tree_with

if TYPE_CHECKING:
    from envgit.store.git import Git
    from tests.builders import Repo

TOP = Path(__file__).resolve().parents[2]
BRANCH = "refs/heads/envgit/default"


def elsewhere(repo: Repo, git: Git, *versions: str, on: str | None = None) -> str:
    """Record versions as another clone would, on a commit or from the beginning; returns the last commit."""
    here = repo.refs().get(BRANCH)
    repo.git("update-ref", *(("-d", BRANCH) if on is None else (BRANCH, on)))
    for version in versions:
        record(git, version)
    theirs = repo.refs()[BRANCH]
    repo.git("update-ref", *(("-d", BRANCH) if here is None else (BRANCH, here)))
    return theirs


def dated(git: Git, seconds: int) -> Git:
    """A runner that commits at this time."""
    at = git.at(git.cwd)
    at.environ["GIT_COMMITTER_DATE"] = f"@{seconds} +0000"
    return at


def united(git: Git, theirs: str) -> str:
    return unite(git, "default", theirs, source="origin").outcome


def test_missing_branch_begins_with_theirs(repo: Repo, git: Git) -> None:
    theirs = elsewhere(repo, git, "1.0")
    assert united(git, theirs) == "created"
    assert repo.refs()[BRANCH] == theirs


def test_branch_behind_is_brought_forward_without_a_commit(repo: Repo, git: Git) -> None:
    base = record(git).commit
    theirs = elsewhere(repo, git, "2.0", "3.0", on=base)
    assert united(git, theirs) == "forwarded"
    assert repo.refs()[BRANCH] == theirs


def test_branch_that_holds_theirs_stays(repo: Repo, git: Git) -> None:
    theirs = record(git).commit
    assert united(git, theirs) == "unchanged"
    ours = record(git, "2.0").commit
    assert united(git, theirs) == "unchanged"
    assert repo.refs()[BRANCH] == ours


@pytest.mark.parametrize("related", [True, False])
def test_diverged_branches_get_one_commit_on_both(repo: Repo, git: Git, related: bool) -> None:
    base = record(git).commit
    theirs = elsewhere(repo, git, "2.0", "3.0", on=base if related else None)
    ours = record(git, "4.0").commit
    assert united(git, theirs) == "united"
    assert repo.git("rev-parse", f"{BRANCH}^@").split() == [ours, theirs]
    assert repo.git("rev-list", "--count", BRANCH) == "5"
    assert {o.commit for o in history.observations(git)} >= {base, theirs, ours}
    assert united(git, theirs) == "unchanged"


@pytest.mark.parametrize(("at", "newer"), [((100, 200), "2.0"), ((200, 100), "1.0")])
def test_union_has_the_tree_and_the_time_of_the_newer_sighting(
    repo: Repo, git: Git, at: tuple[int, int], newer: str
) -> None:
    record(dated(git, at[0]), "1.0")
    theirs = elsewhere(repo, dated(git, at[1]), "2.0")
    united(git, theirs)
    assert repo.git("rev-parse", f"{BRANCH}^{{tree}}") == tree_with(git, newer)
    assert repo.git("log", "-1", "--format=%ct %B", BRANCH).rstrip() == (
        "200 unite 1 snapshot of origin\n\n"
        f"Snapshot: {snapshot_with(newer).id}\nEnvironment: default\nTrigger: unite"
    )


def test_union_of_a_union_goes_by_what_was_seen_last(repo: Repo, git: Git) -> None:
    """The union itself came last, but saw nothing."""
    record(dated(git, 100), "1.0")
    united(git, elsewhere(repo, dated(git, 200), "2.0"))
    united(git, elsewhere(repo, dated(git, 300), "3.0"))
    assert repo.git("rev-parse", f"{BRANCH}^{{tree}}") == tree_with(git, "3.0")


def test_tip_without_an_observation_is_united_and_does_not_hide_one(repo: Repo, git: Git) -> None:
    trailers = ((UNOBSERVED, "no environment"), (ENVIRONMENT, "default"), (TRIGGER, "post-commit"))
    entry = Entry(
        tree=repo.git("hash-object", "-t", "tree", "-w", "/dev/null"), summary="-", trailers=trailers
    )
    append(dated(git, 300), "default", lambda _: entry)
    theirs = elsewhere(repo, dated(git, 200), "2.0")
    assert united(git, theirs) == "united"
    assert repo.git("rev-parse", f"{BRANCH}^{{tree}}") == tree_with(git, "2.0")


def test_what_is_no_snapshot_of_this_environment_is_refused(repo: Repo, git: Git) -> None:
    ours = record(git).commit
    other = record(git, "2.0", environment="gpu").commit
    for theirs in (repo.head, other, repo.git("rev-parse", "HEAD:train.py"), "0" * 40):
        with pytest.raises(BadFile, match="is no snapshot of environment default"):
            unite(git, "default", theirs, source="origin")
    assert repo.refs()[BRANCH] == ours


def test_branch_of_the_users_called_like_ours_is_left_alone(repo: Repo, git: Git) -> None:
    theirs = elsewhere(repo, git, "1.0")
    repo.git("branch", "envgit/default")
    with pytest.raises(BadFile, match=repo.head[:12]):
        unite(git, "default", theirs, source="origin")
    assert repo.refs()[BRANCH] == repo.head


def test_snapshot_of_a_newer_envgit_is_carried(repo: Repo, git: Git) -> None:
    record(git)
    manifest = repo.git("hash-object", "-w", "--stdin", stdin='{"format": 999}')
    tree = repo.git("mktree", stdin=f"100644 blob {manifest}\tsnapshot.json\n")
    theirs = repo.git("commit-tree", tree, "-m", f"later\n\nSnapshot: {'7' * 64}\nEnvironment: default")
    assert united(git, theirs) == "united"


def test_branch_of_the_users_in_the_way_is_named(repo: Repo, git: Git) -> None:
    theirs = record(git, environment="default").commit
    repo.git("update-ref", "-d", BRANCH)
    repo.git("branch", "envgit")
    with pytest.raises(Conflict, match="branch envgit is in the way"):
        unite(git, "default", theirs, source="origin")


def test_lock_that_stays_is_told_in_a_sentence(repo: Repo, git: Git) -> None:
    record(git)
    theirs = elsewhere(repo, git, "2.0")
    (repo.git_dir / f"{BRANCH}.lock").touch()
    with pytest.raises(GitFailed) as caught:
        unite(git, "default", theirs, source="origin")
    assert caught.value.message.endswith(f"{BRANCH}.lock': File exists.")
    assert "remove the file manually" in caught.value.stderr


def test_draft_that_they_went_beyond_is_replaced_by_its_successor(repo: Repo, git: Git) -> None:
    ours = record(git).commit
    drafts: set[str] = set()
    theirs = elsewhere(repo, git, "2.0")
    later = elsewhere(repo, git, "3.0", on=theirs)
    for tip in (theirs, theirs, later):
        unite(git, "default", tip, source="origin", drafts=drafts)
        assert repo.git("rev-parse", f"{BRANCH}^@").split() == [ours, tip]
    assert repo.git("rev-list", "--count", BRANCH) == "4"


def test_draft_stays_where_something_of_it_is_nowhere_else(repo: Repo, git: Git) -> None:
    record(git)
    drafts: set[str] = set()
    theirs, others = elsewhere(repo, git, "2.0"), elsewhere(repo, git, "3.0")
    unite(git, "default", theirs, source="origin", drafts=drafts)
    draft = repo.refs()[BRANCH]
    unite(git, "default", others, source="origin", drafts=drafts)
    assert repo.git("rev-parse", f"{BRANCH}^@").split() == [draft, others]


def test_draft_that_was_recorded_upon_or_published_stays(repo: Repo, git: Git) -> None:
    record(git)
    drafts: set[str] = set()
    theirs = elsewhere(repo, git, "2.0")
    later = elsewhere(repo, git, "3.0", on=theirs)
    unite(git, "default", theirs, source="origin", drafts=drafts)
    draft = repo.refs()[BRANCH]
    published = elsewhere(repo, git, "4.0", on=draft)
    ours = record(git, "5.0").commit
    unite(git, "default", later, source="origin", drafts=drafts)
    assert repo.git("rev-parse", f"{BRANCH}^@").split() == [ours, later]
    repo.git("update-ref", BRANCH, draft)
    assert unite(git, "default", published, source="origin", drafts=drafts).outcome == "forwarded"


UNITER = """
import os, sys
from envgit.store.repository import open_repository
from envgit.store.unite import unite
print(unite(open_repository(".", os.environ).git, "default", sys.argv[1], source="x").outcome)
"""


def test_uniting_at_the_same_time_loses_nothing(repo: Repo, git: Git) -> None:
    record(git)
    theirs = [elsewhere(repo, git, f"{number}.0") for number in range(2, 8)]
    env = {**os.environ, "PYTHONPATH": str(TOP)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", UNITER, tip], cwd=repo.path, env=env, stdout=subprocess.PIPE, text=True
        )
        for tip in theirs
    ]
    assert [one.communicate(timeout=60)[0] for one in running] == ["united\n"] * 6
    assert set(theirs) <= set(repo.git("rev-list", BRANCH).split())
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


# --- a branch that is checked out ---


@pytest.mark.parametrize("diverged", [True, False])
def test_work_tree_with_the_branch_checked_out_follows(repo: Repo, git: Git, diverged: bool) -> None:
    theirs = elsewhere(repo, git, "2.0", on=record(git).commit)
    look = repo.path.with_name("look")
    repo.git("worktree", "add", "--quiet", str(look), "envgit/default")
    if diverged:
        record(git, "3.0")
    assert unite(git, "default", theirs, source="origin").note == ""
    assert repo.git("-C", str(look), "status", "--porcelain") == ""
    assert repo.git("-C", str(look), "rev-parse", "HEAD") == repo.refs()[BRANCH]


def test_change_of_the_users_in_such_a_work_tree_stays_and_is_told(repo: Repo, git: Git) -> None:
    theirs = elsewhere(repo, git, "2.0", on=record(git).commit)
    look = repo.path.with_name("look")
    repo.git("worktree", "add", "--quiet", str(look), "envgit/default")
    (look / "environment.yml").write_text("mine\n")
    note = unite(git, "default", theirs, source="origin").note
    assert note.startswith(f"{look} has this branch checked out and could not follow it: ")
    assert (look / "environment.yml").read_text() == "mine\n"


# --- beginning where a remote stands ---


def test_branch_begins_at_the_remote_tracking_one(repo: Repo, git: Git) -> None:
    theirs = elsewhere(repo, git, "1.0")
    assert adopt(git, "default") is None
    repo.git("update-ref", "refs/remotes/team/upstream/envgit/default", theirs)
    assert adopt(git, "gpu") is None
    assert adopt(git, "default") == "team/upstream"
    assert repo.refs()[BRANCH] == theirs
    assert adopt(git, "default") is None  # it is there


def test_origin_is_preferred_and_what_is_no_snapshot_passed_over(repo: Repo, git: Git) -> None:
    first, second = elsewhere(repo, git, "1.0"), elsewhere(repo, git, "2.0")
    for remote, commit in (("alpha", first), ("origin", second)):
        repo.git("update-ref", f"refs/remotes/{remote}/envgit/default", commit)
    assert adopt(git, "default") == "origin"
    repo.git("update-ref", "-d", BRANCH)
    repo.git("update-ref", "refs/remotes/origin/envgit/default", repo.head)
    assert adopt(git, "default") == "alpha"
    tip = read_tip(git, "default")
    assert tip is not None
    assert tip.commit == first
