"""What it costs to turn a live environment into another one, as a part of building that one whole."""

from __future__ import annotations

from itertools import count, cycle
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.project import make_project
from benchmarks.restore import install_solved
from benchmarks.timing import Timed, medians

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BEFORE = ("click=8.1", "packaging=24")
_AFTER = ("click=8.2", "packaging=25")
_MOST_ROUNDS = 9


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Change two of some 60 conda packages back and forth, and rebuild the whole at other places."""
    live = folder / "live"
    install_solved(live, folder / "solved", *_BEFORE)
    project = make_project(folder / "project", live)
    project.envgit("tag", "before")
    install_solved(live, folder / "solved", *_AFTER)
    project.envgit("tag", "after")
    revisions, places = cycle(("before", "after")), (str(folder / f"whole-{number}") for number in count())
    seconds = medians(
        {
            "in place": Timed(run=lambda: project.envgit("checkout", next(revisions), "--in-place")),
            "whole": Timed(run=lambda: project.envgit("checkout", "before", "--prefix", next(places))),
        },
        rounds=min(rounds, _MOST_ROUNDS),
    )
    yield Figure(
        name="checkout --in-place, two packages changed ÷ a whole restore",
        value=seconds["in place"] / seconds["whole"],
        limit=0.4,
        seconds=seconds,
    )
