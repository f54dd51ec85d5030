"""Of several environments, the one in use is compared with what was recorded of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.operations.revision import open_head
from envgit.operations.snapshot import snapshot
from envgit.operations.status import status
from tests.builders import make_prefix
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path, hooks=False)
    project.repo.git("config", "envgit.serve.prefix", str(make_prefix(tmp_path / "serve")))
    return project


def serve(project: Project) -> str:
    return str(project.prefix.with_name("serve"))


def test_head_s_snapshot_is_that_of_the_environment_in_use(project: Project) -> None:
    by_name = {"default": str(project.prefix), "serve": serve(project)}
    made = {name: snapshot(project.workspace(CONDA_PREFIX=prefix)) for name, prefix in by_name.items()}
    for name, prefix in by_name.items():
        found = status(project.workspace(CONDA_PREFIX=prefix))
        assert (found.environment, found.clean, found.notes) == (name, True, ())
        assert found.recorded.observation is not None
        assert found.recorded.observation.commit == made[name].commit


def test_nearest_commit_that_was_recorded_in_it_stands_in_for_head(project: Project) -> None:
    made, recorded = snapshot(project.workspace(CONDA_PREFIX=serve(project))), project.repo.head[:12]
    head = project.repo.commit("Next", files={"train.py": "2\n"})[:12]
    snapshot(project.workspace(CONDA_PREFIX=str(project.prefix)))
    found = status(project.workspace(CONDA_PREFIX=serve(project)))
    assert found.recorded.snapshot.id == made.snapshot
    assert found.notes == (
        f"HEAD ({head}) has no snapshot of serve; its nearest recorded ancestor is {recorded}",
    )


def test_environment_of_which_nothing_was_recorded_is_compared_with_another_and_says_so(
    project: Project,
) -> None:
    snapshot(project.workspace(CONDA_PREFIX=str(project.prefix)))
    found = status(project.workspace(CONDA_PREFIX=serve(project)))
    assert not found.clean
    assert found.notes == ("nothing was recorded of serve yet; this is another environment",)


def test_head_is_found_where_none_of_them_is_in_use(project: Project) -> None:
    made = snapshot(project.workspace(CONDA_PREFIX=serve(project)))
    assert open_head(project.workspace()).snapshot.id == made.snapshot
