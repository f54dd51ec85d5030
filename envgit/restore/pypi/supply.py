"""Where distributions will be had from, as files and folders tell; nothing is asked over the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from envgit.plan import Supply, lists_wishes
from envgit.restore.pypi.folders import folder_origin
from envgit.restore.pypi.strangers import Unobtainable
from envgit.restore.pypi.ways import usual_index, ways_of

if TYPE_CHECKING:
    from envgit.model import Distribution, Environment, Origin
    from envgit.restore.settings import RestoreSettings


def supply_of(environment: Environment, settings: RestoreSettings) -> Supply:
    """Find the first place that each distribution will be asked for at, or why there is none.

    Of a list that people wrote it is known only once that is resolved which files are wanted.
    """
    origins: dict[str, Origin] = {}
    lost: dict[str, str] = {}
    if lists_wishes(environment):
        return Supply()
    usual = usual_index(environment.additions)
    for distribution in environment.additions:
        try:
            origins[distribution.name] = _origin(distribution, usual, settings)
        except Unobtainable as reason:
            lost[distribution.name] = str(reason)
    return Supply(origins=origins, lost=lost)


def _origin(distribution: Distribution, usual: str | None, settings: RestoreSettings) -> Origin:
    source = distribution.source
    if source and source.kind != "archive":
        return folder_origin(source, settings)
    # Of what is no folder nothing is made at the staging folder.
    way, *_ = ways_of(distribution, usual=usual, staging=Path(), settings=settings)
    return way.origin
