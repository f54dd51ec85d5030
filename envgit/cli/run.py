"""envgit run."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from envgit.cli.app import app, here, say, warn
from envgit.cli.options import Rev


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    rev: Rev,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="What to run, after --")],
    offline: Annotated[bool, typer.Option("--offline", help="Use caches and local files only")] = False,
) -> int:
    """Run a command inside the environment of a snapshot, rebuilt to a cache when needed.

    The exit code is the command's.
    """
    from envgit.cli.progress import Bars
    from envgit.operations import checkout as restoring
    from envgit.operations.run import run_inside

    workspace = here()
    prepared = restoring.prepare(workspace, rev, offline=offline)
    with Bars() as bars:
        restored = restoring.checkout(workspace, prepared, progress=bars)
    warn(prepared.revision.warnings, prepared.revision.note)
    if restored.grade != "exact":
        short = ", ".join(package.name for package in restored.packages if package.grade != "exact")
        say(f"warning: restored, but not exactly ({restored.grade}): {short}")
    words = command[1:] if command[0] == "--" else command
    return run_inside(restored.prefix, words, os.environ, become=True)
