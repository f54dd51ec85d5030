"""The history of an environment: what changed, when, and under which names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.errors import NoStore, UnknownRevision
from envgit.operations.log import log, show, show_file
from envgit.operations.snapshot import snapshot
from envgit.operations.tag import tag
from tests.builders import Repo, make_prefix
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.operations.log import LogEntry


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path, hooks=False)
    project.repo.git("config", "envgit.autotag", "never")
    return project


def brief(entries: list[LogEntry]) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(entry.observation.summary, entry.repeated, entry.tags) for entry in entries]


FIRST = "2 conda and 1 pip packages, Python 3.11.7"


def test_runs_of_unchanged_sightings_are_folded_into_what_began_them(project: Project) -> None:
    for version, times in (("1.0", 3), ("2.0", 1), ("3.0", 2)):
        project.upgrade(version)
        for _ in range(times):
            snapshot(project.workspace())
    assert brief(log(project.workspace())) == [
        ("six 2.0 → 3.0", 1, ()),
        ("six 1.0 → 2.0", 0, ()),
        (FIRST, 2, ()),
    ]


def test_named_sighting_keeps_its_line(project: Project) -> None:
    snapshot(project.workspace())
    tag(project.workspace(), "paper-v1")
    snapshot(project.workspace())
    assert brief(log(project.workspace())) == [("unchanged", 1, ("paper-v1",)), (FIRST, 0, ())]


def test_limit_counts_lines_and_folds_to_the_end_of_the_last(project: Project) -> None:
    for version in ("1.0", "1.0", "2.0", "2.0"):
        project.upgrade(version)
        snapshot(project.workspace())
    assert brief(log(project.workspace(), limit=1)) == [("six 1.0 → 2.0", 1, ())]
    assert len(log(project.workspace(), limit=9)) == 2


def test_other_environments_are_shown_only_when_asked_for(project: Project, tmp_path: Path) -> None:
    snapshot(project.workspace())
    other = make_prefix(tmp_path / "serve", conda={"zlib": "1.3"})
    snapshot(project.workspace(), prefix=str(other))
    assert [entry.observation.environment for entry in log(project.workspace())] == ["default"]
    everything = log(project.workspace(), everything=True)
    assert {entry.observation.environment for entry in everything} == {"default", "serve"}


@pytest.mark.parametrize("options", [(), ("--bare",)])
def test_clone_with_nothing_bound_shows_what_there_is(
    project: Project, tmp_path: Path, options: tuple[str, ...]
) -> None:
    snapshot(project.workspace())
    project.repo.git("clone", "--quiet", *options, str(project.repo.path), str(tmp_path / "clone"))
    clone = Project(repo=Repo(path=tmp_path / "clone"), prefix=project.prefix)
    assert brief(log(clone.workspace())) == [(FIRST, 0, ())]


def test_repository_without_snapshots_has_no_log(project: Project) -> None:
    with pytest.raises(NoStore):
        log(project.workspace())
    with pytest.raises(NoStore):
        show(project.workspace())


def test_head_is_shown_when_nothing_is_asked_for(project: Project) -> None:
    made = tag(project.workspace(), "paper-v1")
    shown = show(project.workspace())
    assert shown.tags == ("paper-v1",)
    assert shown.revision.label == "HEAD"
    assert shown.revision.observation == made.observation
    assert shown.revision.host is not None


def test_head_without_snapshot_shows_its_nearest_recorded_ancestor_and_says_so(project: Project) -> None:
    snapshot(project.workspace())
    recorded = project.repo.head
    head = project.repo.commit("Two", files={"train.py": "2\n"})
    revision = show(project.workspace()).revision
    assert revision.label == recorded[:12]
    assert revision.note == (
        f"HEAD ({head[:12]}) has no snapshot; its nearest recorded ancestor is {recorded[:12]}"
    )


def test_each_file_of_a_snapshot_can_be_had(project: Project) -> None:
    commit = tag(project.workspace(), "paper-v1").observation.commit
    shown = show(project.workspace(), "paper-v1")
    files = {
        "environment.yml": "environment.yml",
        "lock": "conda-linux-64.lock",
        "requirements": "requirements.txt",
        "manifest": "snapshot.json",
    }
    for word, name in files.items():
        content = project.repo.git("show", f"{commit}:{name}") + "\n"
        assert show_file(project.workspace(), shown, word).decode() == content


def test_file_that_a_snapshot_does_not_have_is_said(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    for metadata in project.prefix.glob("lib/python3.*/site-packages/six*"):
        for file in [*metadata.glob("*"), metadata]:
            file.rmdir() if file.is_dir() else file.unlink()
    recorded = snapshot(project.workspace())
    assert recorded.pypi == 0
    with pytest.raises(UnknownRevision, match=f"snapshot {recorded.snapshot[:12]} has no requirements.txt"):
        show_file(project.workspace(), show(project.workspace()), "requirements")


def test_live_environment_is_shown_as_it_would_be_recorded(project: Project) -> None:
    shown = show(project.workspace(), "live")
    content = show_file(project.workspace(), shown, "manifest")
    recorded = snapshot(project.workspace())
    assert shown.revision.snapshot.id == recorded.snapshot
    assert content.decode() == project.repo.git("show", f"{recorded.commit}:snapshot.json") + "\n"
