"""envgit snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from envgit.cli.app import app, emit, here, say, warn
from envgit.cli.options import Json, Prefix, Quiet


@app.command()
def snapshot(
    message: Annotated[str, typer.Option("--message", "-m", metavar="TEXT", help="Why it was taken")] = "",
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="NAME", help="Name it as a baseline at once")
    ] = None,
    prefix: Prefix = None,
    resolve: Annotated[
        bool, typer.Option("--resolve", help="Ask package indexes which wheels are installed")
    ] = False,
    patch: Annotated[
        bool, typer.Option("--patch", help="Keep uncommitted changes of editable installs")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Record the live environment now."""
    from envgit.operations.snapshot import PATIENT
    from envgit.operations.snapshot import snapshot as record

    recorded = record(
        here(),
        message=message,
        tag=tag,
        prefix=prefix,
        resolve_within=PATIENT if resolve else None,
        patch=patch,
    )
    if as_json:
        from envgit.render.json import snapshot_json

        emit(snapshot_json(recorded))
        return
    warn(recorded.warnings, recorded.note, quiet=quiet)
    if quiet:
        return
    say(f"Snapshot {recorded.snapshot[:12]} of {recorded.environment}: {recorded.summary}")
    if recorded.tag:
        say(f"Tagged env/{recorded.tag}")
