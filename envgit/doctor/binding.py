"""Area ``binding``: is it clear which environment is recorded, and is it there?"""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.doctor.looking import look_into
from envgit.errors import NoEnvironment, NotAPrefix
from envgit.operations.binding import Binding, active_prefix, bound_environment
from envgit.restore.prefix.claims import left_of
from envgit.store.names import branch_ref
from envgit.store.trailers import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.operations.workspace import Workspace

_finding = partial(Finding, area="binding")


def binding(workspace: Workspace) -> Iterator[Finding]:
    """Find what keeps the bound environment from being recorded, or makes another one be recorded."""
    if workspace.repository.work_tree is None:
        yield _finding(severity="well", message="a bare repository: no environment belongs to it")
        return
    bound = list(_each_bound(workspace))
    for one in bound:
        yield from _spoilt(workspace, one)
    if bound:
        yield from _meant(workspace)
    else:
        yield _nothing_bound(workspace)


def _each_bound(workspace: Workspace) -> Iterator[Binding]:
    """Every bound environment, as it would be bound alone."""
    for pair in workspace.settings.prefixes:
        alone = replace(workspace, settings=replace(workspace.settings, prefixes=(pair,)))
        yield bound_environment(alone)


def _spoilt(workspace: Workspace, bound: Binding) -> Iterator[Finding]:
    try:
        look_into(workspace, bound.prefix)
    except NotAPrefix as error:
        yield _finding(
            severity="broken",
            message=f"environment {bound.environment} cannot be recorded: {error.message}",
            command=_brought_back(workspace, bound),
        )
    else:
        yield _finding(severity="well", message=f"{bound.environment} is {bound.prefix}")
    for left in left_of(Path(bound.prefix)):
        message = f"{left} is left of a checkout that was killed; the next one to {bound.prefix} removes it"
        yield _finding(severity="note", message=message)


def _brought_back(workspace: Workspace, bound: Binding) -> str:
    """Restore what was last recorded of it, else bind what is active, else bind nothing."""
    snapshot = _newest_snapshot(workspace, bound.environment)
    prefix = shlex.quote(bound.prefix)
    if snapshot is not None:
        aside = f"mv {prefix} {shlex.quote(bound.prefix + '.spoilt')} && "
        return f"{aside if os.path.lexists(bound.prefix) else ''}envgit checkout {snapshot[:12]} -p {prefix}"
    active = _active(workspace)
    if active is not None:
        return shlex.join(("envgit", "init", "--environment", bound.environment, "--prefix", active))
    return shlex.join(("git", "config", "--unset", f"envgit.{bound.environment}.prefix"))


def _newest_snapshot(workspace: Workspace, environment: str) -> str | None:
    """The commit of the newest snapshot: the tip may say that a commit's environment was not seen."""
    newest = ("--max-count=1", "--format=%H", f"--grep=^{SNAPSHOT}: ", branch_ref(environment))
    return workspace.git.find("log", *newest, "--")


def _meant(workspace: Workspace) -> Iterator[Finding]:
    """Which of the bound environments a commit made now would be recorded with."""
    try:
        meant = bound_environment(workspace)
    except NoEnvironment as error:
        yield _finding(severity="warning", message=error.message, command=_activation(workspace))
        return
    if meant.note:
        sentence, _, _ = meant.note.partition(";")
        active = _active(workspace) or ""
        yield _finding(
            severity="warning",
            message=sentence,
            command=shlex.join(("envgit", "init", "--environment", meant.environment, "--prefix", active)),
        )


def _activation(workspace: Workspace) -> str:
    """How a shell activates the first of several bound environments."""
    first = next(_each_bound(workspace)).prefix
    if Path(first, "conda-meta").is_dir():
        return f"conda activate {shlex.quote(first)}"
    return f". {shlex.quote(os.path.join(first, 'bin', 'activate'))}"


def _nothing_bound(workspace: Workspace) -> Finding:
    try:
        found = bound_environment(workspace)
    except NoEnvironment as error:
        return _finding(
            severity="broken",
            message=f"{error.message}: activate one, then bind it",
            command="envgit init",
        )
    return _finding(
        severity="warning",
        message=f"no environment is bound; {found.prefix} is recorded as long as nothing else is active",
        command=shlex.join(("envgit", "init", "--prefix", found.prefix)),
    )


def _active(workspace: Workspace) -> str | None:
    try:
        return active_prefix(workspace.environ)
    except NoEnvironment:
        return None
