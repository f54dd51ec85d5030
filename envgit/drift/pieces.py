"""What a line may name of a drift, in the order of how much it matters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto
from typing import TYPE_CHECKING, TypeAlias

from envgit.drift.families import families
from envgit.drift.sentences import change_in_words, versions_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import Change, Drift, Magnitude

#: A family of as many packages is the very thing that the environment is made for.
_PRODUCT = 8
#: More packages of which none matters more are counted: five names of 72 say nothing.
_MOST_ALIKE = 5
#: What all else in an environment is written in.
_LANGUAGES = frozenset({"python", "r-base", "julia", "perl"})
#: What comes with any environment, whatever it is for; and how the names of more of it begin.
_PLUMBING = frozenset(
    {"ca-certificates", "certifi", "cpython", "pip", "python_abi", "setuptools", "tzdata", "wheel"}
)
_PLUMBING_PREFIXES = ("_", "lib")
#: Switches that a line names. The others go with a package that has its own place in it.
_NAMED_SWITCHES = frozenset({"BLAS", "CUDA", "MPI"})
#: Changes that are counted rather than named, unless they were asked for or nothing else happened.
_MINOR = frozenset({"added", "removed", "metadata"})
#: Changes that leave the version as it is, after those that do not.
_KINDS = {"moved": 1, "rechanneled": 2, "rebuilt": 3, "added": 4, "removed": 5, "metadata": 6}
_STEPS: dict[Magnitude | None, int] = {"major": 0, "minor": 1, "patch": 2, "build": 3}


class _Class(IntEnum):
    INTERPRETER = auto()
    REQUESTED = auto()
    PRODUCT = auto()
    PYTHON = auto()
    SWITCH = auto()
    OTHER = auto()


#: Class, whether it is no language, kind, whether it is plumbing, step, name.
_Weight: TypeAlias = tuple[_Class, bool, int, bool, int, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Some words of a line, and the changes that they tell, which need not be counted then."""

    words: str
    tells: tuple[Change, ...] = ()


def pieces_of(drift: Drift) -> list[Piece]:
    """The interpreter, what was requested, a product of many parts, another Python, switches, the rest.

    Of each languages first, then the biggest step. What came and went is left out unless that is all.
    """
    together = families(drift.changes)
    in_family = {id(change) for family in together for change in family.changes}
    series = _series(drift)
    in_family |= {id(change) for piece in series for change in piece.tells}
    alone = [change for change in drift.changes if id(change) not in in_family]
    singles = [change for change in alone if _is_notable(change)]
    alike = [] if singles or together else _alike(alone)
    weighed = [
        *(_said(_Class.INTERPRETER, d.sentence) for d in drift.differences if d.subject == "python"),
        *((_place(_Class.INTERPRETER, piece.words), piece) for piece in series),
        *(_said(_Class.SWITCH, d.sentence) for d in drift.switches if d.subject in _NAMED_SWITCHES),
        *(_told(family.sentence, family.changes) for family in together),
        *(_told(change_in_words(change), (change,)) for change in singles),
        *(_told(words, told) for words, told in alike),
    ]
    return [piece for _, piece in sorted(weighed, key=lambda pair: pair[0])]


def _alike(changes: Sequence[Change]) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Packages that came or went and nothing else: by name where they are few, else their number."""
    for kind, deed in {"added": "added", "removed": "removed", "metadata": "patched"}.items():
        same = tuple(change for change in changes if change.kind == kind)
        if len(same) > _MOST_ALIKE:
            yield f"{len(same)} packages {deed}", same
        else:
            yield from ((change_in_words(change), (change,)) for change in same)


def _said(place: _Class, words: str) -> tuple[_Weight, Piece]:
    return _place(place, words), Piece(words=words)


def _place(place: _Class, words: str) -> _Weight:
    return place, False, 0, False, 0, words


def _series(drift: Drift) -> list[Piece]:
    """Another Python where no version of it is known, since files ask for `python=3.12`."""
    asked = [c for c in drift.changes if c.layer == "conda" and c.name == "python" and not versions_of(c)]
    if not asked:
        return []
    return [Piece(words=d.sentence, tells=tuple(asked)) for d in drift.switches if d.subject == "Python"]


def _told(words: str, changes: tuple[Change, ...]) -> tuple[_Weight, Piece]:
    return min(_weight(change, len(changes)) for change in changes), Piece(words=words, tells=changes)


def _weight(change: Change, together: int) -> _Weight:
    kind = 0 if versions_of(change) else _KINDS.get(change.kind, 0)
    is_language = change.name in _LANGUAGES and not kind
    plumbing = change.name in _PLUMBING or change.name.startswith(_PLUMBING_PREFIXES)
    if change.requested:
        place = _Class.REQUESTED
    elif together >= _PRODUCT and not plumbing:
        place = _Class.PRODUCT
    else:
        other_python = change.name == "python" and change.magnitude in {"major", "minor"}
        place = _Class.PYTHON if other_python else _Class.OTHER
    return place, not is_language, kind, plumbing, _STEPS.get(change.magnitude, len(_STEPS)), change.name


def _is_notable(change: Change) -> bool:
    return change.requested or change.kind not in _MINOR
