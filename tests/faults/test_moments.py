"""The moments in which a kill does most harm, each of them hit for certain."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.records import assert_sound, records
from tests.faults.situations import let_an_hour_pass, nothing_new, unwritten, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.githooks.project import Project

KILLING_GIT = """\
#!/bin/sh
# Where envgit starts Git for the Nth time, it is killed as soon as that Git has ended.
number=$(($(cat {count}) + 1))
echo $number >{count}
[ $number = {fatal} ] || exec {git} "$@"
{git} "$@"
kill -9 $PPID
"""

KILLING_HOOK = """\
#!/bin/sh
# Git runs this when it holds the locks of a ref transaction, and when the refs have moved.
[ "$1" = {state} ] && [ -n "$ENVGIT_HOOK" ] && [ -e "$KILL" ] && rm "$KILL" && kill -9 {whom}
exit 0
"""


def run_hook(project: Project, **environ: str) -> None:
    """Run post-commit for a commit that no hook saw, in a process group of its own."""
    project.repo.git("commit", "--quiet", "--allow-empty", "--message=Killed", env={"ENVGIT": "0"})
    subprocess.run(
        [project.hooks / "post-commit"],
        cwd=project.repo.path,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    time.sleep(0.05)  # what a killed hook had started ends by itself


def kill_at_git(project: Project, fatal: int) -> bool:
    """Kill envgit at this start of Git; whether it came to it."""
    bin_, count, git = project.prefix.with_name("bin"), project.prefix.with_name("count"), shutil.which("git")
    bin_.mkdir(exist_ok=True)
    count.write_text("0\n")
    (bin_ / "git").write_text(KILLING_GIT.format(count=count, fatal=fatal, git=git))
    (bin_ / "git").chmod(0o755)
    run_hook(project, PATH=f"{bin_}:{os.environ['PATH']}")
    return int(count.read_text()) >= fatal


def kept(project: Project) -> set[str]:
    """The files that envgit keeps beside Git's, the log apart."""
    folder = project.repo.git_dir / "envgit"
    return {str(file.relative_to(folder)) for file in folder.rglob("*")} - {"hook.log"}


@pytest.mark.parametrize("before", [nothing_new, upgrade, unwritten])
def test_killed_after_each_git_command_the_next_commit_is_recorded(
    project: Project, before: Callable[[Project, int], None]
) -> None:
    fatal, recorded = 1, set(records(project.repo))
    project.commit()
    before(project, fatal)
    while kill_at_git(project, fatal):
        project.commit()
        now = records(project.repo)
        assert now[0].code == project.repo.head
        assert recorded < set(now)
        recorded = set(now)
        fatal += 1
        before(project, fatal)
    assert fatal > 2
    assert_sound(project.repo)


def test_what_killed_envgits_left_beside_git_is_cleared_away(project: Project) -> None:
    project.upgrade("2.0")
    project.commit()
    before, fatal = kept(project), 1
    project.upgrade("2.1")
    while kill_at_git(project, fatal):
        fatal += 1
        project.upgrade(f"2.{fatal}")
    let_an_hour_pass((project.repo.git_dir / "envgit").rglob("*"))
    project.upgrade("3.0")
    project.commit()
    assert kept(project) == before


@pytest.mark.parametrize("whom", ["$PPID", "0"], ids=["git", "everything"])
@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_lock_left_by_a_killed_git_does_not_stop_recording_for_ever(
    project: Project, whom: str, changed: bool, tmp_path: Path
) -> None:
    project.commit()
    project.add_hook("reference-transaction", KILLING_HOOK.format(whom=whom, state="prepared"))
    if changed:
        project.upgrade("2.0")
    (tmp_path / "kill").touch()
    run_hook(project, KILL=str(tmp_path / "kill"))
    refs = project.repo.git_dir / "refs"
    locks = [*refs.glob("heads/envgit/*.lock"), *refs.glob("tags/env/**/*.lock")]
    let_an_hour_pass(locks)
    said = project.commit()
    assert records(project.repo)[0].code == project.repo.head, (locks, said)
    assert [*refs.rglob("*.lock")] == []


@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_git_that_is_killed_when_the_refs_have_moved_makes_no_second_record(
    project: Project, changed: bool, tmp_path: Path
) -> None:
    project.commit()
    project.add_hook("reference-transaction", KILLING_HOOK.format(whom="$PPID", state="committed"))
    if changed:
        project.upgrade("2.0")
    (tmp_path / "kill").touch()
    run_hook(project, KILL=str(tmp_path / "kill"))
    assert not (tmp_path / "kill").exists()
    codes = [record.code for record in records(project.repo)]
    assert codes.count(project.repo.head) == 1
    project.commit()
    assert [record.code for record in records(project.repo)][1:] == codes
