"""What the doctor finds in the binding."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from envgit.githooks.init import init
from envgit.restore.prefix.claims import claim
from envgit.restore.prefix.staging import clear
from tests.builders import make_prefix, make_repo, make_venv
from tests.doctor.visits import follow, found, mended, said, the_only
from tests.githooks.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def test_bound_environment_that_is_there_is_no_finding(project: Project) -> None:
    assert found(project.repo, "binding") == []
    assert found(project.repo, "binding", CONDA_PREFIX=str(project.prefix)) == []
    assert said(project.repo, "binding") == f"default is {project.prefix}"


def test_what_a_killed_checkout_left_beside_the_environment_is_noted(project: Project) -> None:
    staging, lock = claim(project.prefix)
    staging.mkdir()
    assert found(project.repo, "binding") == []
    lock.release()
    finding = the_only(project.repo, "binding")
    assert (finding.severity, str(staging) in finding.message) == ("note", True)
    clear(project.prefix)
    assert found(project.repo, "binding") == []


def test_nothing_bound_and_nothing_active_is_broken(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    finding = the_only(repo, "binding")
    assert (finding.severity, finding.command) == ("broken", "envgit init")
    active = str(make_prefix(tmp_path / "env"))
    follow(repo, finding, CONDA_PREFIX=active)
    assert found(repo, "binding") == []


def test_active_environment_that_is_not_bound_is_a_warning(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    active = str(make_prefix(tmp_path / "env"))
    finding = the_only(repo, "binding", CONDA_PREFIX=active)
    assert (
        finding.message == f"no environment is bound; {active} is recorded as long as nothing else is active"
    )
    assert mended(repo, finding, CONDA_PREFIX=active)


def test_another_active_environment_is_a_warning_that_names_both(project: Project, tmp_path: Path) -> None:
    other = str(make_prefix(tmp_path / "other"))
    finding = the_only(project.repo, "binding", CONDA_PREFIX=other)
    assert finding.severity == "warning"
    assert finding.message == (
        f"the active environment {other} is not the bound one, {project.prefix}, which is meant here"
    )
    assert mended(project.repo, finding, CONDA_PREFIX=other)


def test_several_bound_and_none_active_is_a_warning_that_says_how_to_activate_one(
    project: Project, tmp_path: Path
) -> None:
    other = make_prefix(tmp_path / "other")
    init(project.workspace(), prefix=str(other), environment="serve")
    finding = the_only(project.repo, "binding")
    assert "several environments are bound and none of them is active" in finding.message
    assert finding.command == f"conda activate {project.prefix}"
    assert found(project.repo, "binding", CONDA_PREFIX=str(other)) == []


def _deleted(prefix: Path) -> None:
    shutil.rmtree(prefix)


def _half_deleted(prefix: Path) -> None:
    shutil.rmtree(prefix / "conda-meta")


def _without_interpreter(prefix: Path) -> None:
    shutil.rmtree(prefix / "bin")


@pytest.mark.parametrize("damage", [_deleted, _half_deleted, _without_interpreter])
def test_spoilt_environment_is_broken_and_its_snapshot_brings_it_back(
    project: Project, damage: object
) -> None:
    assert callable(damage)
    damage(project.prefix)
    finding = the_only(project.repo, "binding")
    assert finding.severity == "broken"
    assert finding.message.startswith(f"environment default cannot be recorded: {project.prefix}")
    assert f"envgit checkout {project.repo.git('rev-parse', 'envgit/default')[:12]}" in finding.command
    assert finding.command.startswith("mv ") == project.prefix.exists()


def test_environment_whose_loss_was_recorded_since_comes_back_from_its_newest_snapshot(
    project: Project,
) -> None:
    newest = project.observations()[0].commit
    shutil.rmtree(project.prefix)
    project.commit()
    assert the_only(project.repo, "binding").command == f"envgit checkout {newest[:12]} -p {project.prefix}"


@pytest.mark.slow
def test_command_for_a_spoilt_venv_restores_it(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    project = Project(repo=repo, prefix=make_venv(tmp_path / "env"))
    init(project.workspace(), prefix=str(project.prefix))
    (project.prefix / "bin/python").unlink()
    for python in (project.prefix / "bin").glob("python*"):
        python.unlink()
    assert mended(repo, the_only(repo, "binding"))
    assert (tmp_path / "env.spoilt").is_dir()


def test_spoilt_environment_without_a_snapshot_is_bound_anew(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    prefix, active = make_prefix(tmp_path / "env"), str(make_prefix(tmp_path / "active"))
    repo.git("config", "envgit.default.prefix", str(prefix))
    shutil.rmtree(prefix)
    broken, another = found(repo, "binding", CONDA_PREFIX=active)
    assert (broken.severity, another.severity) == ("broken", "warning")
    assert mended(repo, broken, CONDA_PREFIX=active)
    assert found(repo, "binding", CONDA_PREFIX=active) == []


def test_spoilt_environment_without_a_snapshot_and_nothing_active_is_unbound(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    repo.git("config", "envgit.default.prefix", str(tmp_path / "gone"))
    assert mended(repo, the_only(repo, "binding"))
