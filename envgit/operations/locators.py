"""Where things came from stays known once it was found out, while the same things are there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envgit.model import Distribution, Environment


def keep_locators(environment: Environment, known: Environment) -> Environment:
    """Return an environment with what ``known`` tells of the distributions that are the same in both.

    The same is what has one name, version and content digest, and came from the same place. The environment
    itself is returned where there is nothing to add.
    """
    told = {_sameness(d): d for d in known.pypi if d.digest and (d.file or (d.source and d.source.sha256))}
    if not told:
        return environment
    distributions = tuple(_with_locators(d, told.get(_sameness(d))) for d in environment.distributions)
    if distributions == environment.distributions:
        return environment
    return replace(environment, distributions=distributions)


def _sameness(distribution: Distribution) -> tuple[str, str, str | None, str | None]:
    place = distribution.source.url if distribution.source else None
    return distribution.name, distribution.version, distribution.digest, place


def _with_locators(distribution: Distribution, told: Distribution | None) -> Distribution:
    if told is None or distribution.owner == "conda":
        return distribution
    source = distribution.source
    if source is None:
        return replace(distribution, file=distribution.file or told.file)
    if source.kind == "archive" and told.source and not source.sha256:
        return replace(distribution, source=replace(source, sha256=told.source.sha256))
    return distribution
