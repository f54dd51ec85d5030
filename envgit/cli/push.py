"""envgit push."""

from __future__ import annotations

import sys

from envgit.cli.app import app, here
from envgit.cli.options import Json
from envgit.cli.pull import Remote, report


@app.command()
def push(remote: Remote = None, as_json: Json = False) -> int:
    """Share snapshots and baselines: fetch, unite, push without force."""
    from envgit.cli.progress import Bars
    from envgit.operations import share

    with Bars() as bars:
        shared = share.push(here(), remote, progress=bars if sys.stderr.isatty() else None)
    return report(shared, as_json=as_json)
