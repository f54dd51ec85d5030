"""Environments to restore, said in envgit's nouns, and what reads the restored ones back."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envgit.model import CondaPackage, Distribution, Environment
from envgit.restore import RestoreSettings, build, place, staged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.model import Graded
    from tests.channel import Channel

#: The version of the running interpreter, which the channel's Python and every venv has.
PYTHON = platform.python_version()


@dataclass(slots=True)
class Bars:
    """A progress that remembers: each bar's label, total and unit, and how far it came."""

    started: list[tuple[str, int, str]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    noticed: list[str] = field(default_factory=list)

    def start(self, label: str, total: int, unit: str) -> None:
        self.started.append((label, total, unit))
        self.done.append(0)

    def advance(self, n: int) -> None:
        self.done[-1] += n

    def notice(self, line: str) -> None:
        self.noticed.append(line)

    def finish(self) -> None:
        """Nothing to remember."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Workshop:
    """Restores environments with settings of its own."""

    settings: RestoreSettings
    bars: Bars = field(default_factory=Bars)

    def restore(self, environment: Environment, prefix: Path) -> tuple[Graded, ...]:
        """Build an environment and move it into place; returns what the restore had to explain."""
        with staged(prefix) as staging:
            notes = build(
                environment, staging=staging, prefix=prefix, settings=self.settings, progress=self.bars
            )
            place(staging, prefix)
        return tuple(note for note in notes if note.reason or note.layer == "conda")


def settings_for(tmp_path: Path, **changes: Any) -> RestoreSettings:
    """Settings with a cache below ``tmp_path``."""
    values: dict[str, Any] = {
        "cache": tmp_path / "cache",
        "home": Path(os.environ["HOME"]),
        "environ": dict(os.environ),
    }
    return RestoreSettings(**(values | changes))


def conda_package(channel: Channel, name: str, version: str | None = None, **changes: Any) -> CondaPackage:
    """A package of the channel as a snapshot knows it."""
    build = changes.pop("match_build", None)
    record = channel.record(name, version, build)
    values: dict[str, Any] = {
        "name": record["name"],
        "version": record["version"],
        "build": record["build"],
        "build_number": record["build_number"],
        "subdir": record["subdir"],
        "channel": channel.url,
        "url": record["url"],
        "fn": record["fn"],
        "sha256": record["sha256"],
        "md5": record["md5"],
        "size": record["size"],
        "noarch": record.get("noarch"),
        "depends": tuple(record["depends"]),
        "license": record.get("license"),
    }
    return CondaPackage(**(values | changes))


def conda_environment(
    *packages: CondaPackage, pypi: tuple[Distribution, ...] = (), **changes: Any
) -> Environment:
    """A conda environment of these packages, with the Python layer ``pypi`` on top."""
    return Environment(
        kind="conda",
        platform="linux-64",
        python=next((p.version for p in packages if p.name == "python"), None),
        conda=tuple(sorted(packages, key=lambda p: p.name)),
        distributions=pypi,
        **changes,
    )


def venv_environment(*pypi: Distribution, **changes: Any) -> Environment:
    """A venv of the running interpreter's version with these distributions."""
    values: dict[str, Any] = {"python": PYTHON, "platform": "linux-64"}
    return Environment(kind="venv", distributions=pypi, **(values | changes))


def dist(name: str, version: str, **changes: Any) -> Distribution:
    """A distribution of the Python layer."""
    values: dict[str, Any] = {"owner": "pypi", "requested": True}
    return Distribution(name=name, version=version, **(values | changes))


def record_of(prefix: Path, name: str) -> Mapping[str, Any]:
    """The conda-meta record of a package."""
    (file,) = (f for f in (prefix / "conda-meta").glob(f"{name}-*.json") if f.name.rsplit("-", 2)[0] == name)
    record: Mapping[str, Any] = json.loads(file.read_text())
    return record


def beside(prefix: Path) -> list[str]:
    """Names of what lies beside a prefix: nothing, where a restore cleaned up behind itself."""
    return sorted(entry.name for entry in prefix.parent.iterdir() if entry != prefix)
