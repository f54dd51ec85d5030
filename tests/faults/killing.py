"""Kill envgit, what it started or what started it, in the middle of their work."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Who is killed: the whole process group, envgit with its launcher and its Git, envgit alone, its Git alone.
Target = Literal["group", "hook", "envgit", "git"]
_SECONDS_TO_END = 20
_STEP = 0.01
_GIT = re.compile(r"git(?: -c \S+)* (\S+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Killed:
    """What was killed, and in what ``stage``; ``code`` and ``stderr`` are those of the whole command."""

    target: Target
    stage: str
    code: int
    stderr: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Process:
    pid: int
    parent: int
    command: str

    @property
    def is_launcher(self) -> bool:
        # Not of pre-commit: Git takes the death of that one for a refusal, whatever it was about to say.
        return "/hooks/post-" in self.command and not self.is_envgit

    @property
    def is_envgit(self) -> bool:
        return "entry.py" in self.command or "-m envgit" in self.command

    @property
    def is_git(self) -> bool:
        return _GIT.match(self.command) is not None


def kill_after(
    seconds: float,
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    targets: Sequence[Target],
    chance: random.Random,
) -> Killed | None:
    """Start a command and at this moment kill one of ``targets``, by ``chance``; None when it was not there.

    All processes are stopped first, so that who is there stays there until it is killed.
    """
    target = chance.choice(targets)
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as started:
        time.sleep(seconds)
        stage = _strike(started.pid, target)
        while stage is None and target == "git" and started.poll() is None:
            time.sleep(chance.uniform(0, _STEP))  # envgit's Git is there for moments only
            stage = _strike(started.pid, target)
        _, stderr = started.communicate(timeout=_SECONDS_TO_END)
    _await_end(started.pid)
    if stage is None:
        return None
    return Killed(target=target, stage=stage, code=started.returncode, stderr=stderr)


def _strike(group: int, target: Target) -> str | None:
    """Kill the target in the stage of its work that is returned; None when it is not there."""
    try:
        os.killpg(group, signal.SIGSTOP)
    except ProcessLookupError:
        return None
    ours = _of_envgit(_processes(group))
    victims = _victims(ours, target)
    for victim in victims:
        os.kill(victim.pid, signal.SIGKILL)
    os.killpg(group, signal.SIGKILL if victims and target == "group" else signal.SIGCONT)
    return _stage(ours) if victims else None


def _victims(ours: list[_Process], target: Target) -> list[_Process]:
    if target == "envgit":
        return [process for process in ours if process.is_envgit]
    if target == "git":
        return [process for process in ours if process.is_git]
    return ours


def _of_envgit(processes: list[_Process]) -> list[_Process]:
    """Launchers, envgit and whatever they started."""
    ours: dict[int, _Process] = {}
    for process in processes:  # parents before their children
        if process.parent in ours or process.is_launcher or process.is_envgit:
            ours[process.pid] = process
    return list(ours.values())


def _stage(ours: list[_Process]) -> str:
    """What envgit was doing: the Git command it waits for, else its own work, else being started."""
    for process in ours:
        verb = _GIT.match(process.command)
        if verb:
            return f"git {verb[1]}"
    return "envgit" if any(process.is_envgit for process in ours) else "launcher"


def _processes(group: int) -> list[_Process]:
    """The living processes of a group, by their numbers."""
    numbers = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    return [process for number in numbers if (process := _process(number, group))]


def _process(number: int, group: int) -> _Process | None:
    """A process of this group by what ``proc(5)`` tells of it; None when it is of another, or dead."""
    try:
        with open(f"/proc/{number}/stat") as stat:
            state, parent, its_group = stat.read().rpartition(")")[2].split()[:3]
        if int(its_group) != group or state in {"Z", "X"}:
            return None
        with open(f"/proc/{number}/cmdline") as words:
            return _Process(pid=number, parent=int(parent), command=words.read().replace("\0", " "))
    except (FileNotFoundError, ProcessLookupError):
        return None  # it ended while we looked


def _await_end(group: int) -> None:
    """Wait for what goes on after its parent is gone, such as the Git of an envgit that was killed."""
    end = time.monotonic() + _SECONDS_TO_END
    while left := _processes(group):
        assert time.monotonic() < end, f"still running: {left}"
        time.sleep(0.001)
