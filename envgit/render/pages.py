"""Write finished pages to a stream of any encoding; loads no library."""

from __future__ import annotations

import os
from typing import IO

#: Columns of what is piped: a line is a line there, however long.
UNFOLDED = 4000
#: Signs of ours that an ASCII-only terminal or locale cannot show.
_PLAIN_SIGNS = str.maketrans({"→": "->", "↑": "^", "↓": "v", "−": "-", "…": "..."})


def is_plain(stream: IO[str]) -> bool:
    """Whether a stream wants neither colour nor folded lines, as a pipe or a file does."""
    return not (stream.isatty() or os.environ.get("FORCE_COLOR"))


def write(page: str, stream: IO[str]) -> None:
    """Write a finished page, with plainer signs where the stream's encoding has none like ours."""
    encoding = getattr(stream, "encoding", None) or "utf-8"  # an io.StringIO has none
    try:
        page.encode(encoding)
    except UnicodeEncodeError:
        page = page.translate(_PLAIN_SIGNS).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(page)
