"""Find the very files that distributions were installed from, where package indexes offer them."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envgit.model import IndexFile
from envgit.redact import redact_url
from envgit.restore.index.client import Client, OutOfTime, Silent, Unreachable, Unreadable
from envgit.restore.index.configured import configured_places
from envgit.restore.index.page import offers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from zipfile import ZipFile

    from envgit.model import Distribution
    from envgit.restore.index.configured import Place
    from envgit.restore.index.page import Offer
    from envgit.restore.settings import RestoreSettings

_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What was found out about a distribution: its file, or the ``reason`` why there is none.

    With a source distribution, ``reason`` says why it was not a wheel.
    """

    file: IndexFile | None = None
    reason: str = ""


def find_files(
    distributions: Collection[Distribution],
    *,
    fits: Callable[[Distribution, ZipFile], bool],
    settings: RestoreSettings,
    seconds: float,
) -> dict[str, Found]:
    """Ask the configured indexes, several at once, for the file that each distribution came from.

    Of a wheel only what ``fits`` reads is fetched. An index that does not answer is not asked again.

    Args:
        distributions: what came from an index.
        fits: whether a wheel is what is installed as this distribution.
        settings: where the configuration of the user lies.
        seconds: what has no answer by then has none.

    Returns:
        What was found out of each, by its name.

    Raises:
        RestoreFailed: it cannot be told which indexes are configured.
    """
    deadline = time.monotonic() + seconds
    late = Found(reason=f"the package indexes did not answer within {seconds:g} seconds")
    found = {distribution.name: late for distribution in distributions}
    search = _Search(
        places=configured_places(settings),
        client=Client(settings.environ, deadline=deadline, at_once=_AT_ONCE),
        fits=fits,
    )
    found.update(_answers(search.ask, distributions, deadline))
    return found


def _answers(
    ask: Callable[[Distribution], Found], distributions: Collection[Distribution], deadline: float
) -> Mapping[str, Found]:
    """The answers that come in time. Nobody waits for the others, not even the end of the program."""
    waiting: queue.SimpleQueue[Distribution] = queue.SimpleQueue()
    answered: queue.SimpleQueue[tuple[str, Found | Exception]] = queue.SimpleQueue()
    for distribution in distributions:
        waiting.put(distribution)

    def work() -> None:
        while not waiting.empty():
            try:
                distribution = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answered.put((distribution.name, ask(distribution)))
            except Exception as error:  # noqa: BLE001 - raised again where it is waited for
                answered.put((distribution.name, error))

    for _ in range(min(_AT_ONCE, len(distributions))):
        threading.Thread(target=work, daemon=True).start()
    found = {}
    for _ in distributions:
        try:
            name, answer = answered.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if isinstance(answer, Found):
            found[name] = answer
        elif not isinstance(answer, OutOfTime):
            raise answer
    return found


@dataclass(kw_only=True, slots=True)
class _Search:
    """Looks through the places, one distribution after the other in each thread."""

    places: tuple[Place, ...]
    client: Client
    fits: Callable[[Distribution, ZipFile], bool]
    #: What places said that do not answer.
    silent: dict[Place, str] = field(default_factory=dict)

    def ask(self, distribution: Distribution) -> Found:
        """Find the file of one distribution: a wheel that fits, else the source it was built from."""
        offered: list[tuple[Place, Offer]] = []
        unknown: list[str] = []
        for place in self.places:
            try:
                offers = self._offers(place, distribution)
            except Unreachable as failure:
                unknown.append(str(failure))
                continue
            offered += ((place, offer) for offer in offers)
            for offer in _alike(offers, distribution):
                try:
                    with self.client.opened(offer) as wheel:
                        same = self.fits(distribution, wheel)
                    if same:
                        return Found(file=self._located(place, offer))
                except (Unreachable, Unreadable) as failure:
                    unknown.append(str(failure))
        if unknown:
            return Found(reason="; ".join(dict.fromkeys(unknown)))
        return self._built(distribution, offered)

    def _offers(self, place: Place, distribution: Distribution) -> list[Offer]:
        if place in self.silent:
            raise Unreachable(self.silent[place])
        try:
            return offers_of(distribution, self.client.offers(place, distribution.name))
        except Silent as failure:
            self.silent[place] = str(failure)
            raise

    def _built(self, distribution: Distribution, offered: Iterable[tuple[Place, Offer]]) -> Found:
        """What no wheel fits was built from source, if there is one."""
        offered = list(offered)
        wheels = _alike([offer for _, offer in offered], distribution)
        differ = f"is not what {wheels[0].name} holds" if wheels else "fits no wheel of the package indexes"
        for place, offer in offered:
            if not offer.is_wheel:
                try:
                    file = self._located(place, offer)
                except Unreachable as failure:
                    return Found(reason=str(failure))
                return Found(file=file, reason=f"{differ}: taken for built from {offer.name}")
        return Found(reason=differ if offered else "no package index offers this version")

    def _located(self, place: Place, offer: Offer) -> IndexFile:
        return IndexFile(
            name=offer.name,
            sha256=self.client.sha256(offer),
            index=None if place.flat else redact_url(place.url),
            url=redact_url(offer.url),
        )


def _alike(offers: Iterable[Offer], distribution: Distribution) -> list[Offer]:
    """The wheels with the recorded tags, before them those with just these: names may be more modest."""
    recorded = frozenset(distribution.tags)
    wheels = [offer for offer in offers if offer.is_wheel and offer.tags & recorded]
    return sorted(wheels, key=lambda offer: offer.tags != recorded)
