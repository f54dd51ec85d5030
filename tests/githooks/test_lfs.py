"""git-lfs installs hooks of its own, and overwrites those of others only when forced."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.githooks.init import init
from envgit.githooks.install import uninstall
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

#: The text of git-lfs 3 for one event, by its `lfs/hook.go`.
HOOK = """#!/bin/sh
command -v git-lfs >/dev/null 2>&1 || {{ printf >&2 "\\n%s\\n\\n" "This repository is configured for Git LFS \
but 'git-lfs' was not found on your path. If you no longer wish to use Git LFS, remove this hook by deleting \
the '{event}' file in the hooks directory (set by 'core.hookspath'; usually '.git/hooks')."; exit 2; }}
git lfs {event} "$@"
"""
EVENTS = ("pre-push", "post-checkout", "post-commit", "post-merge")
HOOKS = {event: HOOK.format(event=event) for event in EVENTS}


@pytest.fixture
def lfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git-lfs on PATH that notes how it is called; the file of its notes."""
    notes, program = tmp_path / "lfs.log", tmp_path / "bin/git-lfs"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{notes}"\n[ "$1" != pre-push ] || cat >> "{notes}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return notes


def git_lfs_install(project: Project, *, force: bool = False) -> None:
    """What ``git lfs install`` does: a hook that is there and not its own is left, unless forced."""
    for event, text in HOOKS.items():
        if force or not (project.hooks / event).exists():
            project.add_hook(event, text)


def works(project: Project, notes: Path) -> None:
    notes.unlink(missing_ok=True)
    repo, before = project.repo, len(project.sightings())
    repo.git("init", "--quiet", "--bare", "../remote.git")
    repo.git("checkout", "--quiet", "-b", "side")
    assert project.commit() == ""
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    repo.git("push", "--quiet", "../remote.git", "main")
    called = notes.read_text().splitlines()
    zero = "0" * 40
    assert [line.split()[0] for line in called] == [
        "post-checkout", "post-commit", "post-checkout", "post-merge", "pre-push", "refs/heads/main",
    ]  # fmt: skip
    assert called[-1] == f"refs/heads/main {repo.head} refs/heads/main {zero}"
    assert [trigger for trigger, _ in project.sightings()[before:]] == ["post-commit", "post-merge"]


def test_git_lfs_that_was_there_before_still_runs_and_so_do_we(tmp_path: Path, lfs: Path) -> None:
    works(make_project(tmp_path, foreign=HOOKS), lfs)


def test_git_lfs_that_comes_after_leaves_ours_and_is_run_after_the_merge_it_asks_for(
    tmp_path: Path, lfs: Path
) -> None:
    """It prints its line for the user to add to the hook that is there."""
    project = make_project(tmp_path)
    git_lfs_install(project)
    for event in EVENTS:
        hook = project.hooks / event
        hook.write_text(hook.read_text().replace("#!/bin/sh\n", f'#!/bin/sh\ngit lfs {event} "$@"\n', 1))
    # pre-push has one input for both: the line of git-lfs would leave none to us, who need none here.
    works(project, lfs)


def test_git_lfs_forced_over_us_is_wrapped_by_the_next_init(tmp_path: Path, lfs: Path) -> None:
    project = make_project(tmp_path)
    git_lfs_install(project, force=True)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    works(project, lfs)


def test_git_lfs_forced_over_us_who_wrapped_it_is_no_second_hook(tmp_path: Path, lfs: Path) -> None:
    project = make_project(tmp_path, foreign=HOOKS)
    git_lfs_install(project, force=True)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    works(project, lfs)
    uninstall(project.workspace().repository)
    assert {event: (project.hooks / event).read_text() for event in EVENTS} == HOOKS
