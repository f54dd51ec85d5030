"""What may be removed from the cache, for people and for scripts."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text

from envgit.plan import of_size
from envgit.render.screen import cell, columns

if TYPE_CHECKING:
    from rich.console import RenderableType

    from envgit.operations.clean import Cleaned, Cleaning, Kept, Unneeded

_HASH = re.compile(r"[0-9a-f]{32,}")


def cleaning_view(cleaning: Cleaning) -> RenderableType:
    """Every thing that may go, the largest first, then what it all comes to and what stays."""
    table = columns("size", "what", "name", "last used", "restored from")
    for one in sorted(cleaning.unneeded, key=lambda one: -one.size):
        used = datetime.fromtimestamp(one.used).strftime("%Y-%m-%d") if one.used else ""  # noqa: DTZ006 - a day here
        values = (of_size(one.size), one.kind, _short(one.path.name), used, _repository(one))
        table.add_row(*map(cell, values))
    parts: list[RenderableType] = [table, Text()] if cleaning.unneeded else []
    return Group(
        *parts,
        *(cell(f"kept: {_short(kept.path.name)}: {kept.reason}") for kept in cleaning.kept),
        *(cell(f"gone, and forgotten by now: {path}") for path in cleaning.gone),
        *(cell(f"kept, what it may need: {doubt.path}: {doubt.reason}") for doubt in cleaning.doubts),
        cell(f"{cleaning.cache}: {_gain(cleaning)}"),
    )


def _gain(cleaning: Cleaning) -> str:
    if not cleaning.unneeded:
        return "there is nothing to remove"
    frees = f"to remove this frees {of_size(cleaning.frees)}"
    if cleaning.frees == cleaning.size:
        return frees
    return f"{frees} of {of_size(cleaning.size)}; environments or packages that stay share the other files"


def cleaned_line(cleaned: Cleaned) -> str:
    """What was removed, in a line: "Removed 1 environment and 2 packages, which freed 38.8 MB"."""
    *kinds, last = (
        f"{count} {kind}{'' if count == 1 else 's'}"
        for kind, count in Counter(one.kind for one in cleaned.removed).items()
    )
    what = f"{', '.join(kinds)} and {last}" if kinds else last
    return f"Removed {what}, which freed {of_size(cleaned.freed)}"


def cleaning_json(cleaning: Cleaning, cleaned: Cleaned | None) -> dict[str, Any]:
    """The same as plain values, and what became of it, None where nothing was done."""
    return {
        "cache": str(cleaning.cache),
        "removed": cleaned is not None,
        "freed": cleaned.freed if cleaned else 0,
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
        "kept": [_kept(one) for one in (*cleaning.kept, *(cleaned.stays if cleaned else ()))],
        "repositories": list(cleaning.repositories),
        "gone": list(cleaning.gone),
        "doubts": [_kept(one) for one in cleaning.doubts],
    }


def _kept(kept: Kept) -> dict[str, str]:
    return {"path": str(kept.path), "reason": kept.reason}


def _repository(one: Unneeded) -> str:
    """A repository as people call it: by the name of its folder, not the Git folder in there."""
    folder = Path(one.repository)
    return folder.parent.name if folder.name == ".git" else folder.name


def _short(name: str) -> str:
    """A name with hashes as short as they are said elsewhere."""
    return _HASH.sub(lambda found: found[0][:12], name)
