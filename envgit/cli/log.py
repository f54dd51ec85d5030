"""envgit log."""

from __future__ import annotations

from typing import Annotated

import typer

from envgit.cli.app import app, emit, here, page
from envgit.cli.options import Json


@app.command()
def log(
    limit: Annotated[int | None, typer.Option("-n", min=1, metavar="N", help="At most N entries")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All environments of this repository")] = False,
    as_json: Json = False,
) -> None:
    """Show snapshots newest first, runs of unchanged commits folded."""
    from envgit.operations.log import log as entries_of

    entries = entries_of(here(), limit=limit, everything=everything)
    if as_json:
        from envgit.render.json import log_json

        emit(log_json(entries))
    else:
        from envgit.render.text import observations_table

        page(observations_table(entries))
