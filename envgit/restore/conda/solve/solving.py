"""Packages that stand in for recorded ones: on another platform, or where a file cannot be had any more."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from envgit.errors import RestoreFailed
from envgit.formats.conda.artifact import channel_urls
from envgit.model import CondaPackage, Graded
from envgit.plan import named_channels
from envgit.restore.conda.cache import cache_root
from envgit.restore.conda.calling import call
from envgit.restore.conda.solve.order import SolveOrder, Wish
from envgit.restore.conda.supply.routes import Ladder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from envgit.model import Distribution, Environment, Grade, Host
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Solved:
    """An environment that can be built, and what is to be said of how it differs from the recorded one."""

    environment: Environment
    notes: tuple[Graded, ...] = ()


def solve_for(
    environment: Environment, *, host: Host, settings: RestoreSettings, progress: Progress
) -> Solved:
    """Find packages of the host's platform for an environment of another one, or of unknown files.

    Channels are taken in their recorded order and by their recorded priority. Versions are those recorded,
    of as many packages as fit together: of all, else of those that were asked for, else the nearest to it.
    What the other platform does not need is left out, and what it needs beyond comes in.

    Raises:
        RestoreFailed: nothing fits, or a channel cannot be read.
    """
    there = replace(
        environment,
        platform=host.platform,
        distributions=tuple(map(_portable, environment.distributions)),
    )
    if environment.kind != "conda":
        return Solved(environment=there)
    asked = _asked_for(environment)
    builds = environment.platform in {"", host.platform}
    wishes = tuple(_wish(p, asked=p.name in asked, builds=builds) for p in environment.conda)
    order = _order(environment, wishes, host, settings)
    packages, offers = _solve(order, environment, progress)
    there = replace(there, conda=packages, python=_python(packages))
    return Solved(environment=there, notes=tuple(_moved(environment, there, offers)))


def substitute(
    environment: Environment,
    unavailable: Mapping[str, str],
    *,
    host: Host,
    settings: RestoreSettings,
    progress: Progress,
) -> Solved:
    """Find other builds or, failing that, other versions of packages whose files cannot be had any more.

    All other packages stay as they are recorded.

    Args:
        environment: for the platform of this host.
        unavailable: conda packages by name, and what is the matter with the file of each.
        host: what the packages are to run on.
        settings: where channels may be read.
        progress: told of the solve.

    Raises:
        RestoreFailed: nothing fits beside the others, or a channel cannot be read.
    """
    lost = [package for package in environment.conda if package.name in unavailable]
    stay = [package for package in environment.conda if package.name not in unavailable]
    wishes = (
        *(Wish(name=p.name, version=p.version, build=p.build, asked=True) for p in stay),
        *(Wish(name=p.name, version=p.version, asked=True) for p in lost),
    )
    order = replace(
        _order(environment, wishes, host, settings),
        given=tuple(asdict(package) | {"fn": package.fn or f"{package.name}.conda"} for package in stay),
        lost=tuple(package.fn for package in lost if package.fn),
    )
    packages, offers = _solve(order, environment, progress)
    there = replace(environment, conda=packages, python=_python(packages) or environment.python)
    notes = [*_standing_in(lost, packages, unavailable), *_moved(environment, there, offers)]
    return Solved(environment=there, notes=tuple(notes))


def _wish(package: CondaPackage, *, asked: bool, builds: bool) -> Wish:
    if not package.version:
        # The channels to ask are those of the environment, whichever one a spec names.
        specs = tuple(spec.rpartition("::")[2] for spec in package.requested)
        return Wish(name=package.name, version="", specs=specs, asked=True)
    build = package.build if builds else ""
    return Wish(name=package.name, version=package.version, build=build, asked=asked)


def _standing_in(
    lost: Sequence[CondaPackage], packages: Sequence[CondaPackage], why: Mapping[str, str]
) -> Iterator[Graded]:
    there = {package.name: package for package in packages}
    for old in lost:
        if new := there.get(old.name):
            reason = f"{new.version} {new.build} stands in for {old.version} {old.build}"
            grade: Grade = "rebuilt" if new.version == old.version else "substituted"
            yield _note(new, grade, f"{why[old.name]}: {reason}")


def _order(
    environment: Environment, wishes: tuple[Wish, ...], host: Host, settings: RestoreSettings
) -> SolveOrder:
    ladder = Ladder(settings)
    return SolveOrder(
        wishes=wishes,
        channels=tuple(_readable(base, host.platform, ladder) for base in _channels(environment)),
        platform=host.platform,
        virtual_packages=host.virtual_packages,
        strict=environment.channel_priority != "disabled",
        cache=str(cache_root(settings)),
    )


def _channels(environment: Environment) -> dict[str, str]:
    """The URLs of an environment's channels, in their order, and what its packages call each.

    They are where packages came from and the URLs that were named; names alone where no URL is known.
    """
    bases = {_base(package): package.channel for package in environment.conda if package.url}
    ordered: dict[str, str] = {}
    for channel in environment.channels:
        ordered |= {b: name for b, name in bases.items() if channel.rstrip("/") in (name, b)}
        if "://" in channel:
            ordered.setdefault(channel.rstrip("/"), channel)
    found = {**ordered, **bases} or {
        url: name for name in named_channels(environment) for url in channel_urls(name)
    }
    if not found:
        raise RestoreFailed("it is not known which channels the packages came from")
    return found


def _base(package: CondaPackage) -> str:
    return (package.url or "").rpartition("/")[0].removesuffix(f"/{package.subdir}")


def _readable(base: str, platform: str, ladder: Ladder) -> tuple[str, ...]:
    """The URLs by which a channel may be read: those of archives and mirrors that have it, then its own."""
    found = []
    for subdir in (platform, "noarch"):
        tail = f"/{subdir}/repodata.json"
        found += [route.url.removesuffix(tail) for route in ladder.routes(base + tail, hashed=False)]
    if not found:
        raise RestoreFailed(
            f"the channel {base} cannot be read: neither an archive nor a mirror on this machine has it",
            hint="try again without --offline",
        )
    return tuple(dict.fromkeys(found))


def _solve(
    order: SolveOrder, environment: Environment, progress: Progress
) -> tuple[tuple[CondaPackage, ...], frozenset[str]]:
    answer = call("solve", order.to_json(), progress)
    labels = _channels(environment)
    bases = [*labels]
    recorded = {package.name: package for package in environment.conda}
    packages = []
    for values in answer["packages"]:
        before, number = recorded.get(values["name"]), values["channel"]
        if before and (number < 0 or _is_same(before, values)):
            packages.append(before)
        else:
            requested = before.requested if before else ()
            packages.append(_package(values, bases[number], labels, requested))
    return tuple(sorted(packages, key=lambda package: package.name)), frozenset(answer["offers"])


def _is_same(package: CondaPackage, values: dict[str, Any]) -> bool:
    same = (package.version, package.build, package.subdir) == tuple(
        values[key] for key in ("version", "build", "subdir")
    )
    return same and package.sha256 in (None, values.get("sha256"))


def _package(
    values: dict[str, Any], base: str, labels: dict[str, str], requested: Sequence[str]
) -> CondaPackage:
    return CondaPackage(
        name=values["name"],
        version=values["version"],
        build=values["build"],
        build_number=values["build_number"],
        subdir=values["subdir"],
        channel=labels.get(base, base),
        url=f"{base}/{values['subdir']}/{values['fn']}",
        fn=values["fn"],
        sha256=values.get("sha256"),
        md5=values.get("md5"),
        size=values.get("size"),
        noarch=values.get("noarch"),
        depends=tuple(values.get("depends", ())),
        constrains=tuple(values.get("constrains", ())),
        license=values.get("license"),
        timestamp=values.get("timestamp"),
        python_site_packages_path=values.get("python_site_packages_path"),
        requested=tuple(requested),
    )


def _asked_for(environment: Environment) -> frozenset[str]:
    """The packages that are wanted in themselves: all, where nothing is known of that."""
    asked = {package.name for package in environment.conda if package.requested and package.version}
    if not asked:
        return frozenset(package.name for package in environment.conda)
    return frozenset(asked | {"python"} if environment.additions else asked)


def _python(packages: Sequence[CondaPackage]) -> str | None:
    return next((package.version for package in packages if package.name == "python"), None)


def _portable(distribution: Distribution) -> Distribution:
    """A distribution as any platform may have it: the recorded file may be for one alone."""
    if distribution.owner == "conda" or all(tag.endswith("-any") for tag in distribution.tags):
        return distribution
    return replace(distribution, digest=None, file=None, tags=())


def _moved(wanted: Environment, got: Environment, offers: Collection[str]) -> Iterator[Graded]:
    """Say why packages are gone, and why others came. What has another version or build, the proof says."""
    names = {package.name for package in got.conda}
    for package in wanted.conda:
        if package.name not in offers:
            yield _note(package, "missing", f"no channel has it for {got.platform}")
        elif package.name not in names:
            yield _note(package, "missing", f"nothing needs it on {got.platform}")
    known = {package.name for package in wanted.conda}
    for package in got.conda:
        if package.name not in known:
            yield _note(package, "substituted", f"not part of the snapshot, and needed on {got.platform}")


def _note(package: CondaPackage, grade: Grade, reason: str) -> Graded:
    source = package.url or package.channel
    return Graded(layer="conda", name=package.name, grade=grade, source=source, reason=reason)
