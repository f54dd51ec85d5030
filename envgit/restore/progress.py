"""How long work is reported while it is done; the terminal is somebody else's."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """One bar at a time: started, advanced, finished. A bar that is started ends the one before."""

    def start(self, label: str, total: int, unit: str) -> None:
        """Begin work of ``total`` units, 0 when unknown; ``unit`` is ``bytes`` or a plural noun."""

    def advance(self, n: int) -> None:
        """Report ``n`` more units as done; fewer when something starts over."""

    def notice(self, line: str) -> None:
        """Say once what somebody who waits should know; the piece of work goes on."""

    def finish(self) -> None:
        """End the piece of work, whether or not all of it was done."""


class Silent:
    """Reports nothing."""

    def start(self, label: str, total: int, unit: str) -> None:
        """Nothing."""

    def advance(self, n: int) -> None:
        """Nothing."""

    def notice(self, line: str) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""
