"""Show what a stranger's file says: on one line, without credentials, and so that no terminal obeys it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.redact import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def shown(text: str) -> str:
    """Return a text as it may stand in a message; plain text without credentials comes back as it is."""
    text = redact_text(text)
    if text.isprintable():
        return text
    from envgit.drift import printable  # what it comes with takes its time to load

    return printable(text)


@contextmanager
def shown_refusals() -> Iterator[None]:
    """Refuse files within in words that may be shown, whatever of a file they quote."""
    try:
        yield
    except BadFile as refusal:
        raise type(refusal)(shown(refusal.message), hint=shown(refusal.hint)) from None
