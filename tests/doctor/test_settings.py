"""What the doctor finds in settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.doctor.settings import known_keys
from tests.doctor.visits import found, mended, said, the_only
from tests.test_house import TOP, rows

if TYPE_CHECKING:
    from tests.githooks.project import Project

pytestmark = pytest.mark.usefixtures("default_settings")


def test_every_documented_setting_is_known() -> None:
    documented = {
        cells[0].removeprefix("envgit.").lower() for cells in rows(TOP / "README.md", "## Configuration")
    }
    assert {key for key in documented if not key.endswith(".prefix")} == set(known_keys())


def test_setting_that_is_known_and_sound_is_no_finding(project: Project) -> None:
    project.repo.git("config", "envgit.linkScripts", "true")
    assert found(project.repo, "settings") == []
    assert said(project.repo, "settings") == "2 set"


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("envgit.gates", "; is envgit.gate meant?"),
        ("envgit.linkscript", "; is envgit.linkscripts meant?"),
        ("envgit.default.prefx", "; is envgit.default.prefix meant?"),
        ("envgit.zzz", ""),
    ],
)
def test_unknown_setting_is_named_with_the_nearest_known_one(project: Project, key: str, meant: str) -> None:
    project.repo.git("config", key, "drift")
    finding = the_only(project.repo, "settings")
    assert (finding.severity, finding.message) == ("warning", f"{key} is no setting of envgit{meant}")
    assert mended(project.repo, finding)


def test_unknown_setting_of_the_users_own_file_is_unset_there(project: Project) -> None:
    project.repo.git("config", "--global", "envgit.gates", "drift")
    assert mended(project.repo, the_only(project.repo, "settings"))


def test_every_value_that_means_nothing_is_named_and_the_other_areas_are_still_looked_at(
    project: Project,
) -> None:
    project.repo.git("config", "envgit.gate", "perhaps")
    project.repo.git("config", "envgit.deadline", "soon")
    gate, deadline = found(project.repo)
    assert (gate.area, gate.severity) == ("settings", "broken")
    assert gate.message.startswith("envgit.gate is 'perhaps', which means nothing")
    assert deadline.message.startswith("envgit.deadline is 'soon', which means nothing")
    assert mended(project.repo, gate)
    assert mended(project.repo, deadline)
    assert found(project.repo) == []


def test_setting_of_the_command_line_has_no_command_to_take_it_away(project: Project) -> None:
    brought = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "envgit.gates", "GIT_CONFIG_VALUE_0": "drift"}
    assert the_only(project.repo, "settings", **brought).command == ""


def test_restore_that_is_set_for_all_clones_has_no_force(project: Project) -> None:
    project.repo.git("config", "--global", "envgit.restore", "true")
    finding = the_only(project.repo, "settings")
    assert finding.severity == "warning"
    assert finding.message.startswith("envgit.restore has no force where it is set")
    assert mended(project.repo, finding)
