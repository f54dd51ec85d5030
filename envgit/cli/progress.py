"""How long work is shown on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.cli.app import say
from envgit.drift import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import ProgressColumn, TaskID

    from envgit.restore import Progress

#: Seconds between two lines about the same piece of work.
_PAUSE = 10.0


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Progress | None]:
    """Show progress as befits stderr; with ``quiet`` not at all."""
    with bars(quiet=quiet) as on_terminal:
        yield on_terminal or (None if quiet else Lines())


@contextmanager
def bars(*, quiet: bool = False) -> Iterator[Bars | None]:
    """Bars that are gone at the end; None where stderr is no terminal, or nothing is to be shown."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    shown = Bars()
    try:
        yield shown
    finally:
        shown.finish()


class Bars:
    """One bar at a time: bytes with their rate, all else as counts."""

    def __init__(self) -> None:
        self._bar: tuple[RichProgress, TaskID] | None = None

    def start(self, label: str, total: int, unit: str) -> None:
        """Begin a bar; the one before disappears."""
        from rich.console import Console
        from rich.progress import Progress

        self.finish()
        bar = Progress(*_columns(unit), console=Console(stderr=True), transient=True)
        self._bar = (bar, bar.add_task(label, total=total or None))
        bar.start()

    def advance(self, n: int) -> None:
        """Move the bar on, or back."""
        if self._bar is not None:
            bar, task = self._bar
            # Unlike `Progress.advance`, this takes no step back for a speed.
            bar.update(task, advance=n)

    def notice(self, line: str) -> None:
        """Print a line above the bar."""
        if self._bar is not None:
            self._bar[0].console.print(printable(line), markup=False, highlight=False)

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None


class Lines:
    """One line for each piece of work, and one now and then while it takes long."""

    def __init__(self) -> None:
        self._label = ""
        self._total = self._done = 0
        self._unit = ""
        self._begun = self._told = 0.0

    def start(self, label: str, total: int, unit: str) -> None:
        """Say what begins, and how much it is."""
        self._label, self._total, self._unit, self._done = label, total, unit, 0
        self._begun = self._told = time.monotonic()
        if total and unit == "bytes":
            label = f"{label} ({_amount(total, unit)})"
        elif total and label.endswith(f" {unit}"):
            label = f"{label.removesuffix(unit)}{_amount(total, unit)}"
        say(label)

    def advance(self, n: int) -> None:
        """Say how much is done, unless that was said just before."""
        self._done += n
        now = time.monotonic()
        told = self._told > self._begun and self._done == self._total  # who saw a part sees the whole
        if now - self._told >= _PAUSE or told:
            self._told = now
            of = f" of {_amount(self._total, self._unit)}" if self._total else ""
            done = _amount(self._done, self._unit) if self._unit == "bytes" or not of else str(self._done)
            say(f"{self._label}: {done}{of}")

    def notice(self, line: str) -> None:
        """Print a line."""
        say(line)

    def finish(self) -> None:
        """Nothing: the next line tells."""


def _columns(unit: str) -> tuple[ProgressColumn, ...]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    label, bar = TextColumn("{task.description}", markup=False), BarColumn()
    if unit == "bytes":
        return (label, bar, DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    return (label, bar, MofNCompleteColumn(), TextColumn(unit, markup=False), TimeRemainingColumn())


def _amount(n: int, unit: str) -> str:
    if unit == "bytes":
        from envgit.plan import of_size

        return of_size(n)
    return f"{n} {unit.removesuffix('s') if n == 1 else unit}"
