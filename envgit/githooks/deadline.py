"""A hook ends in time: an alarm that goes off as an error wherever the hook is."""

from __future__ import annotations

from envgit.bare import signal
from envgit.errors import EnvgitError


class DeadlineExceededError(EnvgitError):
    """The hook took longer than ``envgit.deadline``."""

    kind = "deadline"


def set_deadline(seconds: float) -> None:
    """From now on there are this many seconds, in place of those that were left.

    Raises:
        DeadlineExceededError: later, at any place, when they are over.
    """
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _exceeded)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def lift_deadline() -> None:
    """From now on it may take the time that it takes."""
    set_deadline(0)


def _exceeded(_number: int, _frame: object) -> None:
    raise DeadlineExceededError("took too long and was given up", hint="git config envgit.deadline <seconds>")
