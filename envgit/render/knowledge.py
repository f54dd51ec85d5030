"""What a file knew of the packages that it named, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats.knowledge import KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.formats.knowledge import Known
    from envgit.model import Layer

_PHRASES: dict[Known, str] = {
    "file": "by file and hash",
    "build": "by version and build",
    "version": "by version",
    "spec": "by a loose spec",
}


def knowledge_sentence(known: Mapping[Layer, Mapping[Known, int]]) -> str:
    """``118 packages by file and hash, 2 by a loose spec``: both layers, the most exact first."""
    counts = {kind: sum(layer[kind] for layer in known.values()) for kind in KNOWN}
    pieces = [f"{count} {_PHRASES[kind]}" for kind, count in counts.items() if count]
    first, *others = pieces
    number, _, phrase = first.partition(" ")
    noun = "package" if number == "1" else "packages"
    return ", ".join([f"{number} {noun} {phrase}", *others])
