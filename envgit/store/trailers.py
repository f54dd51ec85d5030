"""The trailers of a snapshot commit: what links it to the code, and what look-ups go by.

They are read here and not by Git, whose idea of a trailer depends on the user's settings (``trailer.*``) and
on the text before them (``>8`` cuts a message off).
"""

from __future__ import annotations

SNAPSHOT = "Snapshot"
ENVIRONMENT = "Environment"
TRIGGER = "Trigger"
CODE_COMMIT = "Code-Commit"
CODE_TREE = "Code-Tree"
#: ``old new``: Git rewrote a code commit (rebase); the new one ran nowhere, it inherits the old one's link.
REWRITTEN = "Rewritten"
#: Why there is no snapshot of a code commit: its environment could not be observed. In place of `SNAPSHOT`.
UNOBSERVED = "Unobserved"

_KEYS = frozenset({SNAPSHOT, ENVIRONMENT, TRIGGER, CODE_COMMIT, CODE_TREE, REWRITTEN, UNOBSERVED})

TYPE_CHECKING = False  # `typing` is a slow import, and every commit comes this way
if TYPE_CHECKING:
    from collections.abc import Iterable


def commit_message(summary: str, trailers: Iterable[tuple[str, str]], *, body: str = "") -> str:
    """The message of a snapshot commit: a summary for people, what the user said, trailers for look-ups."""
    lines = "\n".join(f"{key}: {_one_line(value)}" for key, value in trailers)
    said = f"{body.strip()}\n\n" if body.strip() else ""
    return f"{_one_line(summary)}\n\n{said}{lines}\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_trailers(message: str) -> dict[str, tuple[str, ...]]:
    """The values of each trailer of ours in a commit's raw message, in order.

    They are the last paragraph, after any text of the user's; a message of one paragraph is a summary only.
    """
    _, blank, last = message.rstrip("\n").rpartition("\n\n")
    found: dict[str, tuple[str, ...]] = {}
    for line in last.split("\n") if blank else ():
        key, colon, value = line.partition(": ")
        if colon and key in _KEYS:
            found[key] = (*found.get(key, ()), value)
    return found
