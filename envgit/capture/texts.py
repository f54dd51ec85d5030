"""Free text of others in the form that is recorded: without credentials, and such as can be encoded."""

from __future__ import annotations

from functools import lru_cache

from envgit.redact import redact_text


@lru_cache(maxsize=4096)  # the packages of one environment depend on the same things
def recordable(text: str) -> str:
    """Return a text without what looks like a credential and without what no encoding can write."""
    return writable(redact_text(text))


def writable(text: str) -> str:
    """Return a text with ``?`` for lone surrogates: JSON can bring them, and nothing else can write them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
