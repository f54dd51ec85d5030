"""envgit diff."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, DRIFT, app, emit, here, page, say, warn
from envgit.drift import POLICIES, breaches
from envgit.errors import UsageError
from envgit.render.layout import unstyled
from envgit.render.pages import UNFOLDED, is_plain, write
from envgit.render.phrases import endpoint_of

if TYPE_CHECKING:
    from envgit.operations.diff import Comparison


class Format(str, Enum):
    """How drift is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


@app.command()
def diff(
    a: Annotated[
        str | None,
        typer.Argument(metavar="[A]", help="From (default: HEAD's snapshot), or a range A..B or A...B"),
    ] = None,
    b: Annotated[
        str | None, typer.Argument(metavar="[B]", help="To (default: live, the environment now)")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to show it")] = Format.TEXT,
    stat: Annotated[bool, typer.Option("--stat", help="Only count the changes")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 12 when there is drift")] = False,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            metavar="POLICY",
            help=f"Exit with 12 when there is such drift: {', '.join(POLICIES)}; may be given several times",
        ),
    ] = None,
) -> int:
    """Show the drift between two environments."""
    policies = _known(fail_on or [])
    if stat and format_ is not Format.TEXT:
        raise UsageError(
            f"--stat is for people, --format {format_.value} has all of it", hint="one or the other"
        )
    from envgit.operations.diff import diff as compare

    found = compare(here(), a, b)
    for revision in (found.before, found.after):
        warn(revision.warnings, revision.note)
    warn(found.warnings)
    _print(found, format_, stat=stat)
    breached = [f"{policy}: {line}" for policy in policies for line in breaches(found.drift, policy)]
    for line in breached:
        say(f"breach of --fail-on {line}")
    return DRIFT if breached or (exit_code and found.drift) else DONE


def _known(policies: list[str]) -> list[str]:
    for policy in policies:
        if policy not in POLICIES:
            raise UsageError(f"--fail-on {policy}: no such policy", hint=f"one of {', '.join(POLICIES)}")
    return policies


def _print(found: Comparison, format_: Format, *, stat: bool) -> None:
    """Print a drift. Each format loads what it needs and no other's; what others read holds the notes."""
    drift, from_, to = found.drift, endpoint_of(found.before), endpoint_of(found.after)
    if format_ is Format.JSON:
        from envgit.render.json import drift_json

        emit({**drift_json(drift, from_, to), "notes": found.notes})
    elif format_ is Format.MARKDOWN:
        from envgit.render.markdown import drift_markdown

        write(drift_markdown(drift, from_, to, notes=found.notes) + "\n", sys.stdout)
    elif format_ is Format.HTML:
        from envgit.render.html import drift_html

        write(drift_html(drift, from_, to, notes=found.notes) + "\n", sys.stdout)
    elif is_plain(sys.stdout):
        from envgit.render.drift_text import drift_lines, stat_lines

        lines = (stat_lines if stat else drift_lines)(drift, from_, to, width=UNFOLDED)
        write(unstyled(lines), sys.stdout)
    else:
        from envgit.render import text

        page((text.drift_stat if stat else text.drift_view)(drift, from_, to))
