"""Time several commands in turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _nothing() -> None:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """Something to time, and what has to be done each time before it, off the clock."""

    run: Callable[[], object]
    before: Callable[[], object] = _nothing


def bare_python() -> None:
    """Start and end this interpreter with nothing to do: the unit that costs are given in."""
    subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)


def medians(series: Mapping[str, Timed], *, rounds: int) -> dict[str, float]:
    """Median seconds of each of the series, timed A, B, C, A, B, C, … after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in series}
    for _ in range(rounds + 1):
        for name, timed in series.items():
            timed.before()
            started = time.perf_counter()
            timed.run()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(measured[1:]) for name, measured in seconds.items()}
