"""Options that several verbs share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no notes: only results, warnings and errors")
]
Rev = Annotated[
    str,
    typer.Argument(
        metavar="REV",
        help="Baseline, snapshot id, code commit, branch or tag, live, or the path of an environment file",
    ),
]
OptionalRev = Annotated[
    str | None, typer.Argument(metavar="[REV]", help="What to look at (default: HEAD's snapshot)")
]
Prefix = Annotated[
    str | None, typer.Option("--prefix", "-p", metavar="PREFIX", help="Environment folder, not the bound one")
]
