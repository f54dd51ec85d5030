"""What restoring a snapshot will do, and what speaks against it, before anything is touched."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from envgit.model import Plan, Step
from envgit.plan.changes import Changes, changes_of
from envgit.plan.host import lesser, unmet
from envgit.plan.phrases import listed
from envgit.plan.room import scarce, too_much
from envgit.plan.supply import UV_CACHE, Supply, doubts, is_far
from envgit.plan.wishes import caution_of_python, cautions_of_solving, is_solved, names_no_files, unsolvable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from envgit.model import Action, CondaPackage, Distribution, Environment, Host, Layer, Origin
    from envgit.plan.room import Room

#: Variables by which a shell, a loader, an interpreter, Git or an installer is told what to run or load.
_COMMANDING = re.compile(
    r"LD_.*|DYLD_.*|PYTHON.*|BASH_ENV|ENV|SHELLOPTS|PROMPT_COMMAND|IFS|PATH|GIT_.*|PERL5?(OPT|LIB)|RUBY(OPT|LIB)"
    r"|NODE_OPTIONS|JAVA_TOOL_OPTIONS|(PIP|UV)_.*|.*_proxy",
    re.IGNORECASE,
)


def plan(
    environment: Environment,
    *,
    host: Host,
    observed: Host | None = None,
    origins: Mapping[str, Origin] | None = None,
    supply: Supply | None = None,
    current: Environment | None = None,
    prefix: str = "",
    room: Room | None = None,
    solves: bool = False,
    offline: bool = False,
) -> Plan:
    """Plan the restore of an environment.

    Args:
        environment: what the snapshot holds.
        host: the machine to restore on.
        observed: the machine the snapshot was seen on, where that is known.
        origins: where conda packages are to be had, by file name (``zlib-1.3-h0_0.conda``).
        supply: where distributions are to be had, where that was looked for.
        current: what stands at the prefix and is to become the snapshot's; None for a new prefix.
        prefix: where it will stand.
        room: what room there is, where that was looked for.
        solves: whether packages can be solved for, where their files are not known or for another platform.
        offline: use caches and local files only.
    """
    origins, supply = origins or {}, supply or Supply()
    if solves and is_solved(environment, host):
        return _solved_anew(environment, host)
    changes = changes_of(current, environment) if current else _all_new(environment)
    steps = tuple(_steps(changes, origins, supply, offline=offline))
    downloads, linked = downloads_of(steps), sum(p.size or 0 for p in changes.linked)
    far = [p.name for p in changes.linked if p.url and _is_far(p, origins)] if offline else []
    return Plan(
        steps=steps,
        blockers=(
            *_blockers(environment, host),
            *([_out_of_reach(far)] if far else ()),
            *(too_much(room, prefix, downloads=downloads, linked=linked) if room else ()),
        ),
        cautions=(
            *caution_of_python(environment),
            *_unproven(environment),
            *doubts(changes.installed, supply, offline=offline),
            *_commanding(environment),
            *unmet(environment, host),
            *(lesser(host, observed) if observed else ()),
            *(scarce(room, downloads=downloads, linked=linked) if room else ()),
        ),
    )


def downloads_of(steps: Iterable[Step]) -> int:
    """How many bytes steps will download, as far as sizes are known."""
    return sum(step.size or 0 for step in steps if step.remote)


def _all_new(environment: Environment) -> Changes:
    return Changes(linked=environment.conda, installed=environment.additions, dropped=environment.removals)


def unsized(steps: Iterable[Step]) -> int:
    """Of how many steps it is not known how much they will download."""
    return sum(step.remote and step.size is None for step in steps)


def _steps(
    changes: Changes, origins: Mapping[str, Origin], supply: Supply, *, offline: bool
) -> Iterator[Step]:
    """Conda's steps, then those of the Python layer; what takes another's place says so."""
    before = {package.name: package.version for package in changes.unlinked}
    for package in changes.linked:
        yield _link(package, origins, replaces=before.pop(package.name, ""))
    for package in changes.unlinked:
        if package.name in before:
            yield _step("conda", package, "remove", package.channel)
    for package in changes.kept:
        yield _step("conda", package, "keep", package.channel)
    for distribution in changes.installed:
        yield _installation(distribution, supply, offline=offline)
    for distribution in changes.uninstalled:
        yield _step("pypi", distribution, "remove", _source(distribution))
    for distribution in changes.dropped:
        yield _step("pypi", distribution, "remove", distribution.conda_package or "conda")
    for distribution in changes.kept_distributions:
        yield _step("pypi", distribution, "keep", _source(distribution))


def _link(package: CondaPackage, origins: Mapping[str, Origin], *, replaces: str) -> Step:
    """A step for one package; only what envgit's own cache has needs no place to be named."""
    origin = origins.get(package.fn or "")
    place = ("cache" if origin.kind == "cache" else origin.place) if origin else package.url or "unknown"
    return Step(
        layer="conda",
        name=package.name,
        version=package.version,
        action="link",
        origin=place,
        size=package.size,
        kind=origin.kind if origin else None,
        remote=_is_far(package, origins),
        replaces=replaces,
    )


