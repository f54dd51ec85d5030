"""Recording the live environment: what is written, what is said, and what stays as it was."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from envgit.errors import Conflict, InvalidName, NoEnvironment, NotAPrefix
from envgit.operations import snapshot as operation
from envgit.operations.binding import bound_environment
from envgit.operations.live import capture_live
from envgit.operations.sighting import Recorded
from envgit.store import contents, history
from tests.builders import CondaSpec, make_prefix
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path, hooks=False)


def snapshot(project: Project, **options: Any) -> Recorded:
    """Record from a workspace opened anew, as each command does it."""
    return operation.snapshot(project.workspace(), **options)


def objects(project: Project) -> set[str]:
    listed = project.repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    return set(listed.splitlines())


def test_what_is_recorded_is_what_is_live(project: Project) -> None:
    recorded = snapshot(project)
    observation = history.observation_of(project.workspace().git, recorded.commit)
    workspace = project.workspace()
    live = capture_live(workspace, bound_environment(workspace))
    assert contents.read_snapshot(workspace.git, observation) == live.snapshot
    assert live.snapshot.id == recorded.snapshot == observation.snapshot


def test_result_says_what_was_recorded(project: Project) -> None:
    recorded = snapshot(project)
    day = datetime.now(timezone.utc).date().isoformat()
    assert recorded == Recorded(
        snapshot=recorded.snapshot,
        commit=project.repo.git("rev-parse", "envgit/default"),
        tree=project.repo.git("rev-parse", "envgit/default^{tree}"),
        environment="default",
        tag=f"auto/{day}-{recorded.snapshot[:8]}",
        changed=True,
        conda=2,
        pypi=1,
        summary="2 conda and 1 pip packages, Python 3.11.7",
    )


def test_snapshot_is_linked_to_head(project: Project) -> None:
    snapshot(project)
    (observation,) = project.observations()
    assert observation.code_commit == project.repo.head
    assert observation.code_tree == project.repo.git("rev-parse", "HEAD^{tree}")
    assert (observation.trigger, observation.environment) == ("snapshot", "default")


def test_file_called_head_hides_nothing(project: Project) -> None:
    project.repo.write({"HEAD": "", "envgit": ""})
    snapshot(project)
    assert project.observations()[0].code_commit == project.repo.head


def test_snapshot_before_the_first_commit_is_linked_to_none(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False, commit=False)
    snapshot(project)
    (observation,) = project.observations()
    assert (observation.code_commit, observation.code_tree) == (None, None)


def test_unchanged_environment_adds_a_commit_of_the_same_tree_and_nothing_else(project: Project) -> None:
    first = snapshot(project)
    before = objects(project)
    second = snapshot(project)
    assert objects(project) - before == {f"{second.commit} commit"}
    assert (second.changed, second.tag, second.summary) == (False, None, "unchanged")
    assert second.snapshot == first.snapshot
    assert project.repo.git("diff", first.commit, second.commit) == ""


def test_unchanged_environment_is_recorded_as_such_without_what_was_remembered(project: Project) -> None:
    first = snapshot(project)
    for file in project.repo.git_dir.glob("envgit/prefixes/*/last.json"):
        file.write_text("{")
    before = objects(project)
    second = snapshot(project)
    assert (second.snapshot, second.changed) == (first.snapshot, False)
    assert {row.split()[1] for row in objects(project) - before} == {"commit"}


def test_changed_environment_says_how_and_gets_an_automatic_tag(project: Project) -> None:
    first = snapshot(project)
    project.upgrade("2.0")
    second = snapshot(project)
    assert second.changed
    assert second.summary == "six 1.0 → 2.0"
    assert second.snapshot != first.snapshot
    assert second.tag is not None
    assert second.tag.endswith(second.snapshot[:8])
    assert project.repo.git("cat-file", "-t", f"env/{second.tag}") == "commit"
    assert project.repo.git("log", "-1", "--format=%s", second.commit) == "six 1.0 → 2.0"


def test_environment_that_returns_is_a_change_and_keeps_the_tag_it_had(project: Project) -> None:
    first = snapshot(project)
    project.upgrade("2.0")
    snapshot(project)
    project.upgrade("1.0")
    third = snapshot(project)
    assert third.snapshot == first.snapshot
    assert third.changed
    assert third.tag is None
    assert project.repo.git("rev-parse", f"env/{first.tag}") == first.commit


def test_autotag_never_makes_no_tag(project: Project) -> None:
    project.repo.git("config", "envgit.autotag", "never")
    assert snapshot(project).tag is None
    project.upgrade("2.0")
    assert snapshot(project).changed
    assert project.repo.refs("refs/tags") == {}


def test_change_that_is_none_of_the_identity_is_told_apart(project: Project) -> None:
    first = snapshot(project)
    with (project.prefix / "conda-meta/history").open("a") as file:
        file.write("==> 2024-06-01 12:00:00 <==\n# update specs: ['zlib']\n")
    second = snapshot(project)
    assert second.snapshot == first.snapshot
    assert (second.changed, second.summary) == (False, "requested spec zlib added")
    assert second.tag is None


def test_message_is_kept_in_the_commit(project: Project) -> None:
    recorded = snapshot(project, message="Before the conference\n\nAll tables.")
    body = project.repo.git("log", "-1", "--format=%b", recorded.commit)
    assert body.startswith("Before the conference\n\nAll tables.\n\nSnapshot: ")


def test_baseline_comes_in_the_same_transaction(project: Project) -> None:
    recorded = snapshot(project, tag="paper-v1", message="For the paper")
    assert recorded.tag == "paper-v1"
    assert list(project.repo.refs("refs/tags")) == ["refs/tags/env/paper-v1"]
    assert project.repo.git("for-each-ref", "--format=%(contents:subject)", "refs/tags") == "For the paper"


def test_baseline_that_exists_is_a_conflict_and_nothing_is_recorded(project: Project) -> None:
    snapshot(project, tag="paper-v1")
    project.upgrade("2.0")
    before = project.repo.refs()
    with pytest.raises(Conflict, match="baseline paper-v1 exists"):
        snapshot(project, tag="paper-v1")
    assert project.repo.refs() == before


@pytest.mark.parametrize("name", ["", "-x", "../x", "live", "auto/x"])
def test_invalid_baseline_name_is_refused_before_anything_is_recorded(project: Project, name: str) -> None:
    with pytest.raises(InvalidName):
        snapshot(project, tag=name)
    assert list(project.repo.refs()) == ["refs/heads/main"]


def test_prefix_given_by_hand_is_recorded_under_the_name_of_its_folder(
    project: Project, tmp_path: Path
) -> None:
    other = make_prefix(tmp_path / "gpu env", conda={"cuda": "12.4"})
    recorded = snapshot(project, prefix=str(other))
    assert recorded.environment == "gpu-env"
    assert list(project.repo.refs("refs/heads/envgit")) == ["refs/heads/envgit/gpu-env"]


def test_corrupt_record_is_a_warning_each_time_and_the_rest_is_recorded(project: Project) -> None:
    snapshot(project)
    (record,) = (project.prefix / "conda-meta").glob("zlib-*.json")
    record.write_text('{"name": "zlib"')
    first, second = snapshot(project), snapshot(project)
    assert first.conda == 1
    assert [str(record) in warned.message for warned in first.warnings] == [True]
    assert second.warnings == first.warnings


def test_nothing_bound_and_nothing_active_is_said(project: Project) -> None:
    project.repo.git("config", "--unset", "envgit.default.prefix")
    with pytest.raises(NoEnvironment, match="no environment is bound to this repository, and none is active"):
        snapshot(project)
    assert list(project.repo.refs()) == ["refs/heads/main"]


@pytest.mark.parametrize("damage", ["gone", "empty", "half deleted", "a file"])
def test_broken_prefix_is_said_and_nothing_is_recorded(project: Project, damage: str) -> None:
    before = project.repo.refs()
    project.prefix.rename(project.prefix.with_name("moved"))
    if damage == "empty":
        project.prefix.mkdir()
    if damage == "half deleted":
        (project.prefix / "conda-meta").mkdir(parents=True)
    if damage == "a file":
        project.prefix.touch()
    with pytest.raises(NotAPrefix, match=str(project.prefix)):
        snapshot(project)
    assert project.repo.refs() == before


def test_tip_written_by_a_newer_envgit_is_no_obstacle(project: Project) -> None:
    first = snapshot(project)
    git = project.workspace().git
    manifest = json.loads(git.run("cat-file", "blob", f"{first.commit}:snapshot.json")) | {"format": 99}
    blob = git.line("hash-object", "-w", "--stdin", stdin=json.dumps(manifest).encode())
    tree = git.line("mktree", stdin=f"100644 blob {blob}\tsnapshot.json\n".encode())
    newer = git.line("commit-tree", tree, "-p", first.commit, stdin=b"by a newer envgit\n")
    git.run("update-ref", "refs/heads/envgit/default", newer)
    recorded = snapshot(project)
    assert recorded.summary == "2 conda and 1 pip packages, Python 3.11.7"
    assert project.repo.git("rev-parse", f"{recorded.commit}^") == newer


def test_objects_pruned_since_are_written_again(project: Project) -> None:
    first = snapshot(project)
    project.repo.git("branch", "-D", "envgit/default")
    for tag in project.repo.refs("refs/tags"):
        project.repo.git("update-ref", "-d", tag)
    project.repo.git("reflog", "expire", "--all", "--expire=now")
    project.repo.git("gc", "--quiet", "--prune=now")
    second = snapshot(project)
    assert second.snapshot == first.snapshot
    project.repo.git("fsck", "--strict")


def test_credentials_never_reach_an_object(tmp_path: Path) -> None:
    secret = "hunter2secret"
    project = make_project(tmp_path, hooks=False)
    url = f"https://ada:{secret}@conda.example.org/t/tk-{secret}/private"
    make_prefix(
        project.prefix,
        conda={"inhouse": CondaSpec(version="1.0", channel=url)},
        pypi={"six": "1.0"},
        history=f"==> 2024-05-01 12:00:00 <==\n# cmd: conda create -c {url} inhouse\n",
        state={"API_TOKEN": secret},
    )
    recorded = snapshot(project)
    assert recorded.conda == 3
    content = project.workspace().git.run("cat-file", "--batch-all-objects", "--batch")
    assert b"inhouse" in content
    assert secret.encode() not in content


def test_state_of_envgit_can_be_deleted_at_any_time(project: Project) -> None:
    snapshot(project)
    state = project.repo.git_dir / "envgit"
    for folder, folders, files in os.walk(state, topdown=False):
        for name in files:
            os.unlink(os.path.join(folder, name))
        for name in folders:
            os.rmdir(os.path.join(folder, name))
    state.rmdir()
    assert not snapshot(project).changed
