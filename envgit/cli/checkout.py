"""envgit checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, NOT_EXACT, app, emit, here, say, warn
from envgit.cli.options import Json, Rev
from envgit.errors import UsageError

if TYPE_CHECKING:
    from envgit.operations.checkout import Prepared, Restored


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
    from envgit.render import json, text

    if name is not None and prefix is not None:
        raise UsageError("-n and -p name two places", hint="give one of them")
    workspace = here()
    prepared = restoring.prepare(workspace, rev, name=name, prefix=prefix)
    if not as_json:
        warn(prepared.revision.warnings, prepared.revision.note, *prepared.plan.cautions)
    if dry_run:
        if as_json:
            emit(json.plan_json(prepared))
        else:
            text.show(text.plan_view(prepared.plan, str(prepared.prefix)))
        return DONE
    with Bars() as bars:
        restored = restoring.checkout(workspace, prepared, offline=offline, progress=bars)
    if as_json:
        emit(json.restored_json(restored))
    else:
        _report(prepared, restored)
    return DONE if restored.grade == "exact" else NOT_EXACT


def _report(prepared: Prepared, restored: Restored) -> None:
    from envgit.render import text

    how = "stands" if restored.reused else f"was rebuilt in {restored.seconds:.1f} s"
    say(f"{prepared.revision.label} (snapshot {restored.snapshot[:12]}) {how} in {restored.prefix}")
    if restored.grade == "exact":
        say(f"Proof: captured again, all {len(restored.packages)} packages exact, the same snapshot id")
    else:
        say(f"Not exact ({restored.grade}):")
        text.show(text.grades_view(restored.packages))
    folder = "conda activate" if prepared.revision.snapshot.environment.kind == "conda" else "source"
    tail = "" if folder == "conda activate" else "/bin/activate"
    say(f"Use it: {folder} {restored.prefix}{tail}")
