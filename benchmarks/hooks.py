"""What the hooks add to a commit: nothing changed, one package changed, nothing known yet."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, cost
from benchmarks.prefix import generate, upgrade
from benchmarks.project import Project, make_project
from benchmarks.timing import Timed, bare_python, medians

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Commit with the hook layer and without it, on a prefix of 400 records and 240 distributions."""
    prefix = generate(folder / "env")
    project = make_project(folder / "known", prefix)
    yield cost("commit, environment unchanged", _unchanged(project, rounds), limit=8)
    yield cost("commit, one package changed", _changed(project, rounds), limit=20)
    unknown = make_project(folder / "unknown", prefix, first_snapshot=False)
    yield cost("commit, first snapshot", _first(unknown, folder / "fresh", rounds), limit=60)


def _unchanged(project: Project, rounds: int) -> dict[str, float]:
    series = {
        "with hooks": Timed(run=project.commit),
        "without": Timed(run=lambda: project.commit(hooks=False)),
        "bare python": Timed(run=bare_python),
    }
    return medians(series, rounds=rounds)


def _changed(project: Project, rounds: int) -> dict[str, float]:
    versions = (f"9.{number}.0" for number in itertools.count())
    series = {
        "with hooks": Timed(run=project.commit, before=lambda: upgrade(project.prefix, next(versions))),
        "without": Timed(run=lambda: project.commit(hooks=False)),
        "bare python": Timed(run=bare_python),
    }
    return medians(series, rounds=rounds)


def _first(template: Project, fresh: Path, rounds: int) -> dict[str, float]:
    """Each time in a copy of the repository that holds neither snapshots nor anything remembered."""
    copy = template.copied_to(fresh)
    series = {
        "with hooks": Timed(run=copy.commit, before=lambda: template.copied_to(fresh)),
        "without": Timed(run=lambda: copy.commit(hooks=False), before=lambda: template.copied_to(fresh)),
        "bare python": Timed(run=bare_python),
    }
    return medians(series, rounds=rounds)
