"""Install what can be had, each distribution by the first of its ways that works; find out what cannot be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from envgit.restore.faults import refused_to
from envgit.restore.pypi.alterations import drop_unreadable_record
from envgit.restore.pypi.refusals import refusal_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from envgit.model import Distribution
    from envgit.restore.layout import Layout
    from envgit.restore.progress import Progress
    from envgit.restore.pypi.refusals import Refusal
    from envgit.restore.pypi.uv import Ran, Uv
    from envgit.restore.pypi.ways import Way


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A distribution with the ways to have it that are left, the best first, and why others did not work."""

    distribution: Distribution
    ways: tuple[Way, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def name(self) -> str:
        """The distribution's name."""
        return self.distribution.name

    @property
    def way(self) -> Way:
        """The way to try now, or that worked."""
        return self.ways[0]

    @property
    def reason(self) -> str:
        """Why it cannot be had: what is the matter with each way, once."""
        return "; ".join(dict.fromkeys(refusal.brief for refusal in self.refusals))

    @property
    def details(self) -> str:
        """All that was said of why it cannot be had."""
        return "\n".join(dict.fromkeys(refusal.full for refusal in self.refusals))

    def refused(self, refusal: Refusal) -> Wish:
        """What is left after the way that was tried did not work."""
        return replace(self, ways=self.ways[1:], refusals=(*self.refusals, refusal))


@dataclass(kw_only=True, slots=True)
class Installer:
    """Installs wishes; those that have been fulfilled are ``installed``, the others ``missed``."""

    uv: Uv
    layout: Layout
    prefix: Path
    progress: Progress
    installed: list[Wish] = field(default_factory=list)
    missed: list[Wish] = field(default_factory=list)
    #: Whether a run was broken off by a damaged wheel, which may have left others in halves.
    _broken_off: bool = False
    #: Options with which a place was asked that does not answer.
    _unreachable: set[tuple[str, ...]] = field(default_factory=set)

    def install(self, wishes: Iterable[Wish]) -> None:
        """Install all, those that are looked for in the same places at once."""
        waiting = list(wishes)
        while waiting:
            options = waiting[0].way.options
            together = [wish for wish in waiting if wish.way.options == options]
            waiting = [wish for wish in waiting if wish.way.options != options]
            for wish in self._refused(together):
                if wish.ways:
                    waiting.append(wish)
                else:
                    self.missed.append(wish)
                    self.progress.advance(1)

    def _refused(self, wishes: Sequence[Wish]) -> list[Wish]:
        """Install all at once. If that fails, go on with parts, down to those at fault, which are returned.

        uv installs all or nothing.
        """
        ran = self._run(wishes)
        if ran.ok:
            self.installed += wishes
            self.progress.advance(len(wishes))
            return []
        failure = refused_to("uv", ran.output, self.prefix)
        if failure is not None:
            raise failure
        if len(wishes) == 1:
            refusal = refusal_of(ran.reason, wishes[0].distribution, offline=self.uv.offline)
            return [wishes[0].refused(refusal)]
        return [refused for part in _split(wishes, ran.output) for refused in self._refused(part)]

    def _run(self, wishes: Sequence[Wish]) -> Ran:
        options = wishes[0].way.options
        # What pip put over conda's files may have the version that conda brought, and other contents.
        again = [w.name for w in wishes if w.distribution.owner == "clobbered" or self._broken_off]
        ran = self._uv(options).install(
            [wish.way.line for wish in wishes], self.layout.python, options=options, again=again
        )
        self._broken_off = self._broken_off or ran.damaged
        if ran.stuck:
            self.uv = self.uv.impatient()
        if ran.unreachable:  # what is in the cache can be had; asking again for each would take minutes
            self._unreachable.add(options)
        if ran.damaged and len(wishes) == 1:
            anew = self.anew(wishes[0])
            return anew if anew.ok else anew.after(f"{ran.reason} (uv cache clean {wishes[0].name})")
        return ran

    def anew(self, wish: Wish) -> Ran:
        """Install one distribution from where it came, bypassing uv's cache, over what was made of it."""
        drop_unreadable_record(self.layout.site_packages, wish.name)
        options = wish.way.options
        uv = self._uv(options).without_cache()
        ran = uv.install([wish.way.line], self.layout.python, options=options, again=[wish.name])
        if ran.unreachable:
            self._unreachable.add(options)
        return ran

    def _uv(self, options: tuple[str, ...]) -> Uv:
        return self.uv.without_network() if options in self._unreachable else self.uv


def _split(wishes: Sequence[Wish], output: str) -> tuple[Sequence[Wish], Sequence[Wish]]:
    """Part those that uv names in its failure from the others; in the middle where it names none or all."""
    named = [wish for wish in wishes if re.search(rf"(?<![\w-]){wish.name}(==|-| @ | was not)", output)]
    others = [wish for wish in wishes if wish not in named]
    if named and others:
        return others, named
    middle = len(wishes) // 2
    return wishes[:middle], wishes[middle:]
