"""envgit pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, app, emit, here, say
from envgit.cli.options import Json, Quiet
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
def pull(remote: Remote = None, quiet: Quiet = False, as_json: Json = False) -> int:
    """Fetch snapshots and baselines and unite them with those recorded here."""
    from envgit.cli.progress import bars
    from envgit.operations import share

    with bars(quiet=quiet) as progress:
        shared = share.pull(here(), remote, progress=progress)
    return report(shared, quiet=quiet, as_json=as_json)


def report(shared: Shared, *, quiet: bool, as_json: bool) -> int:
    """Say what became of each ref; the exit code, which is that of a failure where one was refused."""
    if as_json:
        from envgit.render.json import shared_json

        emit(shared_json(shared))
    else:
        from envgit.render.sharing import moved_lines, warning_lines

        for line in (*(() if quiet else moved_lines(shared)), *warning_lines(shared)):
            say(line)
    return EnvgitError.exit_code if shared.refused else DONE
