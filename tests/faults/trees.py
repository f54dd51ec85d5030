"""Kill a command, or one of the processes that it started, at some moment of its work."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

import psutil

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

#: Who is killed: all of them, the command itself, the process that links conda packages, uv; or Ctrl-C.
Target = Literal["all", "parent", "linker", "uv", "ctrl-c"]
_SECONDS_TO_END = 30
_STEP = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class Struck:
    """Who was killed, and in what ``stage`` of the work; ``code`` and ``stderr`` are the command's."""

    target: Target
    stage: str
    code: int
    stderr: str


def strike_after(
    seconds: float,
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    target: Target,
    chance: random.Random,
) -> Struck | None:
    """Start a command and kill ``target`` at this moment, or as soon as it is there; None if it never was."""
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
        known: set[psutil.Process] = set()
        time.sleep(seconds)
        stage = _strike(started.pid, target, known)
        while stage is None and started.poll() is None:
            time.sleep(chance.uniform(0, _STEP))
            stage = _strike(started.pid, target, known)
        _, stderr = started.communicate(timeout=_SECONDS_TO_END)
    _, alive = psutil.wait_procs(known, timeout=_SECONDS_TO_END)
    assert not alive, f"still running: {alive}"
    if stage is None:
        return None
    return Struck(target=target, stage=stage, code=started.returncode, stderr=stderr)


def _strike(root: int, target: Target, known: set[psutil.Process]) -> str | None:
    """Kill the target in the stage of the work that is returned; None when it is not there."""
    try:
        tree = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    known.update(tree)
    _signal(tree, signal.SIGSTOP)
    kinds = {process: _kind(process) for process in tree}
    victims = tree if target == "all" else [p for p in tree if kinds[p] == target]
    if target in {"parent", "ctrl-c"}:
        victims = tree[:1]
    if target == "ctrl-c":
        _signal(tree, signal.SIGCONT)
        with suppress(ProcessLookupError):  # the terminal tells the whole group
            os.killpg(root, signal.SIGINT)
    else:
        _signal(victims, signal.SIGKILL)
        _signal(tree, signal.SIGCONT)
    stages = [kind for kind in kinds.values() if kind in {"linker", "uv"}]
    return (stages or ["parent"])[-1] if victims else None


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _kind(process: psutil.Process) -> str:
    try:
        words = process.cmdline()
    except psutil.Error:
        return "gone"
    if any("envgit.restore.conda" in word for word in words):
        return "linker"
    return "uv" if words and PurePath(words[0]).name == "uv" else "other"
