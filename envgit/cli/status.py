"""envgit status."""

from __future__ import annotations

from typing import Annotated

import typer

from envgit.cli.app import DONE, DRIFT, app, emit, here, page, warn
from envgit.cli.options import Json


@app.command()
def status(
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 12 when the environment drifted")
    ] = False,
    as_json: Json = False,
) -> int:
    """Compare the live environment with the snapshot of HEAD."""
    from envgit.operations.status import status as compare

    found = compare(here())
    if as_json:
        from envgit.render.json import status_json

        emit(status_json(found))
    else:
        from envgit.render.text import status_view

        warn(found.warnings)
        page(status_view(found))
    return DRIFT if exit_code and not found.clean else DONE
