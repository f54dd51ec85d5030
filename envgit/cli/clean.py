"""envgit clean."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, app, emit, here, page, say
from envgit.cli.options import Json, Quiet
from envgit.errors import NoRepository

if TYPE_CHECKING:
    from envgit.operations.clean import Cleaning
    from envgit.operations.workspace import Outside, Workspace

_NOT_OURS = "uv and conda have caches of their own, which stay: uv cache clean, conda clean --all"


@app.command()
def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove it without asking")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """Remove restored environments and cached artifacts that no baseline needs."""
    from envgit.operations import clean as cleaning
    from envgit.render import cleaning as views

    workspace = _here_or_outside()
    found = cleaning.find_unneeded(workspace)
    if not as_json:
        page(views.cleaning_view(found))
    removes = not dry_run and (yes or _agreed(found, as_json=as_json))
    cleaned = cleaning.clean(workspace, found) if removes else None
    if as_json:
        emit(views.cleaning_json(found, cleaned))
        return DONE
    for kept in cleaned.stays if cleaned else ():
        say(f"warning: {kept.path} stays: {kept.reason}")
    if not quiet:
        if cleaned and cleaned.removed:
            say(views.cleaned_line(cleaned))
        if found.unneeded and not removes and not dry_run:
            say("Nothing was removed; to remove it: envgit clean --yes")
        say(f"note: {_NOT_OURS}")
    return DONE


def _here_or_outside() -> Workspace | Outside:
    from envgit.operations.workspace import open_outside

    try:
        return here()
    except NoRepository:
        return open_outside(os.getcwd(), os.environ)


def _agreed(found: Cleaning, *, as_json: bool) -> bool:
    """Ask, where there is somebody to answer and something to remove."""
    if as_json or not found.unneeded or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return typer.confirm("Remove it?", err=True)
