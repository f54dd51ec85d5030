"""A commit whose environment could not be observed is said to be one, and no other snapshot is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.errors import UnknownRevision
from envgit.operations.log import log
from envgit.operations.workspace import open_workspace
from envgit.store import history
from envgit.store.append import Appended, Entry, append, read_tip
from envgit.store.resolve import observed_with, resolve
from envgit.store.trailers import CODE_COMMIT, CODE_TREE, ENVIRONMENT, TRIGGER, UNOBSERVED
from tests.store.records import record

if TYPE_CHECKING:
    from envgit.store.git import Git
    from tests.builders import Repo

REASON = "no environment is bound or active"


def note(git: Git, *, code: str = "HEAD", reason: str = REASON) -> Appended:
    """Append what a hook writes that could observe nothing."""
    tip = read_tip(git, "default")
    entry = Entry(
        tree=tip.tree if tip else git.line("mktree"),
        summary=f"not observed: {reason}",
        trailers=(
            (UNOBSERVED, reason),
            (ENVIRONMENT, "default"),
            (TRIGGER, "post-commit"),
            (CODE_COMMIT, git.line("rev-parse", code)),
            (CODE_TREE, git.line("rev-parse", f"{code}^{{tree}}")),
        ),
    )
    return append(git, "default", lambda _: entry)


def test_resolving_an_unobserved_commit_says_why_and_names_the_nearest_earlier_one(
    repo: Repo, git: Git
) -> None:
    first = repo.head
    record(git, code=first)
    second = repo.commit("Second", files={"train.py": "2\n"})
    note(git)
    with pytest.raises(UnknownRevision) as caught:
        resolve(git, "HEAD")
    assert caught.value.message == (
        f"commit {second[:12]} was made while its environment could not be observed: {REASON}"
    )
    assert caught.value.hint == f"the nearest earlier commit with a snapshot is {first[:12]}"


def test_unobserved_commit_is_never_taken_for_a_sighting(repo: Repo, git: Git) -> None:
    note(git)
    assert history.newest(git) is None
    assert history.observations(git) == []
    assert history.links(git) == {}
    assert history.linked(git, repo.head) is None
    for rev in ("envgit/default", "HEAD"):
        with pytest.raises(UnknownRevision):
            resolve(git, rev)


def test_commit_with_the_same_code_does_not_stand_in_for_an_unobserved_one(repo: Repo, git: Git) -> None:
    record(git, code="HEAD")
    repo.git("commit", "--quiet", "--allow-empty", "-m", "The same code")
    note(git)
    assert observed_with(git, repo.head) is None


@pytest.mark.parametrize("sighted_first", [True, False])
def test_sighting_of_the_same_commit_wins(repo: Repo, git: Git, *, sighted_first: bool) -> None:
    if sighted_first:
        recorded = record(git, code="HEAD").commit
        note(git)
    else:
        note(git)
        recorded = record(git, code="HEAD").commit
    assert resolve(git, "HEAD").commit == recorded


def test_log_tells_what_could_not_be_observed_and_folds_it(repo: Repo, git: Git) -> None:
    record(git, code="HEAD")
    note(git)
    note(git)
    entries = log(open_workspace(repo.path))
    assert [(e.unobserved, e.observation.snapshot == "", e.repeated) for e in entries] == [
        (REASON, True, 1),
        ("", False, 0),
    ]


def test_log_does_not_tell_of_unions(repo: Repo, git: Git) -> None:
    one, two = record(git, "1.0").commit, record(git, "2.0", environment="train").commit
    text = f"unite 1 snapshot\n\nSnapshot: {'a' * 64}\nEnvironment: default\nTrigger: unite\n"
    tree = git.line("rev-parse", f"{one}^{{tree}}")
    united = git.line("commit-tree", tree, "-p", one, "-p", two, stdin=text.encode())
    git.run("update-ref", "refs/heads/envgit/default", united)
    assert {entry.observation.commit for entry in log(open_workspace(repo.path))} == {one, two}
    newest = history.newest(git)
    assert newest is not None
    assert newest.commit != united
