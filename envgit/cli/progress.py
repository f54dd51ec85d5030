"""Progress bars on a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID


class Bars:
    """One bar at a time on stderr; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Bars:
        if sys.stderr.isatty():
            self._progress = _progress()
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def start(self, label: str, total: int, unit: str) -> None:
        """Begin a bar; the one before disappears."""
        self.finish()
        if self._progress is not None:
            self._task = self._progress.add_task(label, total=total or None, unit=unit)

    def advance(self, n: int) -> None:
        """Move the bar on."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, n)

    def finish(self) -> None:
        """Take the bar away."""
        if self._progress is not None and self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Amount(ProgressColumn):
        """How much is done: bytes as sizes, all else as counts."""

        def render(self, task: object) -> Text:
            from rich.filesize import decimal

            done, total = int(task.completed), int(task.total or 0)  # type: ignore[attr-defined]
            unit = task.fields["unit"]  # type: ignore[attr-defined]
            if unit == "bytes":
                return Text(f"{decimal(done)} of {decimal(total)}" if total else decimal(done))
            return Text(f"{done} of {total} {unit}" if total else f"{done} {unit}")

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        Amount(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
