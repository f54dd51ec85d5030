"""What may be removed from the cache, for people and for scripts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from envgit.plan import of_size
from envgit.render.screen import cell, columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from envgit.operations.clean import Cleaning, Kept, Unneeded


def cleaning_view(cleaning: Cleaning) -> RenderableType:
    """Every thing that may go, the largest first, then what it all comes to and what stays."""
    table = columns("size", "what", "where", "last used", "restored from")
    for one in sorted(cleaning.unneeded, key=lambda one: -one.size):
        used = datetime.fromtimestamp(one.used).strftime("%Y-%m-%d") if one.used else ""  # noqa: DTZ006 - a day here
        where = one.path.relative_to(cleaning.cache)
        values = (of_size(one.size), one.kind, str(where), used, _repository(one))
        table.add_row(*map(cell, values))
    frees = f"frees {of_size(cleaning.frees)} of {of_size(cleaning.size)}" if cleaning.unneeded else ""
    parts: list[RenderableType] = [table, Text()] if cleaning.unneeded else []
    return Group(
        *parts,
        *(cell(f"kept: {kept.path}: {kept.reason}") for kept in cleaning.kept),
        *(cell(f"gone, and forgotten by now: {path}") for path in cleaning.gone),
        *(cell(f"kept, what it may need: {doubt.path}: {doubt.reason}") for doubt in cleaning.doubts),
        cell(f"{cleaning.cache}: {frees or 'nothing that is not needed'}"),
    )


def cleaning_json(cleaning: Cleaning, *, removed: bool, stays: Iterable[Kept]) -> dict[str, Any]:
    """The same as plain values; ``stays`` is what was found and could not be removed after all."""
    return {
        "cache": str(cleaning.cache),
        "removed": removed,
        "unneeded": [
            {
                "kind": one.kind,
                "path": str(one.path),
                "size": one.size,
                "repository": one.repository or None,
            }
            for one in cleaning.unneeded
        ],
        "frees": cleaning.frees,
        "size": cleaning.size,
        "kept": [_kept(one) for one in (*cleaning.kept, *stays)],
        "repositories": list(cleaning.repositories),
        "gone": list(cleaning.gone),
        "doubts": [_kept(one) for one in cleaning.doubts],
    }


def _kept(kept: Kept) -> dict[str, str]:
    return {"path": str(kept.path), "reason": kept.reason}


def _repository(one: Unneeded) -> str:
    """A repository as people call it: its folder, not the Git folder in there."""
    folder = Path(one.repository)
    return str(folder.parent if folder.name == ".git" else folder) if one.repository else ""
