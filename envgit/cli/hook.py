"""envgit hook: what the launchers call when their pinned interpreter is gone."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from envgit.cli.app import app
from envgit.errors import UsageError


@app.command(hidden=True, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def hook(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGUMENTS…")] = None,
) -> int:
    """Run the hook layer for one event (internal)."""
    from envgit.githooks.events import EVENTS
    from envgit.githooks.run import main

    if os.environ.get("ENVGIT") == "0" or os.environ.get("ENVGIT_HOOK"):
        return 0
    if name not in EVENTS:
        raise UsageError(f"no hook is called {name!r}", hint=f"one of: {', '.join(EVENTS)}")
    return main([name, *(arguments or [])], os.environ)
