"""envgit run."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from envgit.cli.app import app, here, say, warn
from envgit.cli.options import Quiet, Rev


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
    from envgit.operations import checkout as restoring
    from envgit.operations.run import run_inside

    workspace = here()
    prepared = restoring.prepare(workspace, rev, offline=offline)
    with shown(quiet=quiet) as progress:
        restored = restoring.checkout(workspace, prepared, progress=progress)
    warn(prepared.revision.warnings, prepared.revision.note, quiet=quiet)
    if restored.grade != "exact":
        short = ", ".join(package.name for package in restored.packages if package.grade != "exact")
        say(f"warning: restored, but not exactly ({restored.grade}): {short}")
    words = command[1:] if command[0] == "--" else command
    return run_inside(restored.prefix, words, os.environ, become=True)
