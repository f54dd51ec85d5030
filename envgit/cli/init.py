"""envgit init."""

from __future__ import annotations

from typing import Annotated

import typer

from envgit.cli.app import app, here, say, warn
from envgit.cli.options import Prefix, Quiet


@app.command()
def init(
    prefix: Prefix = None,
    environment: Annotated[
        str, typer.Option("--environment", metavar="NAME", help="Logical name of the environment")
    ] = "default",
    manual: Annotated[
        bool, typer.Option("--manual", help="Print what to add to your own hooks instead of installing any")
    ] = False,
    hook_files: Annotated[
        bool, typer.Option("--hook-files", help="Install hook files even where Git can do without")
    ] = False,
    no_snapshot: Annotated[bool, typer.Option("--no-snapshot", help="Take no first snapshot")] = False,
    quiet: Quiet = False,
) -> None:
    """Bind an environment to this repository, install hooks and diff driver, take the first snapshot."""
    from envgit.githooks.init import init as initialise

    done = initialise(
        here(),
        prefix=prefix,
        environment=environment,
        manual=manual,
        hook_files=hook_files,
        first_snapshot=not no_snapshot,
    )
    if not quiet:
        say(f"Bound environment {done.environment} to {done.prefix}")
    if done.hooks is None:
        say("Add these lines to your own hooks, and to Git's settings for its diff:")
        print(done.snippet)
    elif not quiet:
        say(f"Installed hooks in {done.hooks}; commits are recorded from now on")
    for warning in done.warnings:
        say(f"warning: {warning}")
    if done.recorded is not None:
        warn(done.recorded.warnings, done.recorded.note, quiet=quiet)
        if not quiet:
            say(f"Snapshot {done.recorded.snapshot[:12]}: {done.recorded.summary}")
