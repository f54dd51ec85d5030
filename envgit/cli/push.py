"""envgit push."""

from __future__ import annotations

from envgit.cli.app import app, here
from envgit.cli.options import Json, Quiet
from envgit.cli.pull import Remote, report


@app.command()
def push(remote: Remote = None, quiet: Quiet = False, as_json: Json = False) -> int:
    """Share snapshots and baselines: fetch, unite, push without force."""
    from envgit.cli.progress import bars
    from envgit.operations import share

    with bars(quiet=quiet) as progress:
        shared = share.push(here(), remote, progress=progress)
    return report(shared, quiet=quiet, as_json=as_json)
