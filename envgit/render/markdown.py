"""A drift as Markdown (GFM) for the comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.drift import printable, summarise
from envgit.render.phrases import (
    Endpoint,
    counts_in_words,
    in_reading_order,
    phrase,
    settings_in_words,
    switches_in_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envgit.model import Change, Drift

#: Rows that a reviewer takes in at a glance; more are folded away.
_UNFOLDED_ROWS = 15
#: What a comment may hold on the forges that take least; in bytes, so that it fits however they count.
LIMIT = 65_536
#: Kept for what ends the comment: the sentence that counts what does not fit, and the end of the fold.
_CLOSING = 256
_HEADER = ("| | Package | Layer | Before | After | Size | |", "|---|---|---|---|---|---|---|")


def drift_markdown(drift: Drift, from_: Endpoint, to: Endpoint, *, notes: Sequence[str] = ()) -> str:
    """A heading, the summary, what may change numbers, then packages and settings, folded when they are many.

    ``notes`` say what a reviewer may not expect of the two ends.
    What strikes comes first, so that rows which do not fit into a comment are those that matter least.
    """
    settings = [f"- {_code(sentence)}" for sentence in settings_in_words(drift)]
    rows = [_row(change) for change in in_reading_order(drift.changes)]
    lines = [
        f"### Environment drift: {_code(str(from_))} → {_code(str(to))}",
        "",
        _code(summarise(drift)),
        "",
    ]
    lines += _block([f"- **{_code(sentence)}**" for sentence in switches_in_words(drift)])
    lines += _block([f"> {_code(note)}" for note in notes])
    folded = len(rows) + len(settings) > _UNFOLDED_ROWS
    if folded:
        lines += ["<details>", f"<summary>{counts_in_words(drift)}</summary>", ""]
    lines += _block(settings)
    lines += _block([*_HEADER, *rows] if rows else [])
    return "\n".join(_bounded(lines, ["</details>"] if folded else [])).rstrip("\n")


def _block(lines: Sequence[str]) -> list[str]:
    return [*lines, ""] if lines else []


def _bounded(lines: Sequence[str], closing: Sequence[str]) -> list[str]:
    """As many lines as fit into a comment, a sentence that counts the others, and the end of it."""
    kept: list[str] = []
    room = LIMIT - _CLOSING
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    left = sum(line.startswith(("- ", "| ")) and line not in _HEADER for line in lines[len(kept) :])
    if left:
        noun = "change does" if left == 1 else "changes do"
        kept += ["", f"{left} more {noun} not fit into a comment; `envgit diff` shows all.", ""]
    return [*kept, *closing]


def _row(change: Change) -> str:
    said = phrase(change)
    name = f"**{_code(said.name)}**" if change.requested else _code(said.name)
    size = f"**{said.size}**" if said.size == "major" else said.size
    versions = _code(said.before), _code(said.after)
    return f"| {' | '.join((said.symbol, name, said.layer, *versions, size, _code(said.note)))} |"


def _code(text: str) -> str:
    r"""Text as a code span, where nothing is markup, a link or a mention of somebody.

    What could end the span or the cell of a table shows as an escape, as control characters do: no
    honest name holds it.
    """
    shown = printable(text).replace("`", r"\x60").replace("|", r"\x7c")
    return f"`{shown}`" if shown.strip() else ""
