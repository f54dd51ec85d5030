"""Where distributions will be had from, and what is to be said of those that may not be had at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from envgit.plan.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from envgit.model import Distribution, Origin

#: What is asked where nothing else may be. What it has cannot be known before: it is uv's own.
UV_CACHE = "uv's cache"


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """Where each distribution will be had from or asked for first, by name; why ``lost`` ones cannot be."""

    origins: Mapping[str, Origin] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)


def doubts(distributions: Sequence[Distribution], supply: Supply, *, offline: bool) -> Iterator[str]:
    """What will not come, and what may not where only a cache is left that nobody can look into."""
    for distribution in distributions:
        if reason := supply.lost.get(distribution.name):
            yield f"{distribution.name} {distribution.version} will be missing: {reason}"
    far = [d.name for d in distributions if is_far(d, supply)] if offline else []
    if far:
        count = f"{len(far)} distributions are" if len(far) > 1 else "1 distribution is"
        them = "them" if len(far) > 1 else "it"
        yield f"offline: {count} not kept by envgit ({listed(far)}); {UV_CACHE} may have {them}"


def is_far(distribution: Distribution, supply: Supply) -> bool:
    """Whether only the network has a distribution, as far as files on this machine tell."""
    origin = supply.origins.get(distribution.name)
    return origin is not None and origin.remote
