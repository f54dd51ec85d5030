"""What the doctor finds waiting, and in the log of the hooks."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from tests.builders import make_prefix
from tests.doctor.visits import follow, found, mended, said, the_only

if TYPE_CHECKING:
    import pytest

    from tests.githooks.project import Project


def test_empty_queue_is_no_finding(project: Project) -> None:
    project.commit()
    assert found(project.repo, "queue") == []
    assert said(project.repo, "queue") == "nothing waits to be recorded"


def test_event_that_waits_is_a_warning_until_it_is_recorded(project: Project) -> None:
    lock = project.repo.git_dir / "refs/heads/envgit/default.lock"
    lock.touch()
    project.commit()
    os.utime(lock, (time.time() - 3600,) * 2)
    finding = found(project.repo, "queue")[0]
    assert finding.severity == "warning"
    assert finding.message == "1 event could not be recorded yet"
    follow(project.repo, the_only(project.repo, "store"))
    assert mended(project.repo, finding)


def test_failure_after_the_newest_snapshot_is_a_warning_until_something_is_recorded(project: Project) -> None:
    shutil.rmtree(project.prefix)
    project.commit(env={"GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z"})
    log = project.repo.git_dir / "envgit/hook.log"
    log.write_text("2099-01-01T00:00:00+0000 post-commit: the disk is full\nTraceback: …\n")
    finding = next(f for f in found(project.repo, "queue") if "hook failed" in f.message)
    assert finding.severity == "warning"
    assert "post-commit: the disk is full" in finding.message
    log.write_text(log.read_text().replace("2099", "2001"))
    make_prefix(project.prefix)
    assert mended(project.repo, finding)


def test_what_waits_and_why_name_their_one_command_once(project: Project) -> None:
    (project.repo.git_dir / "refs/heads/envgit/default.lock").touch()
    project.commit()
    log = project.repo.git_dir / "envgit/hook.log"
    log.write_text("2099-01-01T00:00:00+0000 post-commit: a lock\n")
    assert [finding.command for finding in found(project.repo, "queue")] == ["envgit snapshot", ""]


def test_what_is_no_folder_where_envgit_keeps_its_own_is_broken_until_it_is_moved(project: Project) -> None:
    folder = project.repo.git_dir / "envgit"
    shutil.rmtree(folder)
    folder.write_text("mine")
    finding = the_only(project.repo, "queue")
    assert finding.severity == "broken"
    assert finding.message.startswith(f"{folder} is no folder: ")
    assert found(project.repo) == [finding]
    assert mended(project.repo, finding)
    assert folder.with_name("envgit.aside").read_text() == "mine"


def test_folder_of_envgits_own_that_cannot_be_written_to_is_broken_until_it_can(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.repo.git_dir / "envgit"
    folder.chmod(0o500)
    writable = os.access
    with monkeypatch.context() as patch:  # whoever is root may write anywhere
        patch.setattr(os, "access", lambda path, mode: path != str(folder) and writable(path, mode))
        finding = the_only(project.repo, "queue")
    assert finding.severity == "broken"
    assert finding.message.startswith(f"{folder} cannot be written to: ")
    assert mended(project.repo, finding)
    assert folder.stat().st_mode & 0o700 == 0o700


def test_failure_before_the_newest_snapshot_is_a_note(project: Project) -> None:
    log = project.repo.git_dir / "envgit/hook.log"
    log.write_text("2001-01-01T00:00:00+0000 post-commit: took too long\n")
    finding = the_only(project.repo, "queue")
    assert finding.severity == "note"
    assert finding.message.endswith("post-commit: took too long")
