"""A baseline names a snapshot; nothing half-made is left when it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.errors import Conflict, InvalidName, NoStore, UnknownRevision
from envgit.operations.snapshot import snapshot
from envgit.operations.tag import baselines, tag, untag
from envgit.store.git import GitFailed
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path, hooks=False)


def test_baseline_of_the_live_environment_records_it(project: Project) -> None:
    baseline = tag(project.workspace(), "paper-v1", message="As submitted\n\nMore.")
    assert (baseline.name, baseline.message) == ("paper-v1", "As submitted")
    assert project.observations() == [baseline.observation]
    assert baseline.observation.trigger == "tag"
    assert baseline.observation.code_commit == project.repo.head


def test_baseline_of_what_is_now_holds_what_changed_since_the_last_commit(project: Project) -> None:
    before = snapshot(project.workspace())
    project.upgrade("2.0")
    assert tag(project.workspace(), "paper-v1").observation.snapshot != before.snapshot


@pytest.mark.parametrize("word", ["HEAD", "main", "env/first", "envgit/default"])
def test_baseline_of_a_revision_names_that_and_records_nothing(project: Project, word: str) -> None:
    recorded = tag(project.workspace(), "first").observation
    project.upgrade("2.0")
    assert tag(project.workspace(), "second", word).observation == recorded
    assert len(project.observations()) == 1


def test_baseline_without_a_message_says_the_summary(project: Project) -> None:
    words = "2 conda and 1 pip packages, Python 3.11.7"
    assert tag(project.workspace(), "a").message == words
    assert tag(project.workspace(), "b", "a").message == words


@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize("rev", [None, "HEAD"])
def test_name_that_is_taken_is_a_conflict_and_nothing_is_recorded(
    project: Project, rev: str | None, *, sign: bool
) -> None:
    tag(project.workspace(), "paper-v1")
    project.upgrade("2.0")
    before = project.repo.refs()
    with pytest.raises(Conflict, match="baseline paper-v1 exists"):
        tag(project.workspace(), "env/paper-v1", rev, sign=sign)
    assert project.repo.refs() == before


@pytest.mark.parametrize("name", ["-x", "../x", "a..b", "", "x" * 300, "论文", "live", "auto/x", "a.lock"])
def test_invalid_name_is_refused_and_nothing_is_recorded(project: Project, name: str) -> None:
    with pytest.raises(InvalidName):
        tag(project.workspace(), name)
    assert list(project.repo.refs()) == ["refs/heads/main"]


def test_unknown_revision_names_nothing(project: Project) -> None:
    with pytest.raises(NoStore):
        tag(project.workspace(), "paper-v1", "HEAD")
    snapshot(project.workspace())
    with pytest.raises(UnknownRevision):
        tag(project.workspace(), "paper-v1", "nothing")
    assert baselines(project.workspace()) == []


def test_signature_without_a_key_fails_and_makes_no_tag(project: Project) -> None:
    project.repo.git("config", "gpg.program", "false")
    project.repo.git("config", "envgit.autotag", "never")
    with pytest.raises(GitFailed, match="gpg failed to sign the data"):
        tag(project.workspace(), "paper-v1", sign=True)
    assert project.repo.refs("refs/tags") == {}


def test_baselines_are_listed_by_name_without_automatic_and_foreign_tags(project: Project) -> None:
    for name in ("b", "a/z", "c"):
        tag(project.workspace(), name, message=f"About {name}")
    snapshot(project.workspace())
    project.repo.git("tag", "env/staging", "HEAD")
    project.repo.git("tag", "-m", "blob", "env/blob", "HEAD:train.py")
    listed = [(baseline.name, baseline.message) for baseline in baselines(project.workspace())]
    assert listed == [("a/z", "About a/z"), ("b", "About b"), ("c", "About c")]


def test_repository_without_snapshots_has_no_baselines(project: Project) -> None:
    assert baselines(project.workspace()) == []


def test_name_that_was_taken_away_leaves_the_snapshot(project: Project) -> None:
    made = tag(project.workspace(), "paper-v1")
    assert untag(project.workspace(), "paper-v1") == made.observation.commit
    assert baselines(project.workspace()) == []
    assert project.observations() == [made.observation]
    assert tag(project.workspace(), "paper-v1", "HEAD").observation == made.observation


def test_baseline_of_a_revision_can_be_made_by_who_has_told_git_no_name(
    project: Project, sealed_environment: Path
) -> None:
    (sealed_environment / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    made = tag(project.workspace(), "x")
    assert tag(project.workspace(), "y", "HEAD", message="Second").observation == made.observation
    assert [(each.name, each.message) for each in baselines(project.workspace())][1] == ("y", "Second")
