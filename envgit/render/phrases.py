"""The words that every view of a drift shares; the views only lay them out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from envgit.model import ChangeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Change, Drift, Layer, Side
    from envgit.operations.revision import Revision

#: Hex digits of a snapshot's id that people are shown; any unique prefix is taken back.
SHORT_ID = 12

#: Settings of one subject that are told one by one.
_TOLD_OF_ONE_SUBJECT = 5
_PLURALS = {"specs": "requested specs"}

LAYER_NAMES: dict[Layer, str] = {"conda": "conda", "pypi": "pip"}

_SYMBOLS: dict[ChangeKind, str] = {"added": "+", "removed": "-", "upgraded": "↑", "downgraded": "↓"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One end of a drift: the word it goes by and the id of its snapshot."""

    label: str
    snapshot: str

    def __str__(self) -> str:
        short = self.snapshot[:SHORT_ID]
        return self.label if self.label.startswith(short) else f"{self.label} ({short})"


def endpoint_of(revision: Revision) -> Endpoint:
    """A revision as one end of a drift."""
    return Endpoint(label=revision.label, snapshot=revision.snapshot.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """One change as a row of a table. ``before`` and ``after`` show what of them differs."""

    symbol: str
    name: str
    layer: str
    before: str
    after: str
    note: str


def symbol_of(kind: ChangeKind) -> str:
    """A sign for a kind of change, so that no colour is needed to tell it."""
    return _SYMBOLS.get(kind, "~")


def phrase(change: Change) -> Phrase:
    """Say one change."""
    before, after, note = _cells(change)
    return Phrase(
        symbol=symbol_of(change.kind),
        name=change.name,
        layer=LAYER_NAMES[change.layer],
        before=before,
        after=after,
        note=", ".join(filter(None, [*note, change.detail])),
    )


def counts_by_kind(drift: Drift) -> dict[ChangeKind, int]:
    """How many changes there are of each kind that occurs, in the order of the kinds."""
    counted = Counter(change.kind for change in drift.changes)
    kinds: tuple[ChangeKind, ...] = get_args(ChangeKind)
    return {kind: counted[kind] for kind in kinds if counted[kind]}


def counts_in_words(drift: Drift) -> str:
    """``2 upgraded, 1 added, 3 settings``; ``no differences`` for an empty drift."""
    words = [f"{count} {kind}" for kind, count in counts_by_kind(drift).items()]
    settings = len(drift.differences)
    if settings:
        words.append(f"{settings} {'setting' if settings == 1 else 'settings'}")
    return ", ".join(words) or "no differences"


def settings_in_words(drift: Drift) -> Iterator[str]:
    """A sentence for each setting; many of one subject (a whole history of specs) as a count."""
    subjects = Counter(difference.subject for difference in drift.differences)
    told = set()
    for difference in drift.differences:
        subject = difference.subject
        if subjects[subject] <= _TOLD_OF_ONE_SUBJECT:
            yield difference.sentence
        elif subject not in told:
            told.add(subject)
            of_it = [d for d in drift.differences if d.subject == subject]
            added = sum(d.before is None for d in of_it)
            removed = sum(d.after is None for d in of_it)
            counts = {"added": added, "removed": removed, "changed": len(of_it) - added - removed}
            words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
            yield f"{_PLURALS.get(subject, subject)}: {words}"


def _cells(change: Change) -> tuple[str, str, list[str]]:
    old, new = change.before, change.after
    if old is None or new is None:
        return _version(old), _version(new), [_from(new)] if new else []
    if change.kind == "moved":
        there, here = ("conda", "pip") if change.layer == "pypi" else ("pip", "conda")
        note = f"moved from {there}'s {old.name}" if old.name else "moved"
        return f"{there} {old.version}", f"{here} {new.version}", [note]
    if change.kind == "rechanneled":
        return old.channel or "", new.channel or "", [f"{new.version} rechanneled"]
    if change.kind == "rebuilt" and old.version == new.version and old.build != new.build:
        return old.build or "", new.build or "", [f"{new.version} rebuilt"]
    kind = [] if change.kind in _SYMBOLS else [change.kind]
    other_channel = old.channel and new.channel and old.channel != new.channel
    return old.version, new.version, [*kind, *([_from(new)] if other_channel else [])]


def _version(side: Side | None) -> str:
    return side.version if side else ""


def _from(side: Side) -> str:
    """Where a package comes from, unless that is the index every distribution comes from."""
    return f"from {side.channel}" if side.channel and side.channel != "pypi" else ""
