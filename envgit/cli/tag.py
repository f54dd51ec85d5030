"""envgit tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import app, emit, here, page, say, warn
from envgit.cli.options import Json
from envgit.errors import UsageError

if TYPE_CHECKING:
    from envgit.operations.tag import Baseline


@app.command()
def tag(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name of the baseline")] = None,
    rev: Annotated[
        str | None, typer.Argument(metavar="[REV]", help="What to name (default: the environment now)")
    ] = None,
    message: Annotated[str, typer.Option("--message", "-m", metavar="TEXT", help="What it stands for")] = "",
    sign: Annotated[bool, typer.Option("--sign", help="Sign the tag with your key")] = False,
    no_resolve: Annotated[
        bool, typer.Option("--no-resolve", help="Do not ask package indexes which wheels are installed")
    ] = False,
    delete: Annotated[bool, typer.Option("--delete", help="Remove the name, keep the snapshot")] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the baselines (as without a name)")] = False,
    as_json: Json = False,
) -> None:
    """Name a baseline, or list the baselines."""
    from envgit.operations import tag as tagging

    if name is None or list_:
        if name is not None or delete:
            raise UsageError("--list takes no name, --delete needs one", hint="envgit tag --help")
        found = tagging.baselines(here())
        if as_json:
            emit({"baselines": [_as_json(baseline) for baseline in found]})
            return
        from envgit.render.text import baselines_table

        page(baselines_table(found))
    elif delete:
        commit = tagging.untag(here(), name)
        say(f"Removed baseline {name}; its snapshot is still commit {commit[:12]}")
    else:
        made = tagging.tag(here(), name, rev, message=message, sign=sign, resolve=not no_resolve)
        if as_json:
            emit(_as_json(made))
            return
        warn(made.warnings)
        say(f"Baseline {made.name} is snapshot {made.observation.snapshot[:12]}")


def _as_json(baseline: Baseline) -> dict[str, object]:
    observation = baseline.observation
    return {
        "name": baseline.name,
        "message": baseline.message,
        "snapshot": observation.snapshot,
        "commit": observation.commit,
        "code_commit": observation.code_commit,
        "time": observation.time,
    }
