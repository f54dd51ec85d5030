"""envgit pull."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, app, emit, here, say
from envgit.cli.options import Json
from envgit.errors import EnvgitError

if TYPE_CHECKING:
    from envgit.operations.share import Shared

Remote = Annotated[
    str | None,
    typer.Argument(
        metavar="[REMOTE]",
        help="A remote's name, a URL or a path (default: the current branch's, origin, or the only one)",
    ),
]


@app.command()
def pull(remote: Remote = None, as_json: Json = False) -> int:
    """Fetch snapshots and baselines and unite them with those recorded here."""
    from envgit.cli.progress import Bars
    from envgit.operations import share

    with Bars() as bars:
        shared = share.pull(here(), remote, progress=bars if sys.stderr.isatty() else None)
    return report(shared, as_json=as_json)


def report(shared: Shared, *, as_json: bool) -> int:
    """Say what became of each ref; the exit code, which is that of a failure where one was refused."""
    if as_json:
        from envgit.render.json import shared_json

        emit(shared_json(shared))
    else:
        from envgit.render.sharing import shared_lines

        for line in shared_lines(shared):
            say(line)
    return EnvgitError.exit_code if shared.refused else DONE
