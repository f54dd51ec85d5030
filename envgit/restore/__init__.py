"""Writes prefixes: builds an environment aside, and moves it to where it belongs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envgit.restore.building import build
    from envgit.restore.changing.change import change
    from envgit.restore.conda.calling import expecting
    from envgit.restore.conda.layer import announce_conda
    from envgit.restore.conda.metadata import register
    from envgit.restore.conda.solve.solving import Solved, solve_for, substitute
    from envgit.restore.conda.supply.routes import available
    from envgit.restore.enclosure import links_out
    from envgit.restore.prefix.exclusion import exclusive
    from envgit.restore.prefix.in_use import Running, running_from
    from envgit.restore.prefix.protected import frozen, why_never
    from envgit.restore.prefix.staging import clear, place, recover, staged
    from envgit.restore.prefix.swap import swapped
    from envgit.restore.progress import Progress, Silent
    from envgit.restore.pypi.folders import is_cloned
    from envgit.restore.pypi.straying import strayed
    from envgit.restore.pypi.supply import supply_of
    from envgit.restore.settings import RestoreSettings

#: Where each is: a restore needs some of them, and what is not needed is not imported.
_HOMES = {
    "Progress": "progress",
    "RestoreSettings": "settings",
    "Running": "prefix.in_use",
    "Silent": "progress",
    "Solved": "conda.solve.solving",
    "announce_conda": "conda.layer",
    "available": "conda.supply.routes",
    "build": "building",
    "change": "changing.change",
    "clear": "prefix.staging",
    "exclusive": "prefix.exclusion",
    "expecting": "conda.calling",
    "frozen": "prefix.protected",
    "is_cloned": "pypi.folders",
    "links_out": "enclosure",
    "place": "prefix.staging",
    "recover": "prefix.staging",
    "register": "conda.metadata",
    "running_from": "prefix.in_use",
    "solve_for": "conda.solve.solving",
    "staged": "prefix.staging",
    "strayed": "pypi.straying",
    "substitute": "conda.solve.solving",
    "supply_of": "pypi.supply",
    "swapped": "prefix.swap",
    "why_never": "prefix.protected",
}

__all__ = [
    "Progress",
    "RestoreSettings",
    "Running",
    "Silent",
    "Solved",
    "announce_conda",
    "available",
    "build",
    "change",
    "clear",
    "exclusive",
    "expecting",
    "frozen",
    "is_cloned",
    "links_out",
    "place",
    "recover",
    "register",
    "running_from",
    "solve_for",
    "staged",
    "strayed",
    "substitute",
    "supply_of",
    "swapped",
    "why_never",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
