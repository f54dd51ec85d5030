"""A disk that is full, a limit that is reached, folders that are read-only: the commit succeeds all the same.

A hook of the user's brings the fault about, when Git has made the commit and envgit has not begun.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.faults.records import assert_sound, records
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def make_faulty_project(folder: Path, fault: str) -> Project:
    """A project in which the fault strikes after each commit while the file ``faulty`` is there."""
    script = f'#!/bin/sh\n[ -e "{folder}/faulty" ] || exit 0\n{fault}\n'
    return make_project(folder, foreign={"post-commit": script})


def commit_in_fault(project: Project, *runner: str) -> str:
    """Commit while the fault strikes; returns what was said, once the commit has succeeded."""
    faulty = project.prefix.with_name("faulty")
    faulty.touch()
    ran = subprocess.run(
        [*runner, "git", "commit", "--quiet", "--allow-empty", "--message=Faulty"],
        cwd=project.repo.path,
        capture_output=True,
        text=True,
        check=False,
    )
    faulty.unlink()
    assert ran.returncode == 0, ran.stderr
    assert project.repo.git("log", "-1", "--format=%s") == "Faulty"
    return ran.stderr


def assert_goes_on(project: Project) -> None:
    """Once the fault is over, commits are recorded as ever."""
    before = set(records(project.repo))
    project.commit()
    now = records(project.repo)
    assert now[0].code == project.repo.head
    assert before < set(now)
    assert_sound(project.repo)


def assert_told(said: str) -> None:
    lines = [line for line in said.splitlines() if line.startswith("envgit: ")]
    assert len(lines) == 1, said
    assert lines[0].startswith("envgit: post-commit: ")
    assert "Traceback" not in said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    mounted = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("no small file system can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_full_disk_costs_no_commit_and_is_told(small_disk: Path, changed: bool) -> None:
    project = make_faulty_project(small_disk, f'cat /dev/zero >"{small_disk}/fill" 2>/dev/null; :')
    project.commit()
    if changed:
        project.upgrade("2.0")
    assert_told(commit_in_fault(project))
    (small_disk / "fill").unlink()
    assert_goes_on(project)


@pytest.mark.skipif(
    not shutil.which("prlimit"), reason="prlimit(1), which limits a running process, is not here"
)
@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_limit_on_files_costs_no_commit_and_is_told(tmp_path: Path, changed: bool) -> None:
    project = make_faulty_project(tmp_path, "prlimit --pid $PPID --fsize=0:")
    project.commit()
    if changed:
        project.upgrade("2.0")
    assert_told(commit_in_fault(project))
    assert_goes_on(project)


def without_privileges() -> tuple[str, ...]:
    """What to run a command by so that permissions hold for it: root may write to all."""
    if os.geteuid():
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root may write to all, and setpriv(1), which takes that away, is not here")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")


@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_commit_whose_objects_cannot_be_written_is_recorded_later(tmp_path: Path, changed: bool) -> None:
    project = make_faulty_project(tmp_path, 'chmod -R a-w "$(git rev-parse --git-path objects)"')
    project.commit()
    if changed:
        project.upgrade("2.0")
    said = commit_in_fault(project, *without_privileges())
    assert_told(said)
    unrecorded = project.repo.head
    subprocess.run(["chmod", "-R", "u+w", project.repo.git_dir / "objects"], check=True)
    assert_goes_on(project)
    assert unrecorded in {record.code for record in records(project.repo)}
