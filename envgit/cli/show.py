"""envgit show."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from envgit.cli.app import app, emit, here, page, warn
from envgit.cli.options import Json, OptionalRev


class File(str, Enum):
    """The files of a snapshot by the names that the command line uses."""

    ENVIRONMENT = "environment.yml"
    LOCK = "lock"
    REQUIREMENTS = "requirements"
    MANIFEST = "manifest"


@app.command()
def show(
    rev: OptionalRev = None,
    file: Annotated[
        File | None, typer.Option("--file", help="Print this file of the snapshot; into a pipe byte for byte")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one snapshot."""
    from envgit.operations.log import show as open_shown
    from envgit.operations.log import show_file
    from envgit.render import json, text

    workspace = here()
    shown = open_shown(workspace, rev)
    if file is not None:
        content = show_file(workspace, shown, file.value)
        if sys.stdout.isatty():  # no terminal may obey what a stranger wrote
            page(text.file_view(content))
        else:
            sys.stdout.buffer.write(content)
        return
    if as_json:
        emit(json.show_json(shown))
        return
    warn(shown.revision.warnings)
    page(text.snapshot_view(shown))
