"""A drift as lines for a person: what may change numbers, the packages, the settings, the counts.

Reads well at 80 columns and in a pipe, needs no colour, and shows every version whole at any width.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from envgit.drift import printable
from envgit.render.layout import BLANK, Span, paragraph, table
from envgit.render.phrases import (
    LAYER_NAMES,
    REQUESTED,
    Endpoint,
    counts_by_kind,
    counts_by_magnitude,
    counts_in_words,
    in_reading_order,
    is_striking,
    phrase,
    settings_in_words,
    switches_in_words,
    symbol_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import Change, ChangeKind, Drift
    from envgit.render.layout import Line

#: Told apart by those who do not see red and green; the symbols say the same without any colour.
_STYLES: dict[ChangeKind, str] = {
    "added": "cyan",
    "upgraded": "cyan",
    "removed": "yellow",
    "downgraded": "yellow",
    "metadata": "dim",
}
_SWITCHED = "bold magenta"
#: Columns of packages, and the part of the width that each but the last may take.
_HEADERS, _SHARES = ("", "package", "layer", "before", "after", ""), (0.05, 0.35, 0.1, 0.18, 0.18)


def drift_lines(drift: Drift, from_: Endpoint, to: Endpoint, *, width: int) -> Iterator[Line]:
    """Every change of a drift under the names of its ends."""
    yield from _heading(from_, to, width)
    yield from drift_body(drift, width=width)


def stat_lines(drift: Drift, from_: Endpoint, to: Endpoint, *, width: int) -> Iterator[Line]:
    """A drift as counts: a row for each kind of change, by layer and by magnitude."""
    yield from _heading(from_, to, width)
    yield from _switches(drift, width)
    if drift.changes:
        yield from _counts(drift)
        yield BLANK
    yield from paragraph(counts_in_words(drift), width=width)


def drift_body(drift: Drift, *, width: int) -> Iterator[Line]:
    """A drift without its heading, as a part of another view."""
    yield from _switches(drift, width)
    if drift.changes:
        yield from _packages(drift.changes, width)
        yield BLANK
    settings = list(settings_in_words(drift))
    for sentence in settings:
        yield from paragraph(printable(sentence), width=width)
    if settings:
        yield BLANK
    legend = "    * requested" if any(change.requested for change in drift.changes) else ""
    yield from paragraph(counts_in_words(drift) + legend, width=width)


def _heading(from_: Endpoint, to: Endpoint, width: int) -> Iterator[Line]:
    yield from paragraph(printable(f"{from_} → {to}"), width=width, style="bold")
    yield BLANK


def _switches(drift: Drift, width: int) -> Iterator[Line]:
    for sentence in switches_in_words(drift):
        yield from paragraph(f"! {printable(sentence)}", width=width, style=_SWITCHED)
    if drift.switches:
        yield BLANK


def _packages(changes: Sequence[Change], width: int) -> Iterator[Line]:
    """A table, in which a blank line parts what strikes from what came along."""
    rows = [[Span(header, "bold") for header in _HEADERS]]
    for _, part in groupby(in_reading_order(changes), key=is_striking):
        rows += [[Span("")] * len(_HEADERS)] if len(rows) > 1 else []
        rows += map(_row, part)
    yield from table(rows, width=width, shares=_SHARES)


def _row(change: Change) -> list[Span]:
    said, style = phrase(change), _STYLES.get(change.kind, "")
    big = ["MAJOR"] if change.magnitude == "major" else []
    emphasis = f"bold {style}".strip() if big else style
    name = said.name + (REQUESTED if change.requested else "")
    note = ", ".join([*big, *filter(None, [said.note])])
    cells = ((said.symbol, emphasis), (name, emphasis), (said.layer, ""), (said.before, ""), (said.after, ""))
    return [Span(printable(cell), look) for cell, look in (*cells, (note, "bold" if big else ""))]


def _counts(drift: Drift) -> Iterator[Line]:
    magnitudes = counts_by_magnitude(drift.changes)
    headers = "".join(f"  {header:>5}" for header in (*LAYER_NAMES.values(), *magnitudes))
    yield (Span(" " * 14 + headers, "bold"),)
    for kind in counts_by_kind(drift):
        changes = [change for change in drift.changes if change.kind == kind]
        layers, steps = Counter(c.layer for c in changes), counts_by_magnitude(changes)
        counts = [*(layers[layer] for layer in LAYER_NAMES), *(steps.get(step, 0) for step in magnitudes)]
        numbers = "".join(f"  {count or '':>5}" for count in counts)
        yield (Span(symbol_of(kind), _STYLES.get(kind, "")), Span(f"  {kind:11}{numbers}"))
