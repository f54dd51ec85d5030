"""Writes prefixes: builds an environment aside, and moves it to where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.restore.changing import change
from envgit.restore.compiling import compile_all
from envgit.restore.conda import link_conda
from envgit.restore.conda.calling import expecting
from envgit.restore.conda.metadata import register
from envgit.restore.conda.routes import available
from envgit.restore.conda.solving import Solved, solve_for, substitute
from envgit.restore.engines import link_with
from envgit.restore.exclusive import exclusive
from envgit.restore.faults import next_step_at, refused
from envgit.restore.in_use import Running, running_from
from envgit.restore.progress import Progress, Silent
from envgit.restore.protected import frozen, why_never
from envgit.restore.pypi import install_pypi
from envgit.restore.settings import RestoreSettings
from envgit.restore.staging import clear, place, recover, staged, suffix_of
from envgit.restore.swap import swapped
from envgit.restore.venv import make_venv

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment, Graded

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
    "place",
    "recover",
    "register",
    "running_from",
    "solve_for",
    "staged",
    "substitute",
    "swapped",
    "why_never",
]


def build(
    environment: Environment, *, staging: Path, prefix: Path, settings: RestoreSettings, progress: Progress
) -> tuple[Graded, ...]:
    """Build an environment at ``staging`` (from :func:`staged`) as if it stood at ``prefix``.

    It can be captured there, then moved with :func:`place`. Nothing of it has run but its Python, the
    builds of distributions that come without a wheel and, where allowed, link scripts.

    Returns:
        What is to be said of single packages, and what could not be had where the rest works without:
        distributions, values of variables. The conda layer comes back whole or not at all.

    Raises:
        ArtifactUnavailable, IntegrityError: a conda package cannot be had as it was.
        RestoreFailed: no such Python, no space, no permission.
    """
    suffix = suffix_of(staging, prefix)
    try:
        notes: tuple[Graded, ...] = ()
        if environment.kind == "conda":
            link = link_conda if settings.engine in ("auto", "rattler") else link_with
            notes = link(environment, staging=staging, prefix=prefix, settings=settings, progress=progress)
        else:
            make_venv(environment, staging=staging, suffix=suffix, settings=settings)
        notes += install_pypi(
            environment, staging=staging, prefix=prefix, settings=settings, progress=progress
        )
        if settings.compile_bytecode:
            notes += compile_all(staging, prefix, settings=settings, progress=progress)
        return notes
    except OSError as error:
        at = error.filename or prefix
        raise refused(error, at, forbidden=next_step_at(at, settings.cache)) from error
