"""Many who record at once: each of them is recorded."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.faults.records import assert_sound, records

if TYPE_CHECKING:
    from pathlib import Path

    from tests.githooks.project import Project

WRITERS = 40


def test_40_work_trees_that_commit_and_snapshot_at_once_leave_40_records(
    project: Project, tmp_path: Path
) -> None:
    trees = [tmp_path / f"tree-{number}" for number in range(WRITERS)]
    for tree in trees:
        project.repo.git("worktree", "add", "--quiet", "--detach", str(tree))
    project.repo.git("config", "envgit.deadline", "60")  # 40 at once may be slow; they may not be lost
    before = records(project.repo)
    started = [
        subprocess.Popen(command, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for tree, command in zip(trees, commands(), strict=True)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]
    assert [code for _, code in ended] == [0] * WRITERS
    assert not [said for said, _ in ended if "Git goes on" in said]
    after = records(project.repo)
    assert after[WRITERS:] == before
    assert len(after) == WRITERS + len(before)
    heads = {project.repo.git("-C", str(tree), "rev-parse", "HEAD") for tree in trees}
    assert heads == {record.code for record in after[:WRITERS]}
    assert_sound(project.repo)


def test_nothing_is_lost_where_many_find_a_changed_environment_and_a_queue_that_waits(
    project: Project, tmp_path: Path
) -> None:
    lock = project.repo.git_dir / "refs/heads/envgit/default.lock"
    lock.mkdir()
    project.commit()
    waited = project.repo.head
    lock.rmdir()
    trees = [tmp_path / f"tree-{number}" for number in range(16)]
    for tree in trees:
        project.repo.git("worktree", "add", "--quiet", "--detach", str(tree))
    project.repo.git("config", "envgit.deadline", "60")
    project.upgrade("2.0")
    commit = ["git", "commit", "--quiet", "--allow-empty", "--message", "Change"]
    dated = [{**os.environ, "GIT_COMMITTER_DATE": f"@{1_700_000_000 + n} +0000"} for n in range(len(trees))]
    started = [
        subprocess.Popen(commit, cwd=tree, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for tree, environ in zip(trees, dated, strict=True)
    ]
    assert [process.wait() for process in started] == [0] * len(trees)
    subprocess.run([sys.executable, "-m", "envgit", "snapshot"], cwd=project.repo.path, check=True)
    codes = [record.code for record in records(project.repo)]
    heads = {project.repo.git("-C", str(tree), "rev-parse", "HEAD") for tree in trees}
    assert len(heads) == len(trees)
    assert {code: codes.count(code) for code in heads} == dict.fromkeys(heads, 1)
    assert waited in codes
    assert not (project.repo.git_dir / "envgit/queue").exists()
    assert_sound(project.repo)


def commands() -> list[list[str]]:
    """Every fourth writer takes a snapshot by hand, the others commit."""
    commit = ["git", "commit", "--quiet", "--allow-empty", "--message"]
    return [
        [sys.executable, "-m", "envgit", "snapshot"] if number % 4 == 0 else [*commit, f"Writer {number}"]
        for number in range(WRITERS)
    ]
