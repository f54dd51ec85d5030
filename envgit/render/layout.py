"""Lay out text for a width: columns that line up as far as they can, and nothing cut where they cannot.

Knows no terminal and loads no library, so that what goes into a pipe waits for none.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_GAP = 2
#: What is folded keeps at least so many columns to itself, or goes on a line of its own.
_LEAST = 20
#: Where that begins.
_INDENT = 5


class Span(NamedTuple):
    """A piece of a line and how it looks on a terminal, in Rich's words (``bold cyan``)."""

    text: str
    style: str = ""


Line: TypeAlias = "tuple[Span, ...]"

BLANK: Line = ()


def paragraph(text: str, *, width: int, style: str = "") -> Iterator[Line]:
    """Fold text at the spaces between its words, within a word that is longer than a line."""
    yield from ((Span(part, style),) for part in _folded(text, width))


def table(rows: Sequence[Sequence[Span]], *, width: int, shares: Sequence[float]) -> Iterator[Line]:
    """Lay out rows of cells, all columns but the last as wide as their cells.

    Args:
        rows: Cells; the last of each is folded beside the others where it finds room there.
        width: Columns of the terminal.
        shares: The part of the width that each column but the last may take. A cell which is longer
            moves those after it, on to another line if need be.
    """
    stops = [0]
    for column, share in enumerate(shares):
        longest = max(len(row[column].text) for row in rows)
        stops.append(stops[-1] + min(longest, int(width * share)) + _GAP)
    for row in rows:
        yield from _row(row, stops, width)


def unstyled(lines: Iterable[Line]) -> str:
    """Lines as plain text, without blanks at their ends."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)


def _row(cells: Sequence[Span], stops: Sequence[int], width: int) -> Iterator[Line]:
    line: list[Span] = []
    end = 0
    for number, (cell, stop) in enumerate(zip(cells, stops, strict=True), 1):
        if not cell.text:
            continue
        start = max(stop, end + _GAP) if line else stop
        least = _LEAST if number == len(cells) else width
        if line and width - start < min(len(cell.text), least):
            yield tuple(line)
            line, end, start = [], 0, min(_INDENT, width // 2)
        for part in _folded(cell.text, max(width - start, 1)):
            if end > start:
                yield tuple(line)
                line, end = [], 0
            line += [Span(" " * (start - end)), Span(part, cell.style)]
            end = start + len(part)
    yield tuple(line)


def _folded(text: str, width: int) -> list[str]:
    return wrap(text, width, break_on_hyphens=False) if len(text) > width else [text]
