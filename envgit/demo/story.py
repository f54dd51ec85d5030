"""The story as values: scenes of commands, and the proof at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.demo.supply import AFTER, BEFORE, MOVED

if TYPE_CHECKING:
    from envgit.demo.place import Command, Place
    from envgit.demo.supply import Supply

BASELINE = "paper-v1"
RESTORED = "../restored"
SCRIPT = "stations.py"
CODE = """\
\"\"\"When the measurements of three stations begin: nine o'clock there, as UTC.\"\"\"

from datetime import datetime

import pytz
from tabulate import tabulate

rows = []
for station in ("America/Asuncion", "Europe/Rome", "Asia/Tokyo"):
    begin = pytz.timezone(station).localize(datetime(2025, 7, 1, 9))
    rows.append((station, begin.astimezone(pytz.utc).strftime("%H:%M")))
print(tabulate(rows, headers=("station", "UTC")))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A sentence and the commands that make it true, run at the top of the repository."""

    title: str
    commands: tuple[Command, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """The ids of the environment that was recorded and of the one that was restored."""

    recorded: str
    restored: str

    @property
    def same(self) -> bool:
        """Whether both are one environment."""
        return self.recorded == self.restored


def story(supply: Supply) -> tuple[Scene, ...]:
    """The scenes, for an environment made by ``supply``."""
    calculate = (f"{supply.prefix}/bin/python", SCRIPT)
    return (
        Scene(
            title="A repository, and an environment bound to it",
            commands=(
                ("git", "init"),
                *supply.create,
                ("envgit", "init", "--prefix", supply.prefix),
            ),
        ),
        Scene(
            title="The code that runs in it is committed, the environment recorded, and both get a name",
            commands=(
                ("cat", SCRIPT),
                calculate,
                ("git", "add", SCRIPT),
                ("git", "commit", "-m", "Begin of the measurements"),
                ("envgit", "tag", BASELINE, "-m", "Table 1 of the paper"),
            ),
        ),
        Scene(
            title=f"Later {MOVED} moves from {BEFORE} to {AFTER}: the same code, another result",
            commands=(
                *supply.upgrade,
                calculate,
                ("envgit", "diff", BASELINE),
                ("git", "commit", "--allow-empty", "-m", "On with the work"),
                ("envgit", "log"),
            ),
        ),
        Scene(
            title="A reviewer asks for table 1: the environment comes back by name, and so does the result",
            commands=(
                ("envgit", "checkout", BASELINE, "--prefix", RESTORED),
                ("envgit", "verify", BASELINE, "--prefix", RESTORED, "--files"),
                ("envgit", "run", BASELINE, "--", "python", SCRIPT),
            ),
        ),
    )


def prove(place: Place) -> Proof:
    """Read the baseline's id from Git, and capture the restored environment for its own."""
    from envgit.identity import snapshot_of
    from envgit.operations.live import capture_prefix
    from envgit.operations.revision import open_revision
    from envgit.operations.workspace import open_workspace

    workspace = open_workspace(place.repository, environ=place.environ)
    captured = capture_prefix(workspace, str(place.repository / RESTORED))
    return Proof(
        recorded=open_revision(workspace, BASELINE).snapshot.id,
        restored=snapshot_of(captured.environment).id,
    )
