"""What two environments can be compared in: a file that knows one layer says nothing of the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envgit.drift.namesakes import bringers
from envgit.drift.switches import same_cuda
from envgit.errors import BadFile
from envgit.model import Difference, Distribution, Warned
from envgit.plan import phrases
from envgit.versions import is_asked_for, satisfies_pypi

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from envgit.model import Environment, Layer
    from envgit.operations.revision import Revision

#: What of each layer is compared alone.
_ALONE: dict[Layer, str] = {
    "conda": "tells nothing of pip's: only conda packages are compared",
    "pypi": "tells nothing of conda packages: only the Python layer is compared",
}


def common_ground(before: Revision, after: Revision) -> tuple[Environment, Environment]:
    """Both environments, reduced to the layers and settings that either side knows of.

    Raises:
        BadFile: they have none in common.
    """
    old, new = before.snapshot.environment, after.snapshot.environment
    if not any(ignorance(before, after)):
        if before.keeps_variables and after.keeps_variables:
            return old, new
        return replace(old, variables=()), replace(new, variables=())
    common = set(before.layers) & set(after.layers)
    if not common:
        raise BadFile(
            f"{before.label} and {after.label} have nothing in common: one knows conda packages alone, "
            "the other Python's distributions",
            hint="compare each with a snapshot, or with live",
        )
    if "conda" in common:
        return _conda_layer(old), _conda_layer(new)
    return _python_layer(old, other=new), _python_layer(new, other=old)


def ignorance(before: Revision, after: Revision) -> tuple[Warned, ...]:
    """What is left out: a warning for each file that knows nothing of a layer that the other end holds."""
    return tuple(
        Warned(kind="one-layer", message=f"{one.label} {_ALONE[one.layers[0]]}")
        for one, other in ((before, after), (after, before))
        if any(layer not in one.layers for layer in _held(other.snapshot.environment))
    )


def unversioned(before: Revision, after: Revision) -> tuple[Warned, ...]:
    """What is not compared: a warning for each file that names by a place what is of some version.

    Such are the folders that conda built packages in, which ``pip freeze`` tells as where they are from.
    """
    warned = []
    for one, other in ((before, after), (after, before)):
        there = {d.name for d in other.snapshot.environment.distributions if d.version}
        names = [d.name for d in one.snapshot.environment.pypi if d.name in there and _is_bare_place(d)]
        if names:
            told = f"{len(names)} packages by a place" if len(names) > 1 else "1 package by a place"
            message = (
                f"{one.label} names {told} and no version, which is not compared: {phrases.listed(names)}"
            )
            warned.append(Warned(kind="unversioned", message=message))
    return tuple(warned)


def _is_bare_place(distribution: Distribution) -> bool:
    source = distribution.source
    return bool(source and not source.commit and not distribution.version and not distribution.requirement)


def told_of(wanted: Environment, got: Environment) -> tuple[Environment, Environment]:
    """Reduce both to what a written list tells: the packages that it names, as far as it says which.

    A version that it leaves open is not another one; `unmet` says where it is none of those asked for.
    """
    named = {package.name for package in wanted.conda}
    there = {d.name for d in got.distributions if not d.uninstalled}
    asked = {d.name for d in wanted.pypi if d.name in there or is_asked_for(d.requirement, got.python)}
    told = replace(
        wanted,
        kind=wanted.kind if wanted.conda or wanted.python else got.kind,
        platform=wanted.platform or got.platform,
        python=wanted.python or got.python,
        distributions=tuple(d for d in wanted.distributions if d.name in asked),
    )
    names = {variable.name for variable in wanted.variables}
    found = replace(
        got,
        conda=tuple(package for package in got.conda if package.name in named),
        distributions=tuple(replace(d, owner="pypi") for d in got.distributions if d.name in asked),
        variables=tuple(variable for variable in got.variables if variable.name in names),
    )
    return _without_settings(told), _without_settings(found)


def untold(wanted: Revision, got: Environment) -> tuple[Warned, ...]:
    """What is left out so: a warning where more is there than a written list names."""
    told = wanted.snapshot.environment
    named = len({package.name for package in told.conda} & {package.name for package in got.conda})
    listed = len({d.name for d in told.pypi} & {d.name for d in got.pypi})
    more = len(got.conda) - named + len(got.pypi) - listed
    if more <= 0:
        return ()
    others = f"{more} other packages are" if more > 1 else "1 other package is"
    message = f"{wanted.label} does not name all that belongs to it: {others} not compared"
    return (Warned(kind="unnamed", message=message),)


def unmet(wanted: Environment, got: Environment) -> Iterator[Difference]:
    """What is there in a version that is none of those which a written list leaves open."""
    from envgit.formats.conda.matchspec import matches

    packages = {package.name: package for package in got.conda}
    for wish in wanted.conda:
        there = packages.get(wish.name)
        if there and not wish.version and not all(matches(spec, there) for spec in wish.requested):
            yield _unmet(wish.name, " and ".join(wish.requested), there.version)
    distributions = {d.name: d for d in got.distributions if not d.uninstalled}
    for listed in wanted.additions:
        found = distributions.get(listed.name)
        if found and not listed.version and not satisfies_pypi(found.version, listed.requirement):
            yield _unmet(listed.name, listed.requirement, found.version)


def _unmet(name: str, asked: str, version: str) -> Difference:
    return Difference(
        subject=name, sentence=f"{asked} is asked for, and {version} is there", before=asked, after=version
    )


def _held(environment: Environment) -> list[Layer]:
    packages: dict[Layer, object] = {"conda": environment.conda, "pypi": environment.pypi}
    return [layer for layer in packages if packages[layer]]


def _conda_layer(environment: Environment) -> Environment:
    return replace(environment, distributions=(), specs=(), pins=(), variables=())


def _python_layer(environment: Environment, *, other: Environment) -> Environment:
    """The Python layer, and of what conda brings as much as the other side names.

    A list of pip's may name that too: then its version counts, and where it came from does not.
    """
    named = {d.name: d for d in other.distributions if not d.uninstalled}
    asked = {package.name for package in environment.conda if package.requested}
    brought = {
        d.name: Distribution(
            name=d.name,
            version=_in_words_of(named[d.name], d, environment),
            owner="pypi",
            depends=d.depends,
            requested=d.conda_package in asked,
        )
        for d in (*_by_name(environment, named.keys()), *environment.distributions)
        if d.owner == "conda" and d.name in named
    }
    found = brought | {d.name: d for d in environment.additions}
    distributions = tuple(found[name] for name in sorted(found))
    layer = replace(environment, kind="venv", conda=(), distributions=distributions, variables=())
    return _without_settings(layer)


def _in_words_of(listed: Distribution, brought: Distribution, environment: Environment) -> str:
    """The version of what conda brings; pip's ``2.1.0+cu118`` where the build says nothing else than that.

    A conda package tells in its build what a wheel has a local version for.
    """
    public, _, local = listed.version.partition("+")
    if not local or public != brought.version:
        return brought.version
    build = next((p.build for p in environment.conda if p.name == brought.conda_package), "")
    return listed.version if same_cuda(local, build) else brought.version


def _without_settings(environment: Environment) -> Environment:
    """Without how its packages were asked for and found, of which a list of packages tells nothing."""
    return replace(environment, channels=(), channel_priority=None, specs=(), pins=())


def _by_name(environment: Environment, wanted: Collection[str]) -> list[Distribution]:
    """What conda packages bring by their names, where nobody looked: a file of specs."""
    packages = {package.name: package for package in environment.conda}
    return [
        Distribution(name=name, version=packages[brings[0]].version, owner="conda", conda_package=brings[0])
        for name, brings in bringers(packages).items()
        if name in wanted
    ]
