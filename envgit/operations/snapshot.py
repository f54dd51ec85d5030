"""Record the live environment: what `envgit snapshot` does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envgit.operations.binding import bound_environment, named_environment
from envgit.operations.patches import patch_sighting, told_of_patches, unrecorded_changes
from envgit.operations.record import catch_up
from envgit.operations.sighting import keep, observe, write_sighting
from envgit.operations.workspace import head_code
from envgit.redact import redact_text
from envgit.store.conflicts import free_baseline
from envgit.store.repository import require_work_tree

if TYPE_CHECKING:
    from envgit.model import Warned
    from envgit.operations.sighting import Recorded, Sighting
    from envgit.operations.workspace import Code, Workspace

#: Seconds that package indexes may take: where nobody asked for them, and where somebody did.
SOON, PATIENT = 15.0, 300.0


def snapshot(
    workspace: Workspace,
    *,
    trigger: str = "snapshot",
    message: str = "",
    tag: str | None = None,
    prefix: str | None = None,
    code: Code | None = None,
    resolve_within: float | None = None,
    patch: bool = False,
) -> Recorded:
    """Append the live environment to its branch, linked to ``code`` (HEAD when left out).

    Args:
        workspace: the repository.
        trigger: what caused it, such as the name of a hook.
        message: a text of the user's, kept in the snapshot commit without what looks like a credential.
        tag: a baseline to create in the same transaction.
        prefix: an environment other than the bound one.
        code: the code commit that ran in the environment.
        resolve_within: seconds to ask package indexes for the files of distributions; never when left out.
        patch: whether uncommitted changes of editable installs are recorded.

    Raises:
        NoRepository: the repository is bare.
        NoEnvironment, NotAPrefix: it cannot be told what to record, or there is nothing there.
        InvalidName, Conflict: the baseline cannot be created; nothing was recorded.
    """
    require_work_tree(workspace.repository)
    baseline = free_baseline(workspace.git, tag) if tag is not None else None
    binding = bound_environment(workspace) if prefix is None else named_environment(workspace, prefix)
    sighting = observe(workspace, binding)
    sighting, warnings = _enriched(workspace, sighting, resolve_within=resolve_within, patch=patch)
    complaints = catch_up(workspace)
    recorded = write_sighting(
        workspace,
        sighting,
        trigger=trigger,
        message=redact_text(message),
        baseline=baseline,
        code=code or head_code(workspace.git),
    )
    if prefix is None:
        keep(workspace, sighting, recorded)
    told = replace(recorded, warnings=(*recorded.warnings, *warnings))
    return told.noting(*told_of_patches(sighting), *complaints)


def _enriched(
    workspace: Workspace, sighting: Sighting, *, resolve_within: float | None, patch: bool
) -> tuple[Sighting, tuple[Warned, ...]]:
    """A sighting with what the prefix alone does not tell, and why some of that cannot be told."""
    warnings: tuple[Warned, ...] = ()
    if resolve_within is not None:
        from envgit.operations.resolution import resolve_sighting

        sighting, warnings = resolve_sighting(workspace, sighting, seconds=resolve_within)
    if patch:
        sighting, more = patch_sighting(workspace, sighting)
    else:
        more = unrecorded_changes(workspace, sighting)
    return sighting, (*warnings, *more)
