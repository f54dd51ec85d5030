"""The gate, where it was asked for, refuses a commit in an environment nobody has accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.operations.snapshot import snapshot
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess


@pytest.fixture
def gated(project: Project) -> Project:
    project.repo.git("config", "envgit.gate", "drift")
    return project


def attempt(project: Project, *options: str) -> CompletedProcess[str]:
    return project.repo.run("commit", "--quiet", "--allow-empty", "-m", "Attempt", *options)


def test_gate_refuses_drift_and_names_the_way_out(gated: Project) -> None:
    gated.upgrade("2.0")
    before = gated.repo.refs()
    ran = attempt(gated)
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        "envgit: the environment drifted since the last snapshot: six 1.0 → 2.0",
        "envgit: accept it with `envgit snapshot`, or commit once without the gate: ENVGIT=0 git commit",
    ]
    assert gated.repo.refs() == before


def test_gate_opens_when_the_drift_was_accepted(gated: Project) -> None:
    gated.upgrade("2.0")
    snapshot(gated.workspace())
    ran = attempt(gated)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_gate_is_open_without_drift(gated: Project) -> None:
    ran = attempt(gated)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(gated.sightings()) == 1


def test_gate_does_not_mind_what_is_no_drift(gated: Project) -> None:
    """Metadata may change without a new id, and an upgrade may be taken back."""
    with (gated.prefix / "conda-meta/history").open("a") as history:
        history.write("==> 2024-06-01 12:00:00 <==\n# update specs: ['zlib']\n")
    gated.upgrade("2.0")
    gated.upgrade("1.0")
    assert attempt(gated).returncode == 0


def test_gate_is_passed_by_with_envgit_0_and_with_n(gated: Project) -> None:
    gated.upgrade("2.0")
    assert gated.repo.run("commit", "--allow-empty", "-qm", "x", env={"ENVGIT": "0"}).returncode == 0
    assert attempt(gated, "-n").returncode == 0


def test_gate_is_open_before_the_first_snapshot(gated: Project) -> None:
    gated.repo.git("branch", "-D", "envgit/default")
    gated.upgrade("2.0")
    assert attempt(gated).returncode == 0


def test_gate_that_cannot_look_is_open(gated: Project) -> None:
    gated.prefix.rename(gated.prefix.with_name("moved"))
    ran = attempt(gated)
    assert ran.returncode == 0
    first, second = ran.stderr.splitlines()
    assert first.endswith("; Git goes on, the environment was not compared")
    assert second.endswith("; Git goes on, the environment was not recorded")


def test_gate_is_configured_by_the_user_alone(project: Project) -> None:
    project.repo.write({".envgit": "[envgit]\ngate = drift\n", ".gitconfig": "[envgit]\ngate = drift\n"})
    project.upgrade("2.0")
    assert attempt(project).returncode == 0


def test_no_gate_starts_nothing_before_a_commit(project: Project) -> None:
    starts = project.count_starts()
    project.commit()
    assert starts.events() == ["post-commit"]


def test_gate_comes_after_the_users_own_hook(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"pre-commit": "#!/bin/sh\necho theirs >&2\nexit 1\n"})
    project.repo.git("config", "envgit.gate", "drift")
    project.upgrade("2.0")
    assert attempt(project).stderr == "theirs\n"


@pytest.mark.parametrize("value", ["Drift", "DRIFT"])
def test_gate_is_known_in_any_case(project: Project, value: str) -> None:
    project.repo.git("config", "envgit.gate", value)
    project.upgrade("2.0")
    assert attempt(project).returncode == 1
