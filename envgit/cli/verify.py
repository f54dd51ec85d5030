"""envgit verify."""

from __future__ import annotations

from typing import Annotated

import typer

from envgit.cli.app import DONE, NOT_EXACT, app, emit, here, page, warn
from envgit.cli.options import Json, OptionalRev, Prefix
from envgit.errors import EnvgitError


@app.command()
def verify(
    rev: OptionalRev = None,
    prefix: Prefix = None,
    files: Annotated[
        bool, typer.Option("--files", help="Check every file against its recorded hash too")
    ] = False,
    as_json: Json = False,
) -> int:
    """Check whether a prefix equals a snapshot."""
    from envgit.operations.verify import verify as check
    from envgit.render import json, restoration

    found = check(here(), rev, prefix=prefix, files=files)
    if as_json:
        emit(json.verify_json(found))
    else:
        warn(found.warnings, found.revision.note)
        page(restoration.verified_view(found))
    if found.signature and found.signature.verdict == "bad":
        return EnvgitError.exit_code
    return DONE if found.identical else NOT_EXACT
