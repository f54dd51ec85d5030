"""Put text on a terminal, or into a pipe or a file, where no colour, no box and no fold belongs."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from envgit.drift import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

#: Columns of what is piped: a line is a line there, however long.
_UNFOLDED = 4000
#: Signs of ours that an ASCII-only terminal or locale cannot show.
_PLAIN_SIGNS = str.maketrans({"→": "->", "↑": "^", "↓": "v", "−": "-", "…": "..."})


def show(renderable: RenderableType, console: Console) -> None:
    """Print a view: coloured and fitted to a terminal, else as plain lines."""
    encoding = console.encoding or "utf-8"
    if console.is_terminal and encoding.lower().startswith("utf"):
        console.print(renderable, highlight=False)
        return
    width = console.width if console.is_terminal else _UNFOLDED
    write(plain(renderable, width=width), console.file)


def write(page: str, stream: IO[str]) -> None:
    """Write a finished page, with plainer signs where the stream's encoding has none like ours."""
    encoding = getattr(stream, "encoding", None) or "utf-8"  # an io.StringIO has none
    try:
        page.encode(encoding)
    except UnicodeEncodeError:
        page = page.translate(_PLAIN_SIGNS).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(page)


def plain(renderable: RenderableType, *, width: int = 80) -> str:
    """A view as plain text: no colour, no trailing blanks, folded at ``width`` columns."""
    page = io.StringIO()
    Console(file=page, width=width, color_system=None, force_terminal=False, legacy_windows=False).print(
        renderable, highlight=False
    )
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def cell(value: str, style: str = "") -> Text:
    """Text that is data: it is no markup, and its control characters show as escapes."""
    return Text(printable(value), style=style, overflow="fold")


def columns(*headers: str) -> Table:
    """A table without lines, whose last column takes what room is left."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(headers))
    for header in headers:
        table.add_column(header, header_style="bold", overflow="fold")
    return table
