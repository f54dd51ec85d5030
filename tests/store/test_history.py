"""What was appended is read back as it was, and what is damaged is said to be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.errors import BadFile
from envgit.store import contents, history
from envgit.store.append import Entry, append, write_tree
from envgit.store.layout import MANIFEST, OBSERVATION, files_of
from tests.store.records import HOST, record, snapshot_with

if TYPE_CHECKING:
    from envgit.model import Observation
    from envgit.store.git import Git
    from tests.builders import Repo


def observed(git: Git, commit: str) -> Observation:
    return history.observation_of(git, commit)


def append_files(git: Git, files: dict[str, bytes], *, snapshot: str) -> Observation:
    tree = write_tree(git, files, os.path.join(git.environ["GIT_DIR"], "envgit"))
    entry = Entry(tree=tree, summary="by hand", trailers=(("Snapshot", snapshot),))
    appended = append(git, "default", lambda _: entry)
    return next(o for o in history.observations(git) if o.commit == appended.commit)


def test_observations_are_newest_first(git: Git) -> None:
    commits = [record(git, str(number)).commit for number in range(5)]
    assert [o.commit for o in history.observations(git)] == commits[::-1]
    assert history.newest(git) == observed(git, commits[-1])


def test_observations_of_one_environment_leave_out_the_others(git: Git) -> None:
    train = record(git, environment="train").commit
    serve = record(git, environment="serve").commit
    assert [o.commit for o in history.observations(git, environment="train")] == [train]
    assert {o.commit for o in history.observations(git)} == {train, serve}
    assert history.observations(git, environment="neither") == []


def test_commits_of_the_users_are_no_observations(repo: Repo, git: Git) -> None:
    record(git)
    assert history.observation_at(git, repo.head) is None
    with pytest.raises(BadFile, match=rf"\Acommit {repo.head[:12]} holds no snapshot\Z"):
        history.observation_of(git, repo.head)


def test_snapshot_host_and_files_are_read_back(git: Git) -> None:
    observation = observed(git, record(git).commit)
    files = files_of(snapshot_with("1.0"), name="default")
    assert contents.read_snapshot(git, observation) == snapshot_with("1.0")
    assert contents.read_sighting(git, observation) == (snapshot_with("1.0"), HOST)
    assert {name: contents.read_file(git, observation, name) for name in files} == files
    assert contents.read_file(git, observation, "conda-linux-64.lock") is None


def test_links_hold_every_code_commit_with_its_newest_observation(repo: Repo, git: Git) -> None:
    first = repo.head
    record(git, "1.0", code=first)
    newest = record(git, "2.0", code=first).commit
    second = repo.commit("Second")
    other = record(git, "1.0", code=second).commit
    record(git, "1.0", rewritten=((second, "a" * 40), ("b" * 40, "c" * 40)))
    record(git, "1.0", rewritten=(("a" * 40, "d" * 40),))
    links = {code: observation.commit for code, observation in history.links(git).items()}
    assert links == {first: newest, second: other, "a" * 40: other, "d" * 40: other}


def test_nearest_linked_goes_by_first_parents(repo: Repo, git: Git) -> None:
    base = repo.head
    recorded = record(git, code=base).commit
    repo.git("switch", "--quiet", "--create", "side")
    record(git, "2.0", code=repo.commit("Side"))
    repo.git("switch", "--quiet", "main")
    repo.commit("Main")
    repo.git("merge", "--quiet", "--no-edit", "side")
    nearest = history.nearest_linked(git, repo.head)
    assert nearest is not None
    assert nearest.commit == recorded


def test_nearest_linked_is_none_where_nothing_was_recorded_before(repo: Repo, git: Git) -> None:
    assert history.nearest_linked(git, repo.head) is None
    record(git)
    assert history.nearest_linked(git, repo.head) is None


def test_tree_without_manifest_is_a_bad_file(git: Git) -> None:
    observation = append_files(git, {"environment.yml": b""}, snapshot="a" * 64)
    with pytest.raises(BadFile) as caught:
        contents.read_snapshot(git, observation)
    where = f"{observation.tree[:12]}:snapshot.json"
    assert caught.value.message == f"{where}: cannot be read (there is no such file)"
    assert caught.value.hint == "git fetch; git fsck"


def test_manifest_of_another_snapshot_is_found_out(git: Git) -> None:
    files = files_of(snapshot_with("1.0"), name="default")
    observation = append_files(git, files, snapshot=snapshot_with("2.0").id)
    with pytest.raises(BadFile) as caught:
        contents.read_snapshot(git, observation)
    one, two = snapshot_with("1.0").id[:12], snapshot_with("2.0").id[:12]
    assert caught.value.message == (
        f"snapshot commit {observation.commit[:12]} holds snapshot {one}, but says {two}"
    )


def test_truncated_manifest_in_git_is_named_with_its_tree(git: Git) -> None:
    content = files_of(snapshot_with("1.0"), name="default")[MANIFEST]
    observation = append_files(git, {MANIFEST: content[:100]}, snapshot="a" * 64)
    with pytest.raises(BadFile, match=rf"\A{observation.tree[:12]}:snapshot.json: not a whole JSON document"):
        contents.read_snapshot(git, observation)


def test_missing_host_facts_are_a_bad_file(git: Git) -> None:
    """A snapshot from somebody else's repository may hold less than ours do."""
    files = files_of(snapshot_with("1.0"), name="default")
    observation = append_files(git, files, snapshot=snapshot_with("1.0").id)
    with pytest.raises(BadFile, match=rf"\A{observation.tree[:12]}:{OBSERVATION}: cannot be read"):
        contents.read_sighting(git, observation)
