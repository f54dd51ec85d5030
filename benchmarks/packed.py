"""How many bytes of the repository a commit costs once Git has packed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.prefix import generate, upgrade
from benchmarks.project import Project, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COMMITS = 100


def measure(folder: Path, _rounds: int) -> Iterator[Figure]:
    """Commit 100 times without hooks, with them, and with a package changed each time."""
    prefix = generate(folder / "env")
    project = make_project(folder / "project", prefix)
    start = _packed(project)
    for _ in range(_COMMITS):
        project.commit(hooks=False)
    without = _packed(project)
    for _ in range(_COMMITS):
        project.commit()
    unchanged = _packed(project)
    for number in range(_COMMITS):
        upgrade(prefix, f"9.{number}.0")
        project.commit()
    changed = _packed(project)
    own = without - start  # what the commits themselves take
    yield Figure(
        name="packed, unchanged commit", value=(unchanged - without - own) / _COMMITS, limit=400, unit="bytes"
    )
    yield Figure(
        name="packed, one package of 400 changed",
        value=(changed - unchanged - own) / _COMMITS,
        limit=3000,
        unit="bytes",
    )


def _packed(project: Project) -> int:
    """Bytes of all packs with their indexes, once all is packed."""
    project.git("gc", "--quiet", "--prune=now")
    packs = (project.path / ".git/objects/pack").iterdir()
    return sum(file.stat().st_size for file in packs if file.suffix in {".pack", ".idx"})
