"""envgit diff."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, DRIFT, app, emit, here, page, warn
from envgit.render.layout import unstyled
from envgit.render.pages import UNFOLDED, is_plain, write

if TYPE_CHECKING:
    from envgit.model import Drift
    from envgit.render.phrases import Endpoint


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
    from envgit.render.phrases import endpoint_of

    found = compare(here(), a, b)
    for revision in (found.before, found.after):
        warn(revision.warnings, revision.note)
    _print(found.drift, endpoint_of(found.before), endpoint_of(found.after), format_, stat=stat)
    return DRIFT if exit_code and found.drift else DONE


def _print(drift: Drift, from_: Endpoint, to: Endpoint, format_: Format, *, stat: bool) -> None:
    """Print a drift. Each format loads what it needs and no other's."""
    if format_ is Format.JSON:
        from envgit.render.json import drift_json

        emit(drift_json(drift, from_, to))
    elif format_ is Format.MARKDOWN:
        from envgit.render.markdown import drift_markdown

        write(drift_markdown(drift, from_, to) + "\n", sys.stdout)
    elif format_ is Format.HTML:
        from envgit.render.html import drift_html

        write(drift_html(drift, from_, to) + "\n", sys.stdout)
    elif is_plain(sys.stdout):
        from envgit.render.drift_text import drift_lines, stat_lines

        lines = (stat_lines if stat else drift_lines)(drift, from_, to, width=UNFOLDED)
        write(unstyled(lines), sys.stdout)
    else:
        from envgit.render import text

        page((text.drift_stat if stat else text.drift_view)(drift, from_, to))
