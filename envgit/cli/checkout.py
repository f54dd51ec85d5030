"""envgit checkout."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, NOT_EXACT, app, emit, here, page, say, warn
from envgit.cli.options import Json, Rev
from envgit.errors import UsageError

if TYPE_CHECKING:
    from envgit.operations.checkout import Prepared


@app.command()
def checkout(
    rev: Rev,
    name: Annotated[
        str | None, typer.Option("--name", "-n", metavar="NAME", help="Rebuild it as a named environment")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option("--prefix", "-p", metavar="PREFIX", help="Rebuild it in this folder")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Use caches and local files only")] = False,
    as_json: Json = False,
) -> int:
    """Rebuild the environment of a snapshot and prove that it is the same."""
    from envgit.cli.progress import Bars
    from envgit.operations import checkout as restoring
    from envgit.render import json, restoration

    if name is not None and prefix is not None:
        raise UsageError("-n and -p name two places", hint="give one of them")
    workspace = here()
    prepared = restoring.prepare(workspace, rev, name=name, prefix=prefix, offline=offline)
    if not as_json:
        warn(prepared.revision.warnings, prepared.revision.note)
    if dry_run:
        if as_json:
            emit(json.prepared_json(prepared))
        else:
            page(restoration.prepared_view(prepared))
        return DONE
    with Bars() as bars:
        restored = restoring.checkout(workspace, prepared, progress=bars)
    if as_json:
        emit(json.checkout_json(restored))
    else:
        page(restoration.restored_view(restored))
        say(f"Use it: {_activation(prepared)}")
    return DONE if restored.grade == "exact" else NOT_EXACT


def _activation(prepared: Prepared) -> str:
    """The command that activates the environment, or one that needs no activation."""
    prefix = str(prepared.prefix)
    if prepared.revision.snapshot.environment.kind == "venv":
        return shlex.join((".", f"{prefix}/bin/activate"))
    tool = next((tool for tool in ("conda", "mamba", "micromamba") if shutil.which(tool)), None)
    return shlex.join((tool, "activate", prefix) if tool else (f"{prefix}/bin/python",))
