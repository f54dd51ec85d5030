"""envgit import."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envgit.cli.app import app, emit, here, say, warn
from envgit.cli.options import Json, Quiet

if TYPE_CHECKING:
    from envgit.operations.importing import Imported


@app.command("import")
def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Environment file or lock of any kind; - for standard input")
    ],
    tag: Annotated[str | None, typer.Option("--tag", metavar="NAME", help="Name it as a baseline")] = None,
    message: Annotated[str, typer.Option("--message", "-m", metavar="TEXT", help="What it stands for")] = "",
    platform: Annotated[
        str,
        typer.Option("--platform", metavar="PLATFORM", help="Platform to take from a lock, such as linux-64"),
    ] = "",
    environment: Annotated[
        str, typer.Option("--environment", metavar="NAME", help="Environment to take from a lock of several")
    ] = "",
    channel: Annotated[
        list[str] | None,
        typer.Option(
            "--channel", "-c", metavar="CHANNEL", help="Where the packages of a bare list come from"
        ),
    ] = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Make a snapshot of somebody's environment file."""
    from envgit.operations.environment_file import bounded
    from envgit.operations.importing import import_file

    name = "standard input" if file == "-" else file
    imported = import_file(
        here(),
        name,
        content=bounded(sys.stdin.buffer) if file == "-" else None,
        tag=tag,
        message=message,
        platform=platform,
        environment=environment,
        channels=channel or (),
    )
    if as_json:
        emit(_as_json(imported))
        return
    warn(imported.warnings)
    if not quiet:
        _say(imported)


def _say(imported: Imported) -> None:
    from envgit.render.knowledge import knowledge_sentence

    state = "" if imported.new else " (imported before)"
    say(f"Snapshot {imported.observation.snapshot[:12]}: {imported.observation.summary}{state}")
    say(f"Known: {knowledge_sentence(imported.known)}")
    if imported.tag:
        say(f"Tagged env/{imported.tag}")


def _as_json(imported: Imported) -> dict[str, Any]:
    environment = imported.snapshot.environment
    return {
        "snapshot": imported.snapshot.id,
        "commit": imported.observation.commit,
        "tag": imported.tag,
        "new": imported.new,
        "platform": environment.platform or None,
        "packages": {"conda": len(environment.conda), "pypi": len(environment.additions)},
        "known": {layer: dict(counts) for layer, counts in imported.known.items()},
        "summary": imported.observation.summary,
        "warnings": [{"kind": warned.kind, "message": warned.message} for warned in imported.warnings],
    }
