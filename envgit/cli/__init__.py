"""The command line: one file a verb, each of which parses, calls an operation and shows what it returned."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

__all__ = ["main"]

#: What a checkout is asked where nothing is linked.
_ASKS = {"--dry-run", "--help", "-h"}


def main() -> None:
    """Run the command line and exit."""
    gc.set_threshold(100_000)  # what is imported stays: looking through it again and again takes its time
    arguments = sys.argv[1:]
    try:
        with _worker_for(arguments):
            from envgit.cli.verbs import register

            register(arguments)
            from envgit.cli.app import main as run

            code = run(arguments)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(code)


def _worker_for(arguments: Sequence[str]) -> AbstractContextManager[None]:
    """Start what links packages before all else: both take their time to start, and do so side by side."""
    if arguments[:1] == ["checkout"] and not _ASKS.intersection(arguments):
        from envgit.restore.conda.calling import expecting

        return expecting(meanwhile=_import_the_rest)
    from contextlib import nullcontext

    return nullcontext()


def _import_the_rest() -> None:
    """Import what a checkout needs once packages are linked: to prove what was built, and to show it."""
    import rich.console  # noqa: F401

    import envgit.capture.environment
    import envgit.render.restoration
    import envgit.render.screen
    import envgit.restore.pypi.straying  # noqa: F401
