"""What hooks say: single lines on stderr, among Git's own."""

from __future__ import annotations

import sys


def say(words: str) -> None:
    """Print one line; what a terminal would obey rather than show is shown escaped.

    Names of files and packages may hold anything, errors quote settings that may hold a login, and the
    terminal may know ASCII only.
    """
    from envgit.redact import redact_text

    words = redact_text(words)
    if not words.isprintable():
        from envgit.drift import printable

        words = printable(words)
    if sys.stderr is None:  # closed by whoever started us
        return
    encoding = sys.stderr.encoding or "ascii"
    try:
        sys.stderr.buffer.write(f"envgit: {words}\n".encode(encoding, "backslashreplace"))
        sys.stderr.flush()
    except OSError:
        pass  # whoever read it went away, and the commit goes on
