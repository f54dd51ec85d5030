"""Somebody's environment file becomes a snapshot, is named, and never passes for what was seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from envgit.errors import BadFile, Conflict, NoStore
from envgit.formats.manifest import decode_manifest, encode_manifest
from envgit.operations.importing import IMPORTED, import_file
from envgit.operations.log import log, show_file
from envgit.operations.log import show as open_shown
from envgit.operations.revision import open_head, open_revision
from envgit.operations.snapshot import snapshot
from envgit.operations.status import status
from envgit.store import history
from tests.builders.command import run_cli
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

HASH = "5" * 64
YML = """\
name: paper
channels: [conda-forge]
dependencies:
  - numpy=1.22.4
  - scipy>=1.7
  - zlib=1.2.13=h166bdaf_4
  - pip:
    - requests==2.31.0
    - rich
"""
LOCK = f"@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/linux-64/zlib-1.2.13-h166bdaf_4.conda#{HASH}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path, hooks=False)
    project.repo.write({"old.yml": YML, "old.lock": LOCK})
    return project


def path(project: Project, name: str) -> str:
    return str(project.repo.path / name)


def test_import_is_counted_by_what_the_file_knows(project: Project) -> None:
    imported = import_file(project.workspace(), path(project, "old.yml"))
    assert imported.known == {
        "conda": {"file": 0, "build": 1, "version": 1, "spec": 1},
        "pypi": {"file": 0, "build": 0, "version": 1, "spec": 1},
    }
    exact = import_file(project.workspace(), path(project, "old.lock"))
    assert exact.known["conda"] == {"file": 1, "build": 0, "version": 0, "spec": 0}


def test_imported_baseline_opens_as_what_the_file_says(project: Project) -> None:
    imported = import_file(project.workspace(), path(project, "old.yml"), tag="exp-v1")
    opened = open_revision(project.workspace(), "exp-v1")
    assert opened.snapshot == imported.snapshot
    assert opened.observation is not None
    assert opened.observation.summary == "old.yml: 3 conda and 2 pip packages"
    assert project.repo.git("rev-parse", "env/exp-v1^{commit}") == imported.observation.commit
    assert project.repo.git("cat-file", "-t", "env/exp-v1") == "tag"


def test_import_was_seen_on_no_host(project: Project) -> None:
    import_file(project.workspace(), path(project, "old.yml"), tag="old")
    assert open_revision(project.workspace(), "old").host is None


def test_import_is_neither_heads_snapshot_nor_the_newest(project: Project) -> None:
    project.repo.git("commit", "--quiet", "--allow-empty", "--message", "code")
    recorded = snapshot(project.workspace())
    import_file(project.workspace(), path(project, "old.yml"), tag="exp-v1")
    assert open_head(project.workspace()).snapshot.id == recorded.snapshot
    assert status(project.workspace()).clean
    newest = history.newest(project.workspace().git)
    assert newest is not None
    assert newest.commit == recorded.commit
    assert [entry.observation.environment for entry in log(project.workspace())] == ["default"]
    assert not snapshot(project.workspace()).changed


def test_where_all_was_imported_head_has_no_snapshot(project: Project) -> None:
    import_file(project.workspace(), path(project, "old.yml"), tag="exp-v1")
    with pytest.raises(NoStore, match="holds imported environments alone"):
        open_head(project.workspace())


def test_importing_the_same_file_again_adds_nothing_but_its_name(project: Project) -> None:
    first = import_file(project.workspace(), path(project, "old.yml"))
    import_file(project.workspace(), path(project, "old.lock"))
    again = import_file(project.workspace(), path(project, "old.yml"), tag="exp-v1")
    third = import_file(project.workspace(), path(project, "old.yml"), tag="exp-v1")
    assert (first.new, again.new, third.new) == (True, False, False)
    assert first.observation == again.observation == third.observation
    assert project.repo.git("rev-list", "--count", f"envgit/{IMPORTED}") == "2"


def test_name_of_another_environment_is_refused_and_nothing_is_recorded(project: Project) -> None:
    import_file(project.workspace(), path(project, "old.yml"), tag="exp-v1")
    before = project.repo.git("for-each-ref")
    with pytest.raises(Conflict, match="baseline exp-v1 exists"):
        import_file(project.workspace(), path(project, "old.lock"), tag="exp-v1")
    assert project.repo.git("for-each-ref") == before


def test_bound_environment_of_the_name_for_imports_is_refused(project: Project) -> None:
    project.repo.git("config", f"envgit.{IMPORTED}.prefix", "/some/where")
    with pytest.raises(Conflict, match="the environment imported is bound here"):
        import_file(project.workspace(), path(project, "old.yml"))


def test_file_that_names_no_package_is_refused(project: Project) -> None:
    project.repo.write({"empty.yml": "channels: [x]\ndependencies: []\n"})
    with pytest.raises(BadFile, match="names no package"):
        import_file(project.workspace(), path(project, "empty.yml"))


def test_list_of_what_conda_brought_is_refused_and_nothing_is_recorded(project: Project) -> None:
    six = {"metadata": {"name": "six", "version": "1.17.0"}, "installer": "conda"}
    inspected = {"version": "1", "pip_version": "25.0", "installed": [six], "environment": {}}
    with pytest.raises(BadFile, match="names only what conda brought") as caught:
        import_file(project.workspace(), "inspect.json", content=json.dumps(inspected).encode())
    assert caught.value.hint == "import what conda writes: conda list --explicit"
    assert project.repo.git("for-each-ref", f"refs/heads/envgit/{IMPORTED}") == ""


def test_what_a_stream_says_is_imported_under_the_name_it_is_given(project: Project) -> None:
    imported = import_file(project.workspace(), "standard input", content=YML.encode())
    assert imported.observation.summary.startswith("standard input: ")


@pytest.mark.parametrize(
    "other",
    [
        YML.replace("scipy>=1.7", "scipy>=1.8"),
        YML.replace("- rich", "- rich>=13"),
        YML.replace("- rich", "- git+https://host/o/rich@main"),
        YML.replace("requests==2.31.0", "requests[socks]==2.31.0"),
    ],
)
def test_environments_that_ask_for_other_things_are_other_snapshots(project: Project, other: str) -> None:
    first = import_file(project.workspace(), "a.yml", content=YML.encode())
    second = import_file(project.workspace(), "b.yml", content=other.encode())
    assert first.snapshot.id != second.snapshot.id
    for one in (first, second):
        assert decode_manifest(encode_manifest(one.snapshot), where="x") == one.snapshot


def test_platform_stays_unknown_unless_it_is_told(project: Project) -> None:
    loose = import_file(project.workspace(), path(project, "old.yml"))
    told = import_file(project.workspace(), path(project, "old.yml"), platform="osx-64")
    assert loose.snapshot.environment.platform == ""
    assert told.snapshot.environment.platform == "osx-64"
    shown = open_shown(project.workspace(), told.snapshot.id)
    assert b"numpy=1.22.4" in show_file(project.workspace(), shown, "environment.yml")


def test_imported_environment_of_no_platform_has_no_lock(project: Project) -> None:
    imported = import_file(project.workspace(), path(project, "old.yml"))
    names = project.repo.git("ls-tree", "--name-only", imported.observation.commit).split()
    assert names == ["environment.yml", "observation.json", "requirements.txt", "snapshot.json"]


@pytest.mark.parametrize(
    ("text", "channels"), [("zlib=1.2.13=h166bdaf_4\n", ("bio", "conda-forge")), (YML, ("conda-forge",))]
)
def test_channels_are_told_of_a_list_that_names_none(
    project: Project, text: str, channels: tuple[str, ...]
) -> None:
    told = ("bio", "conda-forge")
    imported = import_file(project.workspace(), "list", content=text.encode(), channels=told)
    assert imported.snapshot.environment.channels == channels


def test_credentials_of_a_file_are_not_recorded(project: Project) -> None:
    secret = YML.replace("conda-forge", "https://host/t/tk-0123456789abcdef/ch")
    imported = import_file(project.workspace(), "a.yml", content=secret.encode(), tag="exp")
    for name in project.repo.git("ls-tree", "--name-only", imported.observation.commit).split():
        assert "tk-0123456789abcdef" not in project.repo.git("show", f"env/exp:{name}")


def test_credentials_that_are_told_of_a_file_are_not_recorded(project: Project) -> None:
    secret = "https://host/t/tk-0123456789abcdef/ch"
    import_file(
        project.workspace(),
        "list",
        content=b"zlib=1.2\n",
        tag="exp",
        message=f"of {secret}",
        channels=[secret],
    )
    recorded = project.repo.git("show", "--format=%B", "env/exp")
    assert "of https://host/ch\n" in recorded
    assert "  - https://host/ch\n" in recorded
    assert "tk-0123456789abcdef" not in recorded


def test_command_reads_standard_input_and_prints_one_object(project: Project) -> None:
    ran = run_cli("import", "-", "--tag", "exp-v1", "--json", cwd=project.repo.path, stdin=YML)
    said = json.loads(ran.stdout)
    assert said["tag"] == "exp-v1"
    assert said["known"]["pypi"] == {"file": 0, "build": 0, "version": 1, "spec": 1}
    assert said["platform"] is None
