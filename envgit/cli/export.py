"""envgit export."""

from __future__ import annotations

import sys
from enum import Enum
from typing import Annotated

import typer

from envgit.cli.app import app, emit, here, say, warn
from envgit.cli.options import Json, Quiet, Rev


class Format(str, Enum):
    """Other tools' formats: `envgit.operations.export.FORMATS`."""

    ENVIRONMENT_YML = "environment-yml"
    ENVIRONMENT_JSON = "environment-json"
    EXPLICIT = "explicit"
    CONDA_LIST = "conda-list"
    REQUIREMENTS = "requirements"
    REQUIREMENTS_LOCAL = "requirements-local"
    PIP_INSPECT = "pip-inspect"
    CONDA_LOCK = "conda-lock"
    PIXI_LOCK = "pixi-lock"
    PYLOCK = "pylock"
    DOCKERFILE = "dockerfile"
    GITHUB_ACTIONS = "github-actions"
    GITLAB_CI = "gitlab-ci"


@app.command()
def export(
    rev: Rev,
    format_: Annotated[Format, typer.Option("--format", help="What to write")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Where to (default: standard output)")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="With -o: also over a file that is there")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write a snapshot in another tool's format."""
    from envgit.operations import export as exporting

    exported = exporting.export(here(), rev, format_.value)
    if output is not None:
        exporting.write(exported, output, force=force)
    warnings = (*exported.revision.warnings, *exported.losses)
    if as_json:
        emit(
            {
                "snapshot": exported.revision.snapshot.id,
                "format": exported.format,
                "file": output,
                "text": None if output else exported.text,
                "warnings": [{"kind": warned.kind, "message": warned.message} for warned in warnings],
            }
        )
        return
    warn(warnings, exported.revision.note, quiet=quiet)
    if output is None:
        sys.stdout.buffer.write(exported.text.encode(errors="backslashreplace"))
    elif not quiet:
        say(f"{exported.format} of {exported.revision.label} written to {output}")
