"""A real conda channel, built once per test session."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

if TYPE_CHECKING:
    from tests.server import Server

PROJECT = Path(__file__).resolve().parents[2]


class NoChannel(Exception):
    """No channel can be built on this machine; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A channel on disk, and the URL it is used by; ``server`` where it is served over HTTP."""

    path: Path
    url: str
    server: Server | None = None

    def records(self) -> list[dict[str, Any]]:
        """Every record of the repodata, with its ``fn`` and its ``url`` under this channel's URL."""
        found = []
        for repodata in sorted(self.path.glob("*/repodata.json")):
            document = json.loads(repodata.read_text())
            for fn, record in {**document["packages"], **document["packages.conda"]}.items():
                found.append({**record, "fn": fn, "url": f"{self.url}/{repodata.parent.name}/{fn}"})
        return found

    def record(self, name: str, version: str | None = None, build: str | None = None) -> dict[str, Any]:
        """The one record with this name, version and build; those left out may be any."""
        (record,) = (
            r
            for r in self.records()
            if r["name"] == name and version in (None, r["version"]) and build in (None, r["build"])
        )
        return record

    def artifact(self, name: str, version: str | None = None, build: str | None = None) -> Path:
        """The file of that one record."""
        record = self.record(name, version, build)
        return self.path / str(record["subdir"]) / str(record["fn"])


def build_once(shared: Path) -> Channel:
    """Build the channel below ``shared``, or take the one which another worker built there.

    Raises:
        NoChannel: the running interpreter cannot be packed.
    """
    folder = shared / "conda"
    with FileLock(shared / "conda.lock"):
        if not folder.exists():
            _build(folder)
    if (refusal := folder / "refusal.txt").exists():
        raise NoChannel(refusal.read_text())
    return Channel(path=folder / "channel", url=(folder / "channel").as_uri())


def _build(folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-m", "tests.channel.build", str(folder)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if not (folder / "refusal.txt").exists() and not (folder / "channel/noarch/repodata.json").exists():
        shutil.rmtree(folder)
        raise RuntimeError(f"the channel was not built (exit {ran.returncode}):\n{ran.stdout}{ran.stderr}")
