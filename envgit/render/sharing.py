"""What `push` and `pull` did, in a few lines: what came, what went, what did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.store.names import BASELINES, is_automatic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.operations.share import Carried, Shared


def moved_lines(shared: Shared) -> list[str]:
    """One line for each way that anything moved."""
    ways = (("From", shared.fetched), ("To", shared.pushed))
    lines = [f"{way} {shared.remote}: {moved}" for way, carried in ways if (moved := _moved(carried))]
    return lines or [f"Nothing new between here and {shared.remote}"]


def warning_lines(shared: Shared) -> list[str]:
    """One line for each ref that there is something to know of."""
    return [f"warning: {one.name}: {one.note}" for one in (*shared.fetched, *shared.pushed) if one.note]


def _moved(carried: Iterable[Carried]) -> str:
    """Branches and baselines by name; tags that envgit gives by itself are counted."""
    moved = [one for one in carried if one.outcome not in ("unchanged", "refused")]
    named = [one for one in moved if not is_automatic(one.ref.removeprefix(BASELINES))]
    names = [f"{one.name} (united)" if one.outcome == "united" else one.name for one in named]
    automatic = len(moved) - len(named)
    if automatic:
        names.append(f"{automatic} automatic tag{'s' if automatic > 1 else ''}")
    return ", ".join(names)
