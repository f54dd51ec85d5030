"""How soon the commands answer that people wait for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.prefix import generate
from benchmarks.project import make_project
from benchmarks.timing import Timed, bare_python, medians

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LIMITS = {"--help": 12, "log": None, "status": None, "diff": None}


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Run each command on a prefix that is recorded as it is."""
    project = make_project(folder / "project", generate(folder / "env"))
    project.commit()
    series = {command: Timed(run=partial(project.envgit, command)) for command in _LIMITS}
    seconds = medians({**series, "bare python": Timed(run=bare_python)}, rounds=rounds)
    bare = seconds["bare python"]
    for command, limit in _LIMITS.items():
        yield Figure(
            name=f"envgit {command}",
            value=seconds[command] / bare,
            limit=limit,
            seconds={command: seconds[command], "bare python": bare},
        )
