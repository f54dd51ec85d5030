from __future__ import annotations

import io
import subprocess
import sys

import pytest

from envgit.render.layout import Span, paragraph, table, unstyled
from envgit.render.pages import is_plain

ROWS = [
    [Span("name"), Span("version"), Span("")],
    [Span("a"), Span("1.0"), Span("short")],
    [Span("quite-a-long-name"), Span("2.0"), Span("a note of several words that are folded")],
]


def laid(width: int, *, share: float = 0.5) -> list[str]:
    return unstyled(table(ROWS, width=width, shares=(share, share))).splitlines()


def test_columns_are_as_wide_as_their_cells_where_there_is_room() -> None:
    assert laid(80) == [
        "name               version",
        "a                  1.0      short",
        "quite-a-long-name  2.0      a note of several words that are folded",
    ]


def test_a_note_is_folded_beside_the_other_cells_or_below_them() -> None:
    assert laid(50)[2:] == [
        "quite-a-long-name  2.0      a note of several",
        "                            words that are folded",
    ]
    assert laid(40)[2:] == ["quite-a-long-name  2.0", "     a note of several words that are", "     folded"]


def test_a_cell_longer_than_its_share_moves_its_own_row_alone() -> None:
    assert laid(80, share=0.1) == [
        "name      version",
        "a         1.0      short",
        "quite-a-long-name  2.0  a note of several words that are folded",
    ]


@pytest.mark.parametrize("width", [1, 7, 20])
def test_nothing_is_cut_however_narrow_it_is(width: int) -> None:
    lines = laid(width)
    assert all(len(line) <= width for line in lines)
    everything = "".join(span.text for row in ROWS for span in row)
    assert "".join("".join(lines).split()) == "".join(everything.split())


def test_a_paragraph_keeps_its_style_on_every_line() -> None:
    assert list(paragraph("one two", width=4, style="bold")) == [
        (Span("one", "bold"),),
        (Span("two", "bold"),),
    ]
    assert list(paragraph("", width=4)) == [(Span(""),)]


def test_a_pipe_is_plain_unless_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert is_plain(io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not is_plain(io.StringIO())


def test_what_shows_a_drift_in_a_pipe_loads_no_library() -> None:
    views = ("drift_text", "json", "markdown", "html", "pages")
    code = f"import sys, {', '.join(f'envgit.render.{view}' for view in views)}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert "envgit.render.html" in loaded
    assert not {"rich", "deepdiff", "rattler", "packaging", "typer"} & set(loaded)
