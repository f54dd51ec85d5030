"""An environment is built whole: the conda layer or the venv, then what was installed into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.restore.faults import next_step_at, refused
from envgit.restore.prefix.staging import suffix_of

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment, Graded
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings


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
    try:
        notes: tuple[Graded, ...] = ()
        if environment.kind == "venv":
            from envgit.restore.venv import make_venv

            make_venv(environment, staging=staging, suffix=suffix_of(staging, prefix), settings=settings)
        elif settings.engine in {"auto", "rattler"}:
            from envgit.restore.conda.layer import link_conda

            notes = link_conda(
                environment, staging=staging, prefix=prefix, settings=settings, progress=progress
            )
        else:
            from envgit.restore.engines import link_with

            notes = link_with(
                environment, staging=staging, prefix=prefix, settings=settings, progress=progress
            )
        if environment.pypi:
            from envgit.restore.pypi import install_pypi

            notes += install_pypi(
                environment, staging=staging, prefix=prefix, settings=settings, progress=progress
            )
        if settings.compile_bytecode:
            from envgit.restore.compiling import compile_all

            notes += compile_all(staging, prefix, settings=settings, progress=progress)
        return notes
    except OSError as error:
        at = error.filename or prefix
        raise refused(error, at, forbidden=next_step_at(at, settings.cache)) from error
