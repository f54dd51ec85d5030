"""envgit diff."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from envgit.cli.app import DONE, DRIFT, app, emit, here, warn


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

    found = compare(here(), a, b)
    before, after = found.before.label, found.after.label
    if format_ is not Format.JSON:
        for revision in (found.before, found.after):
            warn(revision.warnings, revision.note)
    if format_ is Format.JSON:
        emit(json.comparison_json(found))
    elif format_ is Format.MARKDOWN:
        print(markdown.drift_markdown(found.drift, before, after))
    elif format_ is Format.HTML:
        print(html.drift_html(found.drift, before, after))
    elif stat:
        text.show(text.stat_view(found.drift))
    else:
        text.show(text.drift_view(found.drift, before, after))
    return DRIFT if exit_code and found.drift else DONE
