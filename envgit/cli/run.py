"""envgit run."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from envgit.cli.app import app, here, say, warn
from envgit.cli.options import Quiet, Rev
from envgit.errors import UsageError


class _WithCommand(TyperCommand):
    """Options of ours may follow REV where ``--`` says where the command begins."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of the command as they are."""
        ctx.allow_interspersed_args = "--" in args
        return super().parse_args(ctx, args)


@app.command(cls=_WithCommand, context_settings={"ignore_unknown_options": True})
def run(
    rev: Rev,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="What to run, after --")],
    offline: Annotated[bool, typer.Option("--offline", help="Use caches and local files only")] = False,
    quiet: Quiet = False,
) -> int:
    """Run a command inside the environment of a snapshot, rebuilt to a cache when needed.

    The exit code is the command's.
    """
    from envgit.cli.progress import shown
    from envgit.operations.run import make_ready, run_inside

    words = command[1:] if command[0] == "--" else command
    if not words or words[0].startswith("-"):
        raise UsageError("no command is given", hint="envgit run REV -- COMMAND")
    with shown(quiet=quiet) as progress:
        ready = make_ready(here(), rev, offline=offline, progress=progress)
    warn(ready.revision.warnings, ready.revision.note, quiet=quiet)
    for caution in ready.restored.cautions if ready.restored else ():
        say(f"caution: {caution}")
    if ready.restored and ready.restored.grade != "exact":
        short = ", ".join(package.name for package in ready.restored.packages if package.grade != "exact")
        say(f"warning: restored, but not exactly ({ready.restored.grade}): {short}")
    return run_inside(ready.prefix, words, os.environ, become=True)
