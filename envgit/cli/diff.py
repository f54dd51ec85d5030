"""envgit diff."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from envgit.cli.app import DONE, DRIFT, app, emit, here, page, warn


class Format(str, Enum):
    """How drift is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


@app.command()
def diff(
    a: Annotated[str | None, typer.Argument(metavar="[A]", help="From (default: HEAD's snapshot)")] = None,
    b: Annotated[
        str | None, typer.Argument(metavar="[B]", help="To (default: live, the environment now)")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to show it")] = Format.TEXT,
    stat: Annotated[bool, typer.Option("--stat", help="Only count the changes")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 12 when there is drift")] = False,
) -> int:
    """Show the drift between two environments."""
    from envgit.operations.diff import diff as compare
    from envgit.render import html, json, markdown, text
    from envgit.render.phrases import endpoint_of
    from envgit.render.screen import write

    found = compare(here(), a, b)
    sides = found.drift, endpoint_of(found.before), endpoint_of(found.after)
    if format_ is Format.JSON:
        emit(json.drift_json(*sides))
    else:
        for revision in (found.before, found.after):
            warn(revision.warnings, revision.note)
    if format_ is Format.MARKDOWN:
        write(markdown.drift_markdown(*sides) + "\n", sys.stdout)
    elif format_ is Format.HTML:
        write(html.drift_html(*sides) + "\n", sys.stdout)
    elif format_ is Format.TEXT:
        page(text.drift_stat(*sides) if stat else text.drift_view(*sides))
    return DRIFT if exit_code and found.drift else DONE
