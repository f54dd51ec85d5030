"""Measure what envgit costs: ``python -m benchmarks SUBJECT…``."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, document, table

#: A subject is a module with ``measure(folder, rounds)``, which yields its figures.
SUBJECTS = ("hooks", "history", "packed", "commands", "drift", "restore", "pypi", "in_place")


def main() -> int:
    """Measure the subjects that are asked for; 1 when a figure is over its limit."""
    options = _options()
    figures: list[Figure] = []
    for subject in options.subjects or SUBJECTS:
        measure = importlib.import_module(f"benchmarks.{subject}").measure
        with tempfile.TemporaryDirectory(prefix="envgit-benchmark-", ignore_cleanup_errors=True) as folder:
            figures += measure(Path(folder).resolve(), options.rounds)
    print(table(figures))
    if options.json:
        options.json.write_text(document(figures, rounds=options.rounds) + "\n")
    exceeded = any(figure.exceeded for figure in figures)
    return int(exceeded and not options.no_limits)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "subjects", nargs="*", metavar="SUBJECT", help=f"{', '.join(SUBJECTS)}; all when left out"
    )
    parser.add_argument("--rounds", type=int, default=31, metavar="N", help="how often each command is timed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    parser.add_argument("--no-limits", action="store_true", help="exit with 0 whatever the figures are")
    options = parser.parse_args()
    unknown = set(options.subjects) - set(SUBJECTS)
    if unknown:
        parser.error(f"there is no subject {', '.join(sorted(unknown))}: choose from {', '.join(SUBJECTS)}")
    return options


sys.exit(main())
