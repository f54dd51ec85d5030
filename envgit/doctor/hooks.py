"""Area ``hooks``: would a commit made in this work tree be recorded?"""

from __future__ import annotations

import os
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.doctor.launcher import ailments
from envgit.errors import Conflict
from envgit.githooks.events import EVENTS
from envgit.githooks.install import hooks_folder, installed_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_finding = partial(Finding, area="hooks")


def hooks(workspace: Workspace) -> Iterator[Finding]:
    """Find hooks that Git does not run here, that do not run envgit, or that run what is gone."""
    if workspace.repository.work_tree is None:
        yield _finding(severity="well", message="a bare repository: no commit is made here")
        return
    if workspace.environ.get("ENVGIT") == "0":
        yield _finding(
            severity="warning",
            message="ENVGIT=0 is set in this shell: no hook does anything",
            command="unset ENVGIT",
        )
    try:
        folder = hooks_folder(workspace.repository)
    except Conflict as conflict:
        yield from _elsewhere(workspace, conflict)
        return
    installed = installed_events(workspace.repository)
    yield from _not_installed(workspace, folder, installed)
    yield from _ailing(folder, installed)
    if installed:
        yield _finding(severity="well", message=f"{len(installed)} of {len(EVENTS)} installed in {folder}")


def _not_installed(workspace: Workspace, folder: Path, installed: Sequence[str]) -> Iterator[Finding]:
    absent = [event for event in EVENTS if event not in installed]
    if not folder.is_dir() and _configured(workspace.git):
        yield _finding(
            severity="broken",
            message=f"core.hooksPath leads to {folder}, which is not there: no hook runs here",
            command="envgit init",
        )
    elif len(absent) == len(EVENTS):
        yield _finding(
            severity="broken",
            message=f"envgit has no hook in {folder}: commits are not recorded",
            command="envgit init",
        )
    elif absent:
        foreign = [event for event in absent if os.path.lexists(folder / event)]
        others = f"; {', '.join(foreign)} now belongs to another tool" if foreign else ""
        yield _finding(
            severity="broken",
            message=f"{', '.join(absent)} in {folder} does not run envgit{others}",
            command="envgit init",
        )


def _ailing(folder: Path, installed: Sequence[str]) -> Iterator[Finding]:
    """What ails several launchers alike is one finding."""
    events: dict[Finding, list[str]] = {}
    for event in installed:
        for finding in ailments(folder, event):
            events.setdefault(finding, []).append(event)
    for finding, ailing in events.items():
        which = ", ".join(ailing) if len(ailing) < len(EVENTS) else "every hook"
        yield _finding(
            severity=finding.severity, message=f"{which}: {finding.message}", command=finding.command
        )


def _elsewhere(workspace: Workspace, conflict: Conflict) -> Iterator[Finding]:
    """Hooks that are switched off, or in a folder that other repositories share."""
    scope, path = _configured(workspace.git) or ("", "")
    if path in ("", os.devnull):
        own = os.path.join(workspace.repository.common_dir, "hooks")
        unset = ("git", "config", f"--{scope}", "--unset-all", "core.hooksPath")
        here = ("git", "config", "core.hooksPath", own)
        command = shlex.join(unset if scope in ("local", "worktree") else here)
        yield _finding(severity="broken", message=conflict.message, command=command)
        return
    silent = [event for event in EVENTS if not _runs_envgit(Path(path, event), event)]
    if silent:
        yield _finding(
            severity="broken",
            message=f"core.hooksPath is {path}, outside this repository, and {', '.join(silent)} there "
            "does not run envgit; add the lines that this prints",
            command="envgit init --manual --no-snapshot",
        )
    else:
        yield _finding(severity="well", message=f"called by the hooks in {path}")


def _configured(git: Git) -> tuple[str, str] | None:
    """Scope and value of ``core.hooksPath``, None where it is not set."""
    found = git.run(
        "config", "--null", "--show-scope", "--type=path", "--get", "core.hooksPath", accept=(0, 1)
    )
    scope, _, path = os.fsdecode(found).rstrip("\0").partition("\0")
    return (scope, path) if scope else None


def _runs_envgit(hook: Path, event: str) -> bool:
    # The gate is opted in to, and its hook is no part of what `init --manual` prints.
    return event == "pre-commit" or (hook.is_file() and f"envgit hook {event}".encode() in hook.read_bytes())
