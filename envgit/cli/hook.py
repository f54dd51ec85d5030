"""envgit hook: what other tools' hooks call, and launchers whose interpreter is gone."""

from __future__ import annotations

import io
import os
import sys
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
    from envgit.githooks.framework import arguments_for, input_for, is_framework
    from envgit.githooks.run import main

    if name == "textconv" and arguments:
        from envgit.githooks import textconv

        return textconv.main(arguments, os.environ)
    if os.environ.get("ENVGIT") == "0" or os.environ.get("ENVGIT_HOOK"):
        return 0
    if name not in EVENTS:
        raise UsageError(f"no hook is called {name!r}", hint=f"one of: {', '.join(EVENTS)}")
    if not arguments and is_framework(os.environ):
        arguments = arguments_for(name, os.environ)
        sys.stdin = io.StringIO(input_for(name, os.environ))
    return main([name, *(arguments or [])], os.environ)
