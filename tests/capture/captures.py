"""Capture with the settings of a test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envgit.capture import Captured, CaptureSettings, capture

if TYPE_CHECKING:
    from envgit.model import CondaPackage, Distribution

_SETTINGS: dict[str, Any] = {"cache": None, "repository": None, "environ": {}}


def captured(prefix: Path, **settings: Any) -> Captured:
    """Capture with the test's own home; no cache, repository or environment variables unless given."""
    home = Path(os.environ["HOME"])
    return capture(prefix, CaptureSettings(**{**_SETTINGS, "home": home, **settings}))


def kinds(found: Captured) -> list[str]:
    """The kinds of the warnings."""
    return [warned.kind for warned in found.warnings]


def package(found: Captured, name: str) -> CondaPackage:
    """The one conda package of this name."""
    (only,) = [one for one in found.environment.conda if one.name == name]
    return only


def dist(found: Captured, name: str) -> Distribution:
    """The one distribution of this name."""
    (only,) = [one for one in found.environment.distributions if one.name == name]
    return only
