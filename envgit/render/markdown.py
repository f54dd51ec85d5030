"""A drift as Markdown (GFM) for the comment on a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.drift import printable, summarise
from envgit.render.phrases import Endpoint, counts_in_words, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Change, Drift

#: Rows that a reviewer takes in at a glance; more are folded away.
_UNFOLDED_ROWS = 15


def drift_markdown(drift: Drift, from_: Endpoint, to: Endpoint) -> str:
    """A heading, the summary, a table of packages, a list of settings; long ones folded."""
    rows = len(drift.changes) + len(drift.differences)
    lines = [
        f"### Environment drift: {_code(str(from_))} → {_code(str(to))}",
        "",
        _code(summarise(drift)),
        "",
    ]
    body = [*_table(drift.changes), *_settings(drift)]
    if rows > _UNFOLDED_ROWS:
        body = ["<details>", f"<summary>{counts_in_words(drift)}</summary>", "", *body, "</details>", ""]
    return "\n".join([*lines, *body]).rstrip("\n")


def _table(changes: tuple[Change, ...]) -> Iterator[str]:
    if not changes:
        return
    yield "| | Package | Layer | Before | After | |"
    yield "|---|---|---|---|---|---|"
    for change in changes:
        said = phrase(change)
        name = f"**{_code(said.name)}**" if change.requested else _code(said.name)
        cells = (said.symbol, name, said.layer, _code(said.before), _code(said.after), _code(said.note))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _settings(drift: Drift) -> Iterator[str]:
    for difference in drift.differences:
        yield f"- {_code(difference.sentence)}"
    if drift.differences:
        yield ""


def _code(text: str) -> str:
    r"""Text as a code span, where nothing is markup, a link or a mention of somebody.

    What could end the span or the cell of a table shows as an escape, as control characters do: no
    honest name holds it.
    """
    shown = printable(text).replace("`", r"\x60").replace("|", r"\x7c")
    return f"`{shown}`" if shown.strip() else ""
