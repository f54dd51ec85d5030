"""Takes credentials out of URLs and text before anything is written to Git, a log or a terminal.

Removal is by shape and stable: what remains depends only on where a thing comes from, so that two
snapshots taken with two tokens agree. Text without a credential comes back byte for byte.
"""

from envgit.redact.shapes import MASK, holds_token, looks_drawn
from envgit.redact.text import holds_secret, redact_text
from envgit.redact.urls import redact_url

__all__ = ["MASK", "holds_secret", "holds_token", "looks_drawn", "redact_text", "redact_url"]