def _installation(distribution: Distribution, supply: Supply, *, offline: bool) -> Step:
    """A step for one distribution; no index says before how large its files are."""
    step = _step("pypi", distribution, "install", _source(distribution))
    origin = supply.origins.get(distribution.name)
    if origin is None:
        return step
    if offline and is_far(distribution, supply):
        return replace(step, origin=UV_CACHE)
    return replace(step, origin=origin.place, kind=origin.kind, remote=origin.remote, size=origin.size)


def _is_far(package: CondaPackage, origins: Mapping[str, Origin]) -> bool:
    """Whether only the network has the file of a package."""
    origin = origins.get(package.fn or "")
    return origin.remote if origin else not str(package.url).startswith("file:")


def _step(layer: Layer, package: CondaPackage | Distribution, action: Action, origin: str) -> Step:
    return Step(layer=layer, name=package.name, version=package.version, action=action, origin=origin)


def _source(distribution: Distribution) -> str:
    if distribution.source:
        return distribution.source.url
    return (distribution.file.index if distribution.file else None) or "index"


def _solved_anew(environment: Environment, host: Host) -> Plan:
    """The plan of what is solved for: which files that will be is known once it is."""
    conda = [_step("conda", package, "solve", package.channel) for package in environment.conda]
    layer = [_step("pypi", d, "install", _source(d)) for d in environment.additions]
    return Plan(
        steps=(*conda, *layer),
        blockers=tuple(unsolvable(environment)),
        cautions=(*cautions_of_solving(environment, host), *caution_of_python(environment)),
    )


def _blockers(environment: Environment, host: Host) -> Iterator[str]:
    if names_no_files(environment):
        yield (
            "it says which packages are wanted, not which files they are, so they have to be solved for: "
            "in a new place (-n or -p), not where an environment is"
        )
        return
    if not environment.platform:
        yield "it does not say which platform its packages are for"
    elif environment.platform != host.platform:
        yield f"the snapshot is for {environment.platform}, and this machine is {host.platform}"
    nowhere = [package.name for package in environment.conda if not package.url]
    if nowhere:
        yield f"no URL is known for {listed(nowhere)}"


def _out_of_reach(far: list[str]) -> str:
    count = f"{len(far)} conda packages are" if len(far) > 1 else "1 conda package is"
    return f"offline: {count} not in the cache ({listed(far)})"


def _unproven(environment: Environment) -> Iterator[str]:
    unhashed = [p.name for p in environment.conda if p.url and not (p.sha256 or p.md5)]
    if unhashed:
        yield f"no hash is known for {listed(unhashed)}: what is downloaded cannot be checked"


def _commanding(environment: Environment) -> Iterator[str]:
    """Variables that have programs load what they name, which need be none of the snapshot's packages."""
    named = [v for v in environment.variables if v.value is not None and _COMMANDING.fullmatch(v.name)]
    for variable in named:
        yield f"the snapshot sets {variable.name}, which decides what programs load, to {variable.value!r}"
