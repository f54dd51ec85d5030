"""envgit checkout."""

from __future__ import annotations

import shlex
import shutil
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from envgit.cli.app import DONE, NOT_EXACT, app, emit, here, page, say, warn
from envgit.cli.options import Json, Quiet, Rev
from envgit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Kind
    from envgit.operations.checkout import Prepared, Restored
    from envgit.operations.workspace import Workspace


class Engine(str, Enum):
    """What installs conda packages: `envgit.store.settings.ENGINES`."""

    AUTO = "auto"
    RATTLER = "rattler"
    CONDA = "conda"
    MAMBA = "mamba"
    MICROMAMBA = "micromamba"


@app.command()
def checkout(
    rev: Rev,
    name: Annotated[
        str | None, typer.Option("--name", "-n", metavar="NAME", help="Rebuild it as a named environment")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option("--prefix", "-p", metavar="PREFIX", help="Rebuild it in this folder")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Let the bound environment become it; it stays if that fails")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Use caches and local files only")] = False,
    engine: Annotated[
        Engine | None, typer.Option("--engine", help="What installs conda packages (default: envgit.engine)")
    ] = None,
    allow_substitutes: Annotated[
        bool,
        typer.Option("--allow-substitutes", help="Let others stand in for what cannot be had any more"),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="With --in-place: also if in use, frozen, or not whole"),
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> int:
    """Rebuild the environment of a snapshot and prove that it is the same."""
    if [name, prefix, in_place or None].count(None) < 2:
        raise UsageError("-n, -p and --in-place each name a place", hint="give one of them")
    if prefix == "":  # a variable that is not set, more often than this folder
        raise UsageError("-p is empty", hint="for the current folder: -p .")
    from envgit.operations.checkout import prepare

    workspace = here()
    prepared = prepare(
        workspace,
        rev,
        name=name,
        prefix=prefix,
        in_place=in_place,
        offline=offline,
        engine=engine.value if engine else None,
        allow_substitutes=allow_substitutes,
    )
    if not as_json:
        warn(prepared.revision.warnings, prepared.revision.note, quiet=quiet)
    if dry_run:
        _tell(prepared, as_json=as_json)
        return DONE
    restored = _restored(workspace, prepared, yes=yes, quiet=quiet)
    if as_json:
        from envgit.render.json import checkout_json

        emit(checkout_json(restored))
    else:
        from envgit.render.restoration import restored_view

        page(restored_view(restored))
        if not quiet:
            say(f"Use it: {_activation(restored.prefix, prepared.revision.snapshot.environment.kind)}")
    return DONE if restored.grade == "exact" else NOT_EXACT


def _tell(prepared: Prepared, *, as_json: bool) -> None:
    """Say what would be done."""
    if as_json:
        from envgit.render.json import prepared_json

        emit(prepared_json(prepared))
    else:
        from envgit.operations.checkout import cloned
        from envgit.render.dry_run import prepared_view

        page(prepared_view(prepared, cloned=cloned(prepared)))


def _restored(workspace: Workspace, prepared: Prepared, *, yes: bool, quiet: bool) -> Restored:
    from envgit.cli.progress import shown

    with shown(quiet=quiet) as progress:
        if prepared.in_place:
            from envgit.operations.in_place import check_out_in_place

            return check_out_in_place(workspace, prepared, yes=yes, progress=progress)
        from envgit.operations.checkout import checkout as check_out

        return check_out(workspace, prepared, progress=progress)


def _activation(prefix: Path, kind: Kind) -> str:
    """The command that activates the environment, or one that needs no activation."""
    if kind == "venv":
        return shlex.join((".", f"{prefix}/bin/activate"))
    tool = next((tool for tool in ("conda", "mamba", "micromamba") if shutil.which(tool)), None)
    return shlex.join((tool, "activate", str(prefix)) if tool else (f"{prefix}/bin/python",))
