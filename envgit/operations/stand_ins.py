"""Build a snapshot's environment, or what stands in for it where it cannot be had as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.model import Environment, Graded, Host
    from envgit.restore import Progress, RestoreSettings


def build_faithfully(
    wanted: Environment,
    build: Callable[[Environment], tuple[Graded, ...]],
    *,
    host: Host,
    settings: RestoreSettings,
    progress: Progress,
) -> tuple[Graded, ...]:
    """Let ``build`` build an environment, or what stands in for it; it says what is to be said of packages.

    On another platform than its own, and where its files are not known, it is solved anew. Where no place
    has the recorded file of a conda package any more, be it that there is none or another one, and only if
    ``settings`` allow substitutes, another build or version is taken instead: its file has to be the one
    that its channel lists.

    Returns:
        What is to be said of single packages.

    Raises:
        ArtifactUnavailable, IntegrityError, RestoreFailed: it cannot be built.
    """
    from envgit import restore
    from envgit.plan import is_solved

    chosen = restore.Solved(environment=wanted)
    if is_solved(wanted, host):
        chosen = restore.solve_for(wanted, host=host, settings=settings, progress=progress)
    lost: dict[str, str] = {}
    while True:
        try:
            notes = build(chosen.environment)
        except (ArtifactUnavailable, IntegrityError) as error:
            if not settings.allow_substitutes or not error.lost or lost.keys() & error.lost.keys():
                raise
            lost |= error.lost
            try:
                chosen = restore.substitute(wanted, lost, host=host, settings=settings, progress=progress)
            except RestoreFailed as unsolved:
                raise _nothing_stands_in(error, unsolved) from unsolved
        else:
            return (*chosen.notes, *notes)


def _nothing_stands_in(loss: RestoreFailed, unsolved: RestoreFailed) -> RestoreFailed:
    """The loss that is the cause, and what came of looking for something else."""
    message = f"{loss.message}\n  and nothing can stand in for it: {unsolved.message}"
    error = type(loss)(message, hint=unsolved.hint or loss.hint)
    error.lost = loss.lost
    return error
