"""Whatever is killed at whatever moment: nothing recorded is lost, and the next commit is recorded.

200 kills at random moments, which come from the seed of each batch. `pytest -rP` tells where they fell.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from envgit.githooks.init import init
from tests.faults.killing import Killed, Target, kill_after
from tests.faults.records import Record, assert_sound, records
from tests.faults.situations import let_an_hour_pass, nothing_new, unwritten, upgrade
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/stat"), reason="who is running is read from /proc, which is not there"
)

BATCHES = 10
KILLS = 20

ENVGIT = (sys.executable, "-m", "envgit")
COMMIT = ("git", "commit", "--quiet", "--allow-empty", "--message=Killed")
EVERYTHING: tuple[Target, ...] = ("group", "hook", "envgit", "git")
#: A rebase that is killed itself is the user's to end; only what envgit does in it is killed here.
OURS: tuple[Target, ...] = ("hook", "envgit", "git")


def name_baseline(project: Project, number: int) -> None:
    project.repo.git("tag", f"env/gone-{number}", "envgit/default")


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Something to be killed in: what goes before it, its command, and who in it may be killed."""

    command: Callable[[int], tuple[str, ...]]
    before: Callable[[Project, int], None] = nothing_new
    targets: tuple[Target, ...] = EVERYTHING


ACTS = {
    "commit": Act(command=lambda _: COMMIT),
    "commit, changed": Act(command=lambda _: COMMIT, before=upgrade),
    "commit, one waits": Act(command=lambda _: COMMIT, before=unwritten),
    "amend": Act(command=lambda _: (*COMMIT, "--amend"), before=upgrade),
    "rebase": Act(command=lambda _: ("git", "rebase", "--quiet", "--no-ff", "HEAD~2"), targets=OURS),
    "snapshot": Act(command=lambda _: (*ENVGIT, "snapshot"), before=upgrade),
    "snapshot --tag": Act(command=lambda n: (*ENVGIT, "snapshot", "--tag", f"kept-{n}"), before=upgrade),
    "tag": Act(command=lambda n: (*ENVGIT, "tag", f"named-{n}")),
    "tag --delete": Act(command=lambda n: (*ENVGIT, "tag", "--delete", f"gone-{n}"), before=name_baseline),
    "init": Act(command=lambda _: (*ENVGIT, "init", "--no-snapshot")),
    "uninstall": Act(command=lambda _: (*ENVGIT, "uninstall")),
}


@dataclass(kw_only=True)
class Batch:
    """One repository through many kills."""

    project: Project
    chance: random.Random
    recorded: set[Record] = field(default_factory=set)
    waited: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    locks: Counter[str] = field(default_factory=Counter)

    def kill_in(self, name: str, number: int, duration: float) -> None:
        """Kill once somewhere in an act, and see that all goes on; too late, it counts for nothing."""
        act = ACTS[name]
        act.before(self.project, number)
        if act.before is unwritten:
            self.waited.append(self.project.repo.head)
        killed = kill_after(
            self.chance.uniform(0, duration),
            act.command(number),
            cwd=self.project.repo.path,
            env={"GIT_COMMITTER_DATE": f"{2_000_000_000 + number} +0000"} if name == "rebase" else {},
            targets=act.targets,
            chance=self.chance,
        )
        self.age_locks(name)
        if name in {"init", "uninstall"}:
            self.install_again()
        if killed is None:
            return
        self.kills[f"{name}: {killed.target} in {killed.stage}"] += 1
        if act.command(number)[0] == "git" and killed.target != "group":
            assert killed.code == 0, killed
        self.next_commit_is_recorded(killed)

    def install_again(self) -> None:
        init(self.project.workspace(), prefix=str(self.project.prefix), first_snapshot=False)

    def age_locks(self, name: str) -> None:
        """A Git that is killed leaves the locks that it holds; an old one must not count."""
        git_dir = self.project.repo.git_dir
        locks = [*git_dir.glob("*.lock"), *git_dir.glob("refs/**/*.lock")]
        self.locks.update(f"{lock.relative_to(git_dir)} after {name}" for lock in locks)
        let_an_hour_pass(locks)

    def next_commit_is_recorded(self, killed: Killed) -> None:
        started = time.monotonic()
        said = self.project.commit()
        took = time.monotonic() - started
        now = records(self.project.repo)
        assert now[0].code == self.project.repo.head, (killed, said)
        assert took < 2, (took, killed, said)
        assert self.recorded <= set(now), killed
        codes = [record.code for record in now]
        assert [codes.count(commit) for commit in self.waited] == [1] * len(self.waited), killed
        self.recorded = set(now)


@pytest.fixture(scope="module")
def durations(sealed_session: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """Seconds that each act takes when nobody kills it."""
    project = make_project(tmp_path_factory.mktemp("unharmed"))
    for _ in range(2):
        project.commit()
    return {name: duration(project, act) for name, act in ACTS.items()}


def duration(project: Project, act: Act) -> float:
    act.before(project, 0)
    program, *arguments = act.command(0)
    alias = () if program == "git" else ("-c", f"alias.act=!{program}", "act")
    started = time.monotonic()
    project.repo.git(*alias, *arguments)
    return time.monotonic() - started


@pytest.mark.parametrize("seed", range(BATCHES))
def test_killed_at_any_moment_nothing_is_lost_and_the_next_commit_is_recorded(
    seed: int, tmp_path: Path, durations: dict[str, float]
) -> None:
    batch = Batch(project=make_project(tmp_path), chance=random.Random(seed))
    for _ in range(2):
        batch.project.commit()
    number = 0
    while batch.kills.total() < KILLS:
        number += 1
        name = batch.chance.choice(sorted(ACTS))
        batch.kill_in(name, number, durations[name])
    sys.stdout.writelines(
        f"{count} × {what}\n" for what, count in sorted((batch.kills + batch.locks).items())
    )
    assert_sound(batch.project.repo)
