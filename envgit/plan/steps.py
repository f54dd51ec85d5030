"""What restoring a snapshot will do, and what speaks against it, before anything is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.model import Plan, Step

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from envgit.model import CondaPackage, Distribution, Environment, Host

#: Virtual packages whose version must not be lower than it was (CEP 30).
_MINIMA = {"__glibc": "glibc", "__musl": "musl", "__osx": "macOS", "__cuda": "the CUDA driver"}


def plan(
    environment: Environment,
    *,
    host: Host,
    observed: Host | None = None,
    cached: Collection[str] = (),
    offline: bool = False,
) -> Plan:
    """Plan the restore of an environment into a new prefix.

    Args:
        environment: what the snapshot holds.
        host: the machine to restore on.
        observed: the machine the snapshot was seen on, where that is known.
        cached: file names of conda packages (``zlib-1.3-h0_0.conda``) that need no download.
        offline: use caches and local files only.
    """
    steps = [_link(package, cached) for package in environment.conda]
    steps += [_install(distribution) for distribution in environment.additions]
    steps += [_uninstall(distribution) for distribution in environment.removals]
    far = _far(environment, cached) if offline else []
    return Plan(
        steps=tuple(steps),
        blockers=(*_blockers(environment, host), *([_out_of_reach(far)] if far else ())),
        cautions=(*_unproven(environment), *(_lesser(host, observed) if observed else ())),
    )


def _link(package: CondaPackage, cached: Collection[str]) -> Step:
    origin = "cache" if package.fn in cached else package.url or "unknown"
    return Step(
        layer="conda",
        name=package.name,
        version=package.version,
        action="link",
        origin=origin,
        size=package.size,
    )


def _uninstall(distribution: Distribution) -> Step:
    origin = distribution.conda_package or "conda"
    return Step(layer="pypi", name=distribution.name, version="", action="remove", origin=origin)


def _install(distribution: Distribution) -> Step:
    return Step(
        layer="pypi",
        name=distribution.name,
        version=distribution.version,
        action="install",
        origin=distribution.source.url if distribution.source else "index",
    )


def _blockers(environment: Environment, host: Host) -> Iterator[str]:
    if _names_no_files(environment):
        command = "conda env create" if environment.kind == "conda" else "python -m pip install"
        option = "-f" if environment.kind == "conda" else "-r"
        yield (
            "it says which packages are wanted, not which files they are: an environment file can be "
            f"compared, and installed anew ({command} {option} FILE), but only a snapshot can be restored"
        )
        return
    if not environment.platform:
        yield "it does not say which platform its packages are for"
    elif environment.platform != host.platform:
        yield f"the snapshot is for {environment.platform}, and this machine is {host.platform}"
    nowhere = [package.name for package in environment.conda if not package.url]
    if nowhere:
        yield f"no URL is known for {_listed(nowhere)}"


def _names_no_files(environment: Environment) -> bool:
    """Whether this was written by hand, as an environment.yml or a requirements.txt is, not captured."""
    unlocated = not any(package.url for package in environment.conda)
    return unlocated and (bool(environment.conda) or not environment.platform)


def _far(environment: Environment, cached: Collection[str]) -> list[str]:
    """Names of the conda packages that only the network has."""
    located = (package for package in environment.conda if package.url and package.fn not in cached)
    return [package.name for package in located if not str(package.url).startswith("file:")]


def _out_of_reach(far: list[str]) -> str:
    count = f"{len(far)} conda packages are" if len(far) > 1 else "1 conda package is"
    return f"offline: {count} not in the cache ({_listed(far)})"


def _unproven(environment: Environment) -> Iterator[str]:
    unhashed = [p.name for p in environment.conda if p.url and not (p.sha256 or p.md5)]
    if unhashed:
        yield f"no hash is known for {_listed(unhashed)}: what is downloaded cannot be checked"


def _lesser(host: Host, observed: Host) -> Iterator[str]:
    """What this machine has less of than the one the snapshot was seen on."""
    here, there = _versions(host), _versions(observed)
    for name, noun in _MINIMA.items():
        if name not in there:
            continue
        if name not in here:
            yield f"the snapshot was seen with {noun} {there[name]}, and this machine has none"
        elif _number(here[name]) < _number(there[name]):
            yield f"the snapshot was seen with {noun} {there[name]}, and this machine has {here[name]}"


def _versions(host: Host) -> dict[str, str]:
    """Versions of a host's virtual packages, each written ``__name=version=build``."""
    parts = (text.split("=") for text in host.virtual_packages)
    return {name: rest[0] for name, *rest in parts if rest}


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _listed(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
