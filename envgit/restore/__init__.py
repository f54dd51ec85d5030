"""Writes prefixes: builds an environment aside, and moves it to where it belongs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envgit.restore.building import build
    from envgit.restore.changing import change
    from envgit.restore.conda.calling import expecting
    from envgit.restore.conda.metadata import register
    from envgit.restore.conda.routes import available
    from envgit.restore.conda.solving import Solved, solve_for, substitute
    from envgit.restore.enclosure import links_out
    from envgit.restore.exclusion import exclusive
    from envgit.restore.in_use import Running, running_from
    from envgit.restore.progress import Progress, Silent
    from envgit.restore.protected import frozen, why_never
    from envgit.restore.pypi.straying import strayed
    from envgit.restore.settings import RestoreSettings
    from envgit.restore.staging import clear, place, recover, staged
    from envgit.restore.swap import swapped

#: Where each is: a restore needs some of them, and what is not needed is not imported.
_HOMES = {
    "Progress": "progress",
    "RestoreSettings": "settings",
    "Running": "in_use",
    "Silent": "progress",
    "Solved": "conda.solving",
    "available": "conda.routes",
    "build": "building",
    "change": "changing",
    "clear": "staging",
    "exclusive": "exclusion",
    "expecting": "conda.calling",
    "frozen": "protected",
    "links_out": "enclosure",
    "place": "staging",
    "recover": "staging",
    "register": "conda.metadata",
    "running_from": "in_use",
    "solve_for": "conda.solving",
    "staged": "staging",
    "strayed": "pypi.straying",
    "substitute": "conda.solving",
    "swapped": "swap",
    "why_never": "protected",
}

__all__ = [
    "Progress",
    "RestoreSettings",
    "Running",
    "Silent",
    "Solved",
    "available",
    "build",
    "change",
    "clear",
    "exclusive",
    "expecting",
    "frozen",
    "links_out",
    "place",
    "recover",
    "register",
    "running_from",
    "solve_for",
    "staged",
    "strayed",
    "substitute",
    "swapped",
    "why_never",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
