"""Say one change in a few words, as a line of advice or a commit message has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envgit.model import Change

#: How ``detail`` begins where a file asks for the same package in other words.
ASKED_FOR = "asked for "
#: How it begins where conda's record alone went or came, of what pip had installed over it.
RECORD_GONE = "conda's record is gone"
RECORD_BACK = "conda's record is back"

_LAYER_NAMES = {"conda": "conda", "pypi": "pip"}


def change_in_words(change: Change) -> str:
    """``numpy 1.26.4 → 2.1.0``, ``+rich 13.7``, ``−rich``, ``torch moved to pip``, ``zlib rebuilt``."""
    name, before, after = change.name, change.before, change.after
    if versions := versions_of(change):
        return f"{name} {versions[0]} → {versions[1]}"
    if change.kind == "moved":
        ends = [side.version for side in (before, after) if side and side.version]
        step = f" ({' → '.join(ends)})" if len(set(ends)) > 1 else ""
        return f"{name} moved to {_LAYER_NAMES[change.layer]}{step}"
    if change.detail.startswith((RECORD_GONE, RECORD_BACK)):
        return f"{name}: {change.detail}"
    if change.kind == "metadata" and change.detail.startswith(ASKED_FOR):
        return change.detail.removeprefix(
            ASKED_FOR
        )  # a file may say no more than that: `numpy <2 → numpy >=2`
    return {
        "added": f"+{name} {after.version if after else ''}".rstrip(),
        "removed": f"−{name}",
        "rechanneled": f"{name} now from {after.channel if after else ''}",
        "metadata": f"{name} metadata patched",
    }.get(change.kind, f"{name} {change.kind}")


def versions_of(change: Change) -> tuple[str, str] | None:
    """Both versions of a package that stayed where it is and has another version."""
    if change.kind == "moved" or not change.before or not change.after:
        return None
    versions = change.before.version, change.after.version
    return versions if all(versions) and versions[0] != versions[1] else None


def printable(text: str) -> str:
    r"""Text in which control, bidirectional and other invisible characters show as escapes (``\x1b``).

    Names and versions can come from a stranger's snapshot: no terminal may obey them, and no line
    of them may pass for a trailer of a commit message.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
