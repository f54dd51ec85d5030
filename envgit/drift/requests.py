"""Who asked for a change: the user, or a package that the user had asked for.

Nothing is said of environments in which nobody is known to have asked for anything, as in a lock file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from envgit.drift.namesakes import normalised

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from envgit.model import Change, CondaPackage, Distribution, Environment, Layer

#: Most packages that ``Change.through`` names: more explain no more.
MOST_THROUGH = 3

#: The name in a MatchSpec, after its channel (CEP 29), or at the head of a requirement (PEP 508).
_SPEC_NAME = re.compile(r"(?:[^\[]*::)?\s*([A-Za-z0-9_][\w.-]*)")
#: What a distribution depends on only where one of its extras was asked for.
_EXTRA = re.compile(r";.*\bextra\b")

#: A package by its layer and name: the conda layer may hold a namesake of another thing.
_Node: TypeAlias = "tuple[Layer, str]"


def asked_for(environment: Environment) -> frozenset[str]:
    """Names of the specs in conda's history: not every tool writes them into the records as well."""
    return frozenset(name_in(spec) for spec in environment.specs) - {""}


def name_in(spec: str) -> str:
    """The name of the package that a spec is about, lower case; empty where it names none."""
    match = _SPEC_NAME.match(spec)
    return match[1].lower() if match else ""


def traced(before: Environment, after: Environment, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes, each that nobody asked for with the requested packages ``through`` which it came.

    Those are the nearest by dependencies that were changed themselves, or else the nearest. What is gone
    went with those that are gone, too.
    """
    if all(change.requested for change in changes):
        return changes
    asked = {_node(change) for change in changes if change.requested}
    newer, older = _Ancestry(after, asked), _Ancestry(before, _nodes(before) - _nodes(after))

    def traced_one(change: Change) -> Change:
        if change.requested:
            return change
        node = _node(change)
        through = newer.nearest(node) if change.after else older.nearest_changed(node)
        return replace(change, through=through) if through else change

    return tuple(map(traced_one, changes))


def _node(change: Change) -> _Node:
    return change.layer, change.name


def _nodes(environment: Environment) -> set[_Node]:
    conda: set[_Node] = {("conda", package.name) for package in environment.conda}
    return conda | {("pypi", distribution.name) for distribution in environment.pypi}


@dataclass(frozen=True)
class _Ancestry:
    """One environment's dependencies, followed only when somebody asks."""

    environment: Environment
    changed: Collection[_Node]

    def nearest(self, node: _Node) -> tuple[str, ...]:
        return self.nearest_changed(node) or tuple(self._by_any.get(node, ()))

    def nearest_changed(self, node: _Node) -> tuple[str, ...]:
        return tuple(self._by_changed.get(node, ()))

    @cached_property
    def _by_changed(self) -> Mapping[_Node, list[str]]:
        return self._below(self._requested & set(self.changed))

    @cached_property
    def _by_any(self) -> Mapping[_Node, list[str]]:
        return self._below(self._requested)

    def _below(self, sources: Collection[_Node]) -> Mapping[_Node, list[str]]:
        return _spread(self._depends, sources, walls=self._requested) if sources else {}

    @cached_property
    def _requested(self) -> set[_Node]:
        return _requested_nodes(self.environment)

    @cached_property
    def _depends(self) -> dict[_Node, set[_Node]]:
        return _dependencies(self.environment)


def _requested_nodes(environment: Environment) -> set[_Node]:
    asked = asked_for(environment)
    conda: set[_Node] = {("conda", p.name) for p in environment.conda if p.requested or p.name in asked}
    return conda | {("pypi", d.name) for d in environment.pypi if d.requested}


def _dependencies(environment: Environment) -> dict[_Node, set[_Node]]:
    """What each package depends on, of all that is installed."""
    conda = {package.name for package in environment.conda}
    #: Where a distribution's name leads: conda's own are their package.
    brought: dict[str, _Node] = {
        d.name: ("conda", d.conda_package or d.name) if d.owner == "conda" else ("pypi", d.name)
        for d in environment.distributions
    }
    found: dict[_Node, set[_Node]] = {
        ("conda", package.name): {("conda", name) for name in _conda_names(package, conda)}
        for package in environment.conda
    }
    for distribution in environment.pypi:
        names = _distribution_names(distribution)
        found["pypi", distribution.name] = {brought[name] for name in names if name in brought}
    return found


def _conda_names(package: CondaPackage, installed: Collection[str]) -> Iterable[str]:
    for spec in package.depends:
        name = spec.partition(" ")[0]
        if name in installed or (name := name_in(spec)) in installed:
            yield name


def _distribution_names(distribution: Distribution) -> Iterable[str]:
    for requirement in distribution.depends:
        if not _EXTRA.search(requirement) and (match := _SPEC_NAME.match(requirement)):
            yield normalised(match[1])


def _spread(
    depends: Mapping[_Node, set[_Node]], sources: Collection[_Node], *, walls: Collection[_Node]
) -> dict[_Node, list[str]]:
    """Names of the sources nearest to each package below them, by breadth-first search from all at once.

    What lies behind another package that was asked for came through that one: ``walls`` are not passed.
    """
    found: dict[_Node, list[str]] = {source: [source[1]] for source in sources}
    layer = sorted(found)
    while layer:
        reached: defaultdict[_Node, set[str]] = defaultdict(set)
        for node in layer:
            for dependency in depends.get(node, ()):
                if dependency not in found and dependency not in walls:
                    reached[dependency].update(found[node])
        # No more than can be told is carried on, or this would not be linear.
        found |= {node: sorted(names)[:MOST_THROUGH] for node, names in reached.items()}
        layer = list(reached)
    return found
