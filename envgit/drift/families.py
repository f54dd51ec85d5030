"""Find packages that are released together: a product of many parts is told once, not part by part."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.drift.sentences import versions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from envgit.model import Change

#: Fewer packages of one step are no family, and may be a coincidence.
_FEWEST = 3
#: More families than a line has room for, and few enough to look for each in thousands of packages.
_MOST = 32
#: First words of names that say in which language a package is written, or what kind of thing it is.
_NO_FAMILY = frozenset({"bioconductor", "lib", "perl", "py", "python", "r", "ruby"})
_WORD = r"[-_.]"
_TWO_NUMBERS = r"[0-9]+\.[0-9]+"


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """Packages whose names begin alike and which took one step together: ``sentence`` says it."""

    changes: tuple[Change, ...]
    sentence: str


def families(changes: Iterable[Change]) -> list[Family]:
    """The families among changes, the largest first; no change is in two."""
    stepped: defaultdict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        if versions := versions_of(change):
            stepped[_step(*versions)].append(change)
    found = [family for step, group in stepped.items() for family in _families(step, group)]
    return sorted(found, key=lambda family: (-len(family.changes), family.sentence))


def _step(old: str, new: str) -> tuple[str, str]:
    """The versions as far as a family shares them: parts of one release differ in their last number."""
    numbers = re.match(_TWO_NUMBERS, old), re.match(_TWO_NUMBERS, new)
    if numbers[0] and numbers[1] and numbers[0][0] != numbers[1][0]:
        return numbers[0][0], numbers[1][0]
    return old, new


def _families(step: tuple[str, str], group: Sequence[Change]) -> Iterator[Family]:
    stems = Counter(words[0] for c in group if len(words := re.split(_WORD, c.name, maxsplit=1)) > 1)
    told: set[str] = set()
    shared = [stem for stem, count in stems.most_common() if count > 1 and stem and stem not in _NO_FAMILY]
    for stem in shared[:_MOST]:
        members = [
            c for c in group if c.name not in told and (c.name.startswith(stem) or _leads(c.name, stem))
        ]
        if len(members) >= _FEWEST:
            told.update(change.name for change in members)
            yield Family(changes=tuple(members), sentence=_sentence(stem, members, step))


def _leads(name: str, stem: str) -> bool:
    """Whether a name is what a stem stands for, its letters left out: ``q2`` for ``qiime2``."""
    letters = iter(name)
    return name == stem or (name[0] == stem[0] and all(letter in letters for letter in stem))


def _sentence(stem: str, members: Sequence[Change], step: tuple[str, str]) -> str:
    lead = next((c.name for c in members if c.name == stem or not c.name.startswith(stem)), "")
    rest = [change.name for change in members if change.name != lead]
    # As a shell would match them: `q2-*`, or `q2*` where one is called `q2cli`.
    separators = {name[len(stem)] for name in rest}
    pattern = f"{stem}{separators.pop()}*" if len(separators) == 1 else f"{stem}*"
    counted = f"{len(rest)} {pattern}"
    return f"{f'{lead} and {counted}' if lead else counted} {step[0]} → {step[1]}"
