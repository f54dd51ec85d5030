"""What it costs to turn a live environment into another one, as a part of building that one whole."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.project import make_project
from benchmarks.pypi import REQUIREMENTS, run_uv, uv_environ
from benchmarks.timing import Timed, medians

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BEFORE = ("rich==13.9.4", "tqdm==4.67.1")
_AFTER = ("rich==13.7.1", "tqdm==4.66.5")


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """Change two of some 60 distributions of a venv back and forth, and rebuild it whole at another place."""
    live, elsewhere = folder / "live", folder / "elsewhere"
    environ = uv_environ(folder)
    os.environ.update(environ)
    install = partial(run_uv, environ, "pip", "install", "--python", str(live / "bin/python"))
    run_uv(environ, "venv", "--python", sys.executable, str(live))
    install(*REQUIREMENTS, *_BEFORE)
    project = make_project(folder / "project", live)
    project.envgit("tag", "before")
    install(*_AFTER)
    project.envgit("tag", "after")
    revisions = cycle(("before", "after"))
    seconds = medians(
        {
            "in place": Timed(run=lambda: project.envgit("checkout", next(revisions), "--in-place")),
            "whole": Timed(
                run=lambda: project.envgit("checkout", "before", "--prefix", str(elsewhere)),
                before=partial(shutil.rmtree, elsewhere, ignore_errors=True),
            ),
        },
        rounds=rounds,
    )
    yield Figure(
        name="checkout --in-place, two packages changed ÷ a whole restore",
        value=seconds["in place"] / seconds["whole"],
        limit=0.4,
        seconds=seconds,
    )
