"""Run one hook: quick, silent when all is well, and never in the way of the commit.

Whatever fails here ends in one line on stderr and an entry in the log under the Git directory.
"""

from __future__ import annotations

import os

from envgit.errors import Interrupted
from envgit.githooks.deadline import DeadlineExceededError, lift_deadline, set_deadline
from envgit.githooks.say import say
from envgit.operations.glance import Glance
from envgit.operations.unchanged import record_unchanged

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Mapping

#: The only exit code that a launcher takes as a refusal, and only from the gate in pre-commit.
REFUSED = 12
#: A partial clone would fetch what it lacks: a hook can do without it.
_WITHOUT_NETWORK = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
#: The events whose commit may well have changed nothing.
_RECORDING = ("post-commit", "post-applypatch")
#: Seconds until the user's own deadline is read, and to say what could not be done within it.
_SECONDS_TO_OPEN, _SECONDS_OF_GRACE = 5.0, 3.0


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run the hook named by the first argument; 0, or `REFUSED` from the gate.

    Never raises: a hook that fails must not fail the commit.
    """
    event, *rest = arguments
    try:
        return _run(event, rest, environ)
    except (DeadlineExceededError, KeyboardInterrupt):
        return 0  # the alarm went off, or Ctrl-C came, when all was done


def _run(event: str, arguments: list[str], environ: Mapping[str, str]) -> int:
    try:
        set_deadline(_SECONDS_TO_OPEN)
        glance = Glance()
        if event in _RECORDING and _recorded_unchanged(event, environ, glance):
            return 0
        from envgit.githooks.events import EVENTS
        from envgit.operations.workspace import open_workspace

        workspace = open_workspace(os.getcwd(), environ=environ, tolerant=True, glance=glance)
        set_deadline(workspace.settings.deadline)
        if event != "pre-push":
            workspace.git.environ |= _WITHOUT_NETWORK
        for problem in workspace.problems:
            say(f"{problem}; the default is taken")
        refusal = EVENTS[event](workspace, arguments)
    except KeyboardInterrupt:
        return _failed(event, environ, Interrupted("interrupted"))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the user's commit
        return _failed(event, environ, error)
    finally:
        lift_deadline()
    if refusal:
        for line in refusal.splitlines():
            say(line)
        return REFUSED
    return 0


def _recorded_unchanged(event: str, environ: Mapping[str, str], glance: Glance) -> bool:
    words = record_unchanged(event, environ, glance, allow=set_deadline)
    if words:
        say(words)
    return words is not None


def _failed(event: str, environ: Mapping[str, str], error: Exception) -> int:
    try:
        set_deadline(_SECONDS_OF_GRACE)
        from envgit.githooks.failure import account_for

        words = account_for(event, environ, error)
    except (Exception, KeyboardInterrupt) as worse:  # noqa: BLE001 - not even that, and the commit goes on
        words = f"{error}; Git goes on ({worse})"
    say(f"{event}: {words}")
    return 0
