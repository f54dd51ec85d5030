"""A snapshot is exported whole or not at all, with a word on what is lost, and read back as what it was."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest

from envgit.cli.export import Format
from envgit.errors import Conflict, EnvgitError
from envgit.operations.export import FORMATS, export, write
from envgit.operations.importing import import_file
from envgit.operations.tag import tag
from tests.builders.command import run_cli
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.formats.writing import Snippet, Written

URL = "https://conda.anaconda.org/conda-forge"
LOCK = (
    "@EXPLICIT\n"
    f"{URL}/linux-64/zlib-1.2.13-h166bdaf_4.conda#{'5' * 64}\n"
    f"{URL}/noarch/six-1.16.0-pyh6c4a22f_0.tar.bz2#{'6' * 64}\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path, hooks=False)
    project.repo.write({"old.lock": LOCK})
    import_file(project.workspace(), project.repo.path / "old.lock", tag="exact")
    return project


def test_command_line_offers_every_format() -> None:
    assert [format_.value for format_ in Format] == list(FORMATS)


@pytest.mark.parametrize("format_", ["explicit", "pixi-lock"])
def test_exact_formats_read_back_as_the_same_snapshot(project: Project, tmp_path: Path, format_: str) -> None:
    exported = export(project.workspace(), "exact", cast("Written", format_))
    file = tmp_path / "exported"
    write(exported, file)
    again = import_file(project.workspace(), file)
    assert again.snapshot.id == exported.revision.snapshot.id
    assert exported.losses == ()


def test_export_of_a_file_names_what_is_lost(project: Project) -> None:
    exported = export(project.workspace(), str(project.repo.path / "old.lock"), "environment-yml")
    assert "  - six=1.16.0\n" in exported.text
    assert [warned.message for warned in exported.losses][:2] == [
        "environment-yml does not keep the builds of conda packages: six pyh6c4a22f_0, zlib h166bdaf_4",
        "environment-yml does not keep the hashes of conda packages: six, zlib",
    ]


def test_file_that_is_there_is_kept_unless_it_is_forced(project: Project, tmp_path: Path) -> None:
    exported = export(project.workspace(), "exact", "explicit")
    file = tmp_path / "spec.txt"
    file.write_text("by hand\n")
    with pytest.raises(Conflict, match="exists and holds something else"):
        write(exported, file)
    assert file.read_text() == "by hand\n"
    write(exported, file, force=True)
    assert file.read_text() == exported.text
    write(exported, file)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("spec")] == ["spec.txt"]


def test_file_that_cannot_be_written_is_an_error_and_nothing_is_left(
    project: Project, tmp_path: Path
) -> None:
    exported = export(project.workspace(), "exact", "explicit")
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvgitError, match="cannot be written"):
        write(exported, tmp_path / "file" / "spec.txt")
    (tmp_path / "folder").mkdir()
    with pytest.raises(Conflict):
        write(exported, tmp_path / "folder", force=True)
    assert not [*(tmp_path / "folder").iterdir()]


def test_link_stays_one_and_what_it_leads_to_is_written(project: Project, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real.txt")
    (tmp_path / "real.txt").write_text("old\n")
    write(export(project.workspace(), "exact", "explicit"), tmp_path / "link", force=True)
    assert stat.S_ISLNK((tmp_path / "link").lstat().st_mode)
    assert (tmp_path / "real.txt").read_text().endswith("\n")
    assert "@EXPLICIT" in (tmp_path / "real.txt").read_text()


@pytest.mark.parametrize("snippet", ["dockerfile", "github-actions", "gitlab-ci"])
def test_snippet_names_the_baseline_else_the_snapshot(project: Project, snippet: str) -> None:
    format_ = cast("Snippet", snippet)
    recorded = tag(project.workspace(), "paper-v1").observation
    for rev in ("paper-v1", "env/paper-v1", recorded.snapshot[:12]):
        assert "envgit checkout env/paper-v1 " in export(project.workspace(), rev, format_).text
    project.repo.git("tag", "--delete", "env/paper-v1")
    text = export(project.workspace(), recorded.snapshot[:12], format_).text
    assert f"envgit checkout {recorded.snapshot} " in text


@pytest.mark.parametrize("rev", ["live", "./old.lock"])
def test_snippet_of_what_is_not_recorded_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, rev: str
) -> None:
    monkeypatch.chdir(project.repo.path)
    with pytest.raises(EnvgitError, match="is not recorded"):
        export(project.workspace(), rev, "dockerfile")


def test_snippet_that_could_never_succeed_is_refused(project: Project) -> None:
    loose = b"channels: [conda-forge]\ndependencies: [zlib=1.3]\n"
    import_file(project.workspace(), "old.yml", content=loose, tag="loose")
    with pytest.raises(EnvgitError, match="loose names versions or less") as caught:
        export(project.workspace(), "loose", "dockerfile")
    assert caught.value.hint.startswith("envgit checkout loose -p PREFIX, then ")
    assert "zlib" in export(project.workspace(), "loose", "environment-yml").text


def test_command_prints_the_text_alone_and_what_is_lost_on_stderr(project: Project) -> None:
    ran = run_cli("export", "exact", "--format", "environment-yml", cwd=project.repo.path)
    assert ran.code == 0
    assert ran.stdout == export(project.workspace(), "exact", "environment-yml").text
    assert "warning: environment-yml does not keep the hashes of conda packages: six, zlib\n" in ran.stderr


def test_command_prints_one_object(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "spec.txt"
    command = ("export", "exact", "--format", "explicit", "-o", file, "--json")
    said = json.loads(run_cli(*command, cwd=project.repo.path).stdout)
    assert said["file"] == str(file)
    assert said["text"] is None
    assert [warned["kind"] for warned in said["warnings"]] == []
    assert "@EXPLICIT" in file.read_text()


@pytest.mark.parametrize("force", [False, True])
def test_pipe_is_written_to_and_never_replaced(project: Project, tmp_path: Path, force: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    exported = export(project.workspace(), "live", "requirements")
    with ThreadPoolExecutor(1) as readers:
        read = readers.submit(pipe.read_text)
        write(exported, pipe, force=force)
        assert read.result() == exported.text
    assert pipe.is_fifo()
