"""Restore the environment of a commit that was checked out, where this clone was told to; loaded only then.

The bound prefix is left alone: the snapshot comes back in the cache, where `envgit run` finds it.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from envgit.errors import EnvgitError
from envgit.githooks.deadline import lift_deadline
from envgit.githooks.say import say
from envgit.store.surroundings import git_environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from envgit.operations.advice import Elsewhere
    from envgit.operations.workspace import Workspace


def bring_back(workspace: Workspace, found: Elsewhere) -> None:
    """Restore a snapshot while the user waits, with a line before and one after; never raises for a failure.

    It may take as long as it takes, so Ctrl-C ends it; the checkout is done already and stands.
    """
    by_hand = f"the checkout stands; by hand: envgit checkout {found.rev}"
    try:
        say(
            f"this commit ran in another environment ({found.details}); "
            "it is being restored, as envgit.restore says (Ctrl-C leaves it)"
        )
        lift_deadline()
        from envgit.operations.checkout import checkout, prepare

        # What Git told its hook of this repository is not for the programs that a restore starts.
        workspace = replace(workspace, environ=git_environ(workspace.environ))
        restored = checkout(workspace, prepare(workspace, found.snapshot))
    except KeyboardInterrupt:
        say(f"not restored: interrupted; {by_hand}")
    except EnvgitError as error:
        say(f"not restored: {error.message}; {by_hand}")
    else:
        programs = shlex.quote(str(restored.prefix / "bin"))
        how = "was there already" if restored.reused else f"is restored in {restored.seconds:.1f} s"
        say(
            f"it {how} ({restored.grade}), and the bound environment is as it was; "
            f"to use it: envgit run {found.rev} -- <command>, or PATH={programs}:$PATH"
        )
