"""Find packages of channels that fit together, with py-rattler; runs in the process that works with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rattler import (
    BuildString,
    ChannelPriority,
    Gateway,
    GenericVirtualPackage,
    PackageName,
    PackageRecord,
    RepoDataRecord,
    Subdir,
    Version,
    solve,
)
from rattler.exceptions import GatewayError, SolverError

from envgit.errors import RestoreFailed
from envgit.redact import redact_text
from envgit.restore.conda.supply.losses import ELSEWHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from envgit.restore.conda.solve.order import SolveOrder, Wish
    from envgit.restore.progress import Progress

    Offers = Mapping[str, Sequence[RepoDataRecord]]


async def solve_in_child(order: SolveOrder, progress: Progress) -> dict[str, Any]:
    """Fulfil an order, giving up recorded versions step by step until there is a solution.

    Returns:
        ``packages``, each a record of repodata with its ``fn`` and the number of its ``channel`` in the order
        (-1 where it was given with it), and the ``offers``: names that some channel has.

    Raises:
        RestoreFailed: nothing fits, or a channel cannot be read.
    """
    progress.start(f"Solving for {order.platform}", 0, "packages")
    gateway = Gateway(cache_dir=Path(order.cache) / "repodata")
    given = _Source([_given(values) for values in order.given])
    names = [wish.name for wish in order.wishes if wish.name not in given.offers]
    sources = [given, *[await _read(urls, names, order, gateway) for urls in order.channels]]
    offers: dict[str, list[RepoDataRecord]] = {}
    for source in sources:
        for name, records in source.offers.items():
            offers.setdefault(name, []).extend(records)
    solution = await _first_solution(order, sources, offers, gateway)
    progress.finish()
    return {"packages": [_plain(record, sources) for record in solution], "offers": sorted(offers)}


class _Source:
    """A channel, reduced to what wishes and their dependencies may be fulfilled with."""

    def __init__(self, records: Sequence[RepoDataRecord]) -> None:
        self.offers: dict[str, list[RepoDataRecord]] = {}
        for record in records:
            self.offers.setdefault(record.name.normalized, []).append(record)

    async def fetch_package_records(self, platform: Subdir, name: PackageName) -> list[RepoDataRecord]:
        return [r for r in self.offers.get(name.normalized, []) if r.subdir == str(platform)]

    def package_names(self, platform: Subdir) -> list[str]:
        return [name for name, found in self.offers.items() if any(r.subdir == str(platform) for r in found)]

    def has(self, record: RepoDataRecord) -> bool:
        found = self.offers.get(record.name.normalized, [])
        return any((r.url, r.file_name) == (record.url, record.file_name) for r in found)


async def _read(urls: Sequence[str], names: Sequence[str], order: SolveOrder, gateway: Gateway) -> _Source:
    """Read of a channel what has these names, and their dependencies, by the first URL that answers."""
    failure = ""
    given = {values["name"] for values in order.given}
    for url in urls:
        try:
            parts = await gateway.query([url], [Subdir(order.platform), "noarch"], names)
        except GatewayError as error:
            failure = redact_text(str(error).splitlines()[0])
            continue
        return _Source(
            [
                record
                for part in parts
                for record in part
                if record.file_name not in order.lost and record.name.normalized not in given
            ]
        )
    raise RestoreFailed(f"a channel cannot be read: {failure}", hint=ELSEWHERE)


async def _first_solution(
    order: SolveOrder, sources: Sequence[_Source], offers: Offers, gateway: Gateway
) -> list[RepoDataRecord]:
    reasons = ""
    offered = [wish for wish in order.wishes if wish.name in offers]
    for pinned in _attempts(offered):
        try:
            return await solve(
                sources,
                [spec for wish in offered if wish.asked for spec in _specs(wish, pinned, offers)],
                gateway=gateway,
                platforms=[Subdir(order.platform), "noarch"],
                locked_packages=[r for w in offered if w.name not in pinned for r in _best(offers, w)],
                virtual_packages=[_virtual(text) for text in order.virtual_packages],
                channel_priority=ChannelPriority.Strict if order.strict else ChannelPriority.Disabled,
                constraints=[
                    spec
                    for wish in offered
                    if not wish.asked and wish.name in pinned
                    for spec in _specs(wish, pinned, offers)
                ],
            )
        except SolverError as error:
            reasons = reasons or str(error)
    why = reasons.strip() or "none are offered"
    raise RestoreFailed(f"no packages of {order.platform} fit together as these did: {why}")


def _attempts(wishes: Sequence[Wish]) -> Iterator[Collection[str]]:
    """The names whose recorded version is insisted on: of all packages, of those asked for, of none."""
    every = {wish.name for wish in wishes}
    asked = {wish.name for wish in wishes if wish.asked}
    yield every
    if asked != every:
        yield asked
    yield ()


def _specs(wish: Wish, pinned: Collection[str], offers: Offers) -> tuple[str, ...]:
    if wish.specs or wish.name not in pinned:
        return wish.specs or (wish.name,)
    for record in _best(offers, wish):
        build = f" {wish.build}" if _is_of(record, wish.build) else ""
        return (f"{wish.name} =={wish.version}{build}",)
    # People write 1.22 for any 1.22.x.
    longer = any(str(record.version).startswith(f"{wish.version}.") for record in offers[wish.name])
    return (f"{wish.name} ={wish.version}" if longer else wish.name,)


def _best(offers: Offers, wish: Wish) -> list[RepoDataRecord]:
    """The build of the recorded version that is to be preferred, if there is any."""
    builds = [record for record in offers[wish.name] if str(record.version) == wish.version]
    return sorted(builds, key=lambda r: (_is_of(r, wish.build), not r.track_features, r.build_number))[-1:]


def _is_of(record: RepoDataRecord, build: str) -> bool:
    return bool(build) and str(record.build) == build


def _virtual(text: str) -> GenericVirtualPackage:
    name, version, build = text.split("=", 2)
    return GenericVirtualPackage(PackageName(name), Version(version), BuildString.new_unchecked(build))


def _given(values: dict[str, Any]) -> RepoDataRecord:
    """The record of a package that is to stay as it was, whether or not its channel still has it."""
    record = PackageRecord(
        values["name"],
        values["version"],
        BuildString.new_unchecked(values["build"]),
        values["build_number"],
        values["subdir"],
        noarch=values["noarch"],
        depends=list(values["depends"]),
        constrains=list(values["constrains"]),
    )
    return RepoDataRecord(record, values["fn"], values["url"], values["channel"])


def _plain(record: RepoDataRecord, sources: Sequence[_Source]) -> dict[str, Any]:
    number = next(number for number, source in enumerate(sources, -1) if source.has(record))
    values: dict[str, Any] = json.loads(record.to_json())
    return values | {"fn": record.file_name, "channel": number}
