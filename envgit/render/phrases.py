"""The words that every view of a drift shares; the views only lay them out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from envgit.model import ChangeKind, Magnitude

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.model import Change, Drift, Layer, Side
    from envgit.operations.revision import Revision

#: Hex digits of a snapshot's id that people are shown; any unique prefix is taken back.
SHORT_ID = 12

#: Stands behind the name of what somebody asked for.
REQUESTED = " *"

#: Settings of one subject that are told one by one.
_TOLD_OF_ONE_SUBJECT = 5
_PLURALS = {"specs": "requested specs"}

LAYER_NAMES: dict[Layer, str] = {"conda": "conda", "pypi": "pip"}

_SYMBOLS: dict[ChangeKind, str] = {"added": "+", "removed": "-", "upgraded": "↑", "downgraded": "↓"}
#: Steps of a version, then kinds of change that are none, from what weighs most to what weighs least.
_WEIGHTS: tuple[Magnitude | ChangeKind, ...] = (
    *("major", "minor", "downgraded", "upgraded", "moved", "removed", "added", "rechanneled"),
    *("patch", "build", "rebuilt", "metadata"),
)
#: Of the requested packages that brought a change, so many are named.
_NAMED_COMPANY = 2


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
    """One change as a row of a table: ``before`` and ``after`` are versions, ``note`` tells all else.

    ``size`` is how big a step it is from one version to the other, empty where there is none.
    """

    symbol: str
    name: str
    layer: str
    before: str
    after: str
    size: str
    note: str


def symbol_of(kind: ChangeKind) -> str:
    """A sign for a kind of change, so that no colour is needed to tell it."""
    return _SYMBOLS.get(kind, "~")


def phrase(change: Change) -> Phrase:
    """Say one change."""
    old, new = change.before, change.after
    return Phrase(
        symbol=symbol_of(change.kind),
        name=change.name,
        layer=LAYER_NAMES[change.layer],
        before=old.version if old else "",
        after=new.version if new else "",
        size=change.magnitude or "",
        note=", ".join(filter(None, [_deed(change), change.detail, _company(change)])),
    )


def is_striking(change: Change) -> bool:
    """Whether a reader has to see it first: it was asked for, or is as big as a change can be."""
    return change.requested or change.magnitude == "major"


def in_reading_order(changes: Iterable[Change]) -> list[Change]:
    """Changes as a reader wants them: what strikes first, in each half the bigger before the smaller.

    What somebody asked for, and what is a major step, says why the numbers may differ; what came along
    with it, often ten times as much, is looked up by those who look for it.
    """
    return sorted(changes, key=_reading_rank)


def _reading_rank(change: Change) -> tuple[bool, bool, int, str, str]:
    weight = _WEIGHTS.index(change.magnitude or change.kind)
    return not is_striking(change), change.name != "python", weight, change.name, change.layer


def counts_by_kind(drift: Drift) -> dict[ChangeKind, int]:
    """How many changes there are of each kind that occurs, in the order of the kinds."""
    counted = Counter(change.kind for change in drift.changes)
    kinds: tuple[ChangeKind, ...] = get_args(ChangeKind)
    return {kind: counted[kind] for kind in kinds if counted[kind]}


def counts_by_magnitude(changes: Iterable[Change]) -> dict[Magnitude, int]:
    """How many changes there are of each magnitude that occurs, the biggest first."""
    counted = Counter(change.magnitude for change in changes)
    magnitudes: tuple[Magnitude, ...] = get_args(Magnitude)
    return {magnitude: counted[magnitude] for magnitude in magnitudes if counted[magnitude]}


def counts_in_words(drift: Drift) -> str:
    """``2 upgraded (1 major), 1 added, 3 settings``; ``no differences`` for an empty drift."""
    words = []
    for kind, count in counts_by_kind(drift).items():
        major = counts_by_magnitude(c for c in drift.changes if c.kind == kind).get("major")
        words.append(f"{count} {kind}{f' ({major} major)' if major else ''}")
    settings = len(drift.differences)
    if settings:
        words.append(f"{settings} {'setting' if settings == 1 else 'settings'}")
    return ", ".join(words) or "no differences"


def switches_in_words(drift: Drift) -> list[str]:
    """A sentence for each switch, with whole versions where a setting says them: `Python 3.11.7 → 3.12.1`."""
    whole = {difference.subject: difference.sentence for difference in drift.differences}
    return [whole.get(switch.subject.lower(), switch.sentence) for switch in drift.switches]


def settings_in_words(drift: Drift) -> Iterator[str]:
    """A sentence for each setting; many of one subject (a whole history of specs) as a count.

    What is told as a switch, such as another platform, is not told again.
    """
    switched = set(switches_in_words(drift))
    differences = [d for d in drift.differences if d.sentence.lstrip("_") not in switched]
    subjects = Counter(difference.subject for difference in differences)
    told = set()
    for difference in differences:
        subject = difference.subject
        if subjects[subject] <= _TOLD_OF_ONE_SUBJECT:
            yield difference.sentence
        elif subject not in told:
            told.add(subject)
            of_it = [d for d in differences if d.subject == subject]
            added = sum(d.before is None for d in of_it)
            removed = sum(d.after is None for d in of_it)
            counts = {"added": added, "removed": removed, "changed": len(of_it) - added - removed}
            words = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
            yield f"{_PLURALS.get(subject, subject)}: {words}"


def _deed(change: Change) -> str:
    """What was done, where symbol and versions do not say it all."""
    old, new = change.before, change.after
    if old is None or new is None:
        # Where a dependency came from was for the solver to choose.
        return _from(new) if new and not change.through else ""
    if change.kind == "moved":
        there, here = ("conda", "pip") if change.layer == "pypi" else ("pip", "conda")
        return f"moved from {there}'s {old.name} to {here}" if old.name else f"moved from {there} to {here}"
    if change.kind == "rechanneled":
        return f"rechanneled, {old.channel} → {new.channel}"
    if change.kind == "rebuilt":
        return (
            f"{old.build} → {new.build}" if old.build and new.build and old.build != new.build else "rebuilt"
        )
    kind = change.kind if change.kind == "metadata" else ""
    other_channel = old.channel and new.channel and old.channel != new.channel
    return ", ".join(filter(None, [kind, _from(new) if other_channel else ""]))


def _company(change: Change) -> str:
    """The requested packages that a change nobody asked for came with: ``came with scipy``."""
    if change.requested or not change.through:
        return ""
    verb = {"added": "came with", "removed": "went with"}.get(change.kind, "with")
    named, more = change.through[:_NAMED_COMPANY], len(change.through) - _NAMED_COMPANY
    if more > 0:
        return f"{verb} {', '.join(named)} and {more} more"
    return f"{verb} {' and '.join(named)}"


def _from(side: Side) -> str:
    """Where a package comes from, unless that is the index every distribution comes from."""
    return f"from {side.channel}" if side.channel and side.channel != "pypi" else ""
