"""What comparing two environments costs: in memory, over real files, and as a command."""

from __future__ import annotations

import os
import random
import sys
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.prefix import generate, upgrade
from benchmarks.project import make_project
from benchmarks.timing import Timed, bare_python, medians
from envgit.capture import CaptureSettings, capture
from envgit.drift import drift, summarise
from envgit.errors import BadFile
from envgit.formats import decode_any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import CondaPackage, Environment

_CORPUS = "ENVGIT_CORPUS"
#: Of a hundred packages how many another solve leaves as they are.
_UNCHANGED = 50


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Compare two snapshots of 400 packages, the files of the corpus with their successors, two tags."""
    prefix = generate(folder / "env")
    settings = CaptureSettings(cache=None, repository=None, home=folder, environ={})
    before = _requested(capture(prefix, settings).environment)
    yield _in_memory(before, _solved_again(before), rounds)
    if corpus := os.environ.get(_CORPUS):
        yield _of_the_corpus(Path(corpus) / "pairs", rounds)
    else:
        sys.stderr.write(f"{_CORPUS} is not set: no real files to compare\n")
    yield _of_two_tags(folder, prefix, rounds)


def _in_memory(before: Environment, after: Environment, rounds: int) -> Figure:
    seconds = medians({"drift": Timed(run=lambda: summarise(drift(before, after)))}, rounds=rounds)
    value = seconds["drift"] * 1000
    return Figure(name="drift of 400 packages in memory", value=value, limit=10, unit="ms", seconds=seconds)


def _requested(environment: Environment) -> Environment:
    """The same, where one package of twenty was asked for."""
    packages = enumerate(environment.conda)
    asked = (p if number % 20 else replace(p, requested=(p.name,)) for number, p in packages)
    return replace(environment, conda=tuple(asked))


def _solved_again(environment: Environment) -> Environment:
    """The same packages, half of them in other versions, which not all consist of numbers alone."""
    chance = random.Random(1)  # noqa: S311 - the same every time, no secret

    def solved(package: CondaPackage) -> CondaPackage:
        if chance.randrange(100) < _UNCHANGED:
            return package
        suffix = chance.choice(("", "", "", ".post1", "rc1"))
        version = f"{chance.randrange(5)}.{chance.randrange(30)}{suffix}"
        return replace(package, version=version, sha256=f"{chance.randrange(2**256):064x}")

    return replace(environment, conda=tuple(map(solved, environment.conda)))


def _of_the_corpus(folder: Path, rounds: int) -> Figure:
    """Reading every file and comparing it with the one before ÷ reading every file."""
    projects = [
        [path for path in sorted(project.iterdir()) if _readable(path)] for project in folder.iterdir()
    ]
    series = {
        "read": Timed(run=lambda: [_read(paths) for paths in projects]),
        "read and compared": Timed(run=lambda: [_compare(_read(paths)) for paths in projects]),
    }
    seconds = medians(series, rounds=min(rounds, 3))
    value = seconds["read and compared"] / seconds["read"]
    return Figure(
        name="all pairs of the corpus, read and compared ÷ read", value=value, limit=2, seconds=seconds
    )


def _readable(path: Path) -> bool:
    try:
        decode_any(path.read_bytes(), where=str(path))
    except BadFile:
        return False
    return True


def _read(paths: list[Path]) -> list[Environment]:
    return [decode_any(path.read_bytes(), where=str(path)).environment for path in paths]


def _compare(environments: list[Environment]) -> list[str]:
    return [summarise(drift(before, after)) for before, after in pairwise(environments)]


def _of_two_tags(folder: Path, prefix: Path, rounds: int) -> Figure:
    project = make_project(folder / "project", prefix)
    project.envgit("tag", "before")
    upgrade(prefix, "9.9.0")
    project.commit()
    project.envgit("tag", "after")
    series = {
        "diff": Timed(run=partial(project.envgit, "diff", "before", "after")),
        "bare python": Timed(run=bare_python),
    }
    seconds = medians(series, rounds=rounds)
    value = seconds["diff"] / seconds["bare python"]
    return Figure(name="envgit diff of two tags", value=value, limit=30, seconds=seconds)
