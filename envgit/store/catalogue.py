"""All sightings of a repository as one text of lines, newest first, and what can be looked up in it.

A look-up searches the text and reads the lines that it finds: with ten thousand sightings, reading them all
would take longer than all the rest of a hook.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.store.sightings import IMPORT, Sighting, from_line, to_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.model import Observation

#: Where to look, in order. What was fetched may say anything about any commit, under any date: it answers
#: only where the branches of this repository have no answer.
Scopes = tuple[bytes, ...]
_OURS, _FETCHED = b"o", b"f"
OURS: Scopes = (_OURS,)
ANYWHERE: Scopes = (_OURS, _FETCHED)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The sightings; each line begins with the scope it belongs to, and ends with its end."""

    text: bytes = b""

    def sightings(self, scopes: Scopes = ANYWHERE, *, holding: str = "") -> Iterator[Sighting]:
        """Scope by scope, newest first; of those lines only that hold a text anywhere."""
        for scope in scopes:
            yield from (from_line(_decoded(line)) for line in self._lines(holding) if line[:1] == scope)

    def timeline(self) -> Iterator[Sighting]:
        """All, newest first."""
        return (from_line(_decoded(line)) for line in self._lines(""))

    def holds_ours(self, commit: str) -> bool:
        """Whether a snapshot commit is on a branch of this repository."""
        start = _OURS + commit.encode() + b"\0"
        return any(line.startswith(start) for line in self._lines(commit))

    def linked(
        self, code_commit: str, scopes: Scopes = ANYWHERE, *, environment: str | None = None
    ) -> Observation | None:
        """The newest observation of a code commit, in one environment or in any.

        A rewritten commit inherits its original's.
        """
        seen: set[str] = set()
        wanted: str | None = code_commit
        while wanted and wanted not in seen:
            seen.add(wanted)
            found = self._linked(wanted, scopes, environment)
            if not isinstance(found, str):
                return found
            wanted = found
        return None

    def _linked(self, wanted: str, scopes: Scopes, environment: str | None) -> Observation | str | None:
        """The observation of a code commit, or the name of the commit that it was made of."""
        for sighting in self.sightings(scopes, holding=wanted):
            if sighting.observation.code_commit == wanted and sighting.shows(environment):
                return sighting.observation
            for old, new in sighting.rewritten:
                if new == wanted:
                    return old
        return None

    def same_code(
        self, code_tree: str, scopes: Scopes = ANYWHERE, *, environment: str | None = None
    ) -> Observation | None:
        """The newest observation of a commit with just this code: a squash on a server leaves one."""
        for sighting in self.sightings(scopes, holding=code_tree):
            if sighting.observation.code_tree == code_tree and sighting.shows(environment):
                return sighting.observation
        return None

    def unobserved(self, code_commit: str) -> str:
        """Why the environment of a code commit could not be observed; empty when nobody said so."""
        for sighting in self.sightings(holding=code_commit):
            if sighting.observation.code_commit == code_commit and sighting.unobserved:
                return sighting.unobserved
        return ""

    def newest(self, environment: str | None = None) -> Observation | None:
        """The newest observation recorded here, or else fetched, of one environment or of any.

        What was imported from a file says nothing of now.
        """
        seen = (s.observation for s in self.sightings() if s.shows(environment))
        return next((observation for observation in seen if observation.trigger != IMPORT), None)

    def with_id(self, prefix: str) -> list[Observation]:
        """The newest observation of each snapshot whose id begins with ``prefix``."""
        newest: dict[str, Observation] = {}
        for sighting in self.sightings(holding=f"\0{prefix}"):
            if sighting.observed and sighting.observation.snapshot.startswith(prefix):
                newest.setdefault(sighting.observation.snapshot, sighting.observation)
        return list(newest.values())

    def links(self, environment: str | None = None) -> dict[str, Observation]:
        """Every linked code commit with its newest observation; rewritten ones inherit their originals'."""
        found: dict[str, Observation] = {}
        originals: dict[str, str] = {}
        for scope in ANYWHERE:
            for sighting in self.sightings((scope,)):
                if sighting.observation.code_commit and sighting.shows(environment):
                    found.setdefault(sighting.observation.code_commit, sighting.observation)
                for old, new in sighting.rewritten:
                    originals.setdefault(new, old)
            _inherit(found, originals)
        return found

    def _lines(self, holding: str) -> Iterator[bytes]:
        wanted, end = holding.encode(), 0
        while end < len(self.text) and (found := self.text.find(wanted, end)) >= 0:
            start = self.text.rfind(b"\n", 0, found) + 1
            end = self.text.index(b"\n", found) + 1
            yield self.text[start : end - 1]


def lines_of(sightings: Iterable[Sighting], ours: set[str]) -> bytes:
    """The lines of a catalogue; ``ours`` are the names of the commits on branches of this repository."""
    return b"".join(
        (_OURS if sighting.observation.commit in ours else _FETCHED) + to_line(sighting).encode() + b"\n"
        for sighting in sightings
    )


def _decoded(line: bytes) -> str:
    return line[1:].decode()


def _inherit(found: dict[str, Observation], originals: dict[str, str]) -> None:
    """Give each rewritten commit that has no observation of its own that of its original."""
    for new, original in originals.items():
        seen, old = {new}, original
        while old not in found and old in originals and old not in seen:
            seen.add(old)
            old = originals[old]
        if old in found:
            found.setdefault(new, found[old])
