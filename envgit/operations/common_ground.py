"""What two environments can be compared in: a file that knows one layer says nothing of the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envgit.drift.namesakes import bringers
from envgit.errors import BadFile
from envgit.model import Distribution, Warned

if TYPE_CHECKING:
    from envgit.model import Environment, Layer
    from envgit.operations.revision import Revision

#: What of each layer is compared alone.
_ALONE: dict[Layer, str] = {
    "conda": "tells nothing of pip's: only conda packages are compared",
    "pypi": "tells nothing of conda packages: only the Python layer is compared",
}


def common_ground(before: Revision, after: Revision) -> tuple[Environment, Environment]:
    """Both environments, reduced to the layers that either side knows of.

    Raises:
        BadFile: they have none in common.
    """
    old, new = before.snapshot.environment, after.snapshot.environment
    if not any(ignorance(before, after)):
        return old, new
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


def _held(environment: Environment) -> list[Layer]:
    packages: dict[Layer, object] = {"conda": environment.conda, "pypi": environment.pypi}
    return [layer for layer in packages if packages[layer]]


def _conda_layer(environment: Environment) -> Environment:
    return replace(environment, distributions=(), specs=(), pins=(), variables=())


def _python_layer(environment: Environment, *, other: Environment) -> Environment:
    """The Python layer, and of what conda brings as much as the other side names.

    A list of pip's may name that too: then its version counts, and where it came from does not.
    """
    named = {d.name for d in other.distributions if not d.uninstalled}
    asked = {package.name for package in environment.conda if package.requested}
    brought = {
        d.name: Distribution(
            name=d.name,
            version=d.version,
            owner="pypi",
            depends=d.depends,
            requested=d.conda_package in asked,
        )
        for d in (*_by_name(environment, named), *environment.distributions)
        if d.owner == "conda" and d.name in named
    }
    found = brought | {d.name: d for d in environment.additions}
    return replace(
        environment,
        kind="venv",
        conda=(),
        distributions=tuple(found[name] for name in sorted(found)),
        channels=(),
        channel_priority=None,
        specs=(),
        pins=(),
        variables=(),
    )


def _by_name(environment: Environment, wanted: set[str]) -> list[Distribution]:
    """What conda packages bring by their names, where nobody looked: a file of specs."""
    packages = {package.name: package for package in environment.conda}
    return [
        Distribution(name=name, version=packages[brings[0]].version, owner="conda", conda_package=brings[0])
        for name, brings in bringers(packages).items()
        if name in wanted
    ]
