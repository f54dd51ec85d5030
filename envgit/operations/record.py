"""Record commits from hooks, and lose nothing: what cannot be written waits, what cannot be seen is said."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.operations.binding import bound_environment
from envgit.operations.sighting import keep, observe, write_sighting
from envgit.operations.workspace import Code, head_code

if TYPE_CHECKING:
    from envgit.operations.sighting import Recorded
    from envgit.operations.workspace import Workspace


def catch_up(workspace: Workspace) -> list[str]:
    """Write what waits to be written, as a rule nothing; what there is to say of it.

    Raises:
        EnvgitError: it still cannot be written; it waits on.
    """
    if not os.path.isdir(workspace.repository.queue_dir):
        return []
    from envgit.operations.postponed import write_postponed

    return write_postponed(workspace)


def record_commit(workspace: Workspace, trigger: str) -> Recorded:
    """Record the environment that HEAD was committed in.

    Raises:
        Postponed: the repository cannot be written to now; the sighting waits.
        EnvgitError: there is no environment to be seen, or the sighting cannot even be kept.
    """
    glimpsed = workspace.glance.code
    code = Code(*glimpsed) if glimpsed else head_code(workspace.git)
    sighting = observe(workspace, bound_environment(workspace))
    try:
        complaints = catch_up(workspace)
        recorded = write_sighting(workspace, sighting, trigger=trigger, code=code)
    except EnvgitError as error:
        from envgit.operations.postponed import Postponed, postpone_sighting

        postpone_sighting(workspace, sighting, trigger=trigger, code=code)
        raise Postponed(error.message, hint=error.hint) from error
    keep(workspace, sighting, recorded)
    return recorded.noting(*complaints)


def record_unobserved(workspace: Workspace, trigger: str, error: Exception) -> bool:
    """Record that the environment of HEAD is not known, where commits are recorded at all.

    Whether it was recorded before, all the same: the error came later.

    Raises:
        EnvgitError: that cannot be written, now or for later.
    """
    from envgit.operations.unobserved import expected_environment, reason_of, write_unobserved
    from envgit.store.cataloguing import read_catalogue

    environment, code = expected_environment(workspace), head_code(workspace.git)
    if environment is None or code is None:
        return False
    known = read_catalogue(workspace.git)
    if known.linked(code.commit):
        return True
    if known.unobserved(code.commit):
        return False
    reason = reason_of(error)
    try:
        catch_up(workspace)
        write_unobserved(workspace, environment, reason, trigger=trigger, code=code)
    except EnvgitError:
        from envgit.operations.postponed import postpone_unobserved

        postpone_unobserved(workspace, environment, reason, trigger=trigger, code=code)
    return False


def record_rewritten(workspace: Workspace, pairs: list[tuple[str, str]]) -> None:
    """Link commits that Git rewrote to what their originals are linked to.

    Raises:
        Postponed: the repository cannot be written to now; the links wait.
    """
    from envgit.operations.rewrite import link_rewritten

    try:
        catch_up(workspace)
        link_rewritten(workspace, pairs)
    except EnvgitError as error:
        from envgit.operations.postponed import Postponed, postpone_rewritten

        postpone_rewritten(workspace, pairs)
        raise Postponed(error.message, hint=error.hint) from error
