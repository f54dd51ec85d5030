"""Put text on a terminal, or into a pipe or a file, where no colour, no box and no fold belongs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from envgit.drift import printable
from envgit.render.pages import UNFOLDED, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import ConsoleOptions, RenderableType

    from envgit.render.layout import Line


def show(renderable: RenderableType, console: Console) -> None:
    """Print a view: coloured and fitted to a terminal, else as plain lines."""
    encoding = console.encoding or "utf-8"
    if console.is_terminal and encoding.lower().startswith("utf"):
        console.print(renderable, highlight=False)
        return
    width = console.width if console.is_terminal else UNFOLDED
    write(plain(renderable, width=width), console.file)


def plain(renderable: RenderableType, *, width: int = 80) -> str:
    """A view as plain text: no colour, no trailing blanks, folded at ``width`` columns."""
    page = io.StringIO()
    Console(file=page, width=width, color_system=None, force_terminal=False, legacy_windows=False).print(
        renderable, highlight=False
    )
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


class Fitted:
    """A view that lays out its own lines for the width it gets."""

    def __init__(self, lay_out: Callable[[int], Iterable[Line]]) -> None:
        self._lay_out = lay_out

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        for line in self._lay_out(options.max_width):
            yield Text.assemble(*line, overflow="fold")


def cell(value: str, style: str = "") -> Text:
    """Text that is data: it is no markup, and its control characters show as escapes."""
    return Text(printable(value), style=style, overflow="fold")


def columns(*headers: str) -> Table:
    """A table without lines, whose last column takes what room is left."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(headers))
    for header in headers:
        table.add_column(header, header_style="bold", overflow="fold")
    return table
