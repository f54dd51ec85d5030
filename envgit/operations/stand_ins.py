"""Build a snapshot's environment, or what stands in for it where it cannot be had as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import ArtifactUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment, Graded, Host
    from envgit.restore import Progress, RestoreSettings


def build_faithfully(
    wanted: Environment,
    *,
    host: Host,
    staging: Path,
    prefix: Path,
    settings: RestoreSettings,
    progress: Progress,
) -> tuple[Graded, ...]:
    """Build an environment at ``staging`` as if it stood at ``prefix``.

    On another platform than its own it is solved anew. Where no place has the file of a conda package any
    more, and only if ``settings`` allow substitutes, another build or version is taken instead.

    Returns:
        What is to be said of single packages.

    Raises:
        ArtifactUnavailable, IntegrityError, RestoreFailed: it cannot be built.
    """
    from envgit import restore

    chosen = restore.Solved(environment=wanted)
    if wanted.platform != host.platform:
        chosen = restore.solve_for(wanted, host=host, settings=settings, progress=progress)
    lost: list[str] = []
    while True:
        try:
            notes = restore.build(
                chosen.environment, staging=staging, prefix=prefix, settings=settings, progress=progress
            )
        except ArtifactUnavailable as unavailable:
            if not settings.allow_substitutes or unavailable.package in ("", *lost):
                raise
            lost.append(unavailable.package)
            chosen = restore.substitute(wanted, lost, host=host, settings=settings, progress=progress)
        else:
            return (*chosen.notes, *notes)
