"""Build a snapshot's environment, or what stands in for it where it cannot be had as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import ArtifactUnavailable, IntegrityError

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

    On another platform than its own it is solved anew. Where no place has the recorded file of a conda
    package any more, be it that there is none or another one, and only if ``settings`` allow substitutes,
    another build or version is taken instead: its file has to be the one that its channel lists.

    Returns:
        What is to be said of single packages.

    Raises:
        ArtifactUnavailable, IntegrityError, RestoreFailed: it cannot be built.
    """
    from envgit import restore

    chosen = restore.Solved(environment=wanted)
    if wanted.platform != host.platform:
        chosen = restore.solve_for(wanted, host=host, settings=settings, progress=progress)
    lost: dict[str, str] = {}
    while True:
        try:
            notes = restore.build(
                chosen.environment, staging=staging, prefix=prefix, settings=settings, progress=progress
            )
        except (ArtifactUnavailable, IntegrityError) as error:
            if not settings.allow_substitutes or not error.lost or lost.keys() & error.lost.keys():
                raise
            lost |= error.lost
            chosen = restore.substitute(wanted, lost, host=host, settings=settings, progress=progress)
        else:
            return (*chosen.notes, *notes)
