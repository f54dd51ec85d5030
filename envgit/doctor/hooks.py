"""Area ``hooks``: would a commit made in this work tree be recorded?"""

from __future__ import annotations

import os
import shlex
from functools import partial
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.doctor.launcher import block_in, launcher_ailments
from envgit.errors import Conflict
from envgit.githooks.events import EVENTS
from envgit.githooks.hook_config import configured_events
from envgit.githooks.install import hooks_folder, installed_events
from envgit.githooks.launcher import configured_command, launcher_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_finding = partial(Finding, area="hooks")
#: A hook, and what the pre-commit framework moved aside and runs first.
_PLACES = ("", ".legacy")


def hooks(workspace: Workspace) -> Iterator[Finding]:
    """Find hooks that Git does not run here, that do not run envgit, or that run what is gone."""
    if workspace.repository.work_tree is None:
        yield _finding(severity="well", message="a bare repository: no commit is made here")
        return
    if workspace.environ.get("ENVGIT") == "0":
        message = "ENVGIT=0 is set in this shell: no hook does anything"
        yield _finding(severity="warning", message=message, command="unset ENVGIT")
    installed = installed_events(workspace.repository)
    absent = [event for event in EVENTS if event not in installed]
    folder: Path | None = None
    try:
        folder = hooks_folder(workspace.repository)
    except Conflict as conflict:
        if absent:
            yield _not_called(workspace, conflict)
    else:
        yield from _not_installed(workspace.git, folder, absent)
    configured = configured_events(workspace.git)
    yield from _ailing(workspace.git, folder, installed, configured)
    if installed:
        where = "Git's configuration" if configured else str(folder or "hooks that others keep")
        message = f"{len(installed)} of {len(EVENTS)} installed in {where}"
        yield _finding(severity="well", message=message)


def _not_called(workspace: Workspace, conflict: Conflict) -> Finding:
    """Hooks that are switched off, or in a folder that is not for envgit to write to."""
    reason = conflict.message.partition(";")[0]
    if conflict.hint.startswith("git config"):
        return _finding(severity="broken", message=reason, command=_switched_on(workspace))
    return _finding(
        severity="broken",
        message=f"{reason}, and hooks there do not run envgit; add the lines that this prints",
        command="envgit init --manual --no-snapshot",
    )


def _switched_on(workspace: Workspace) -> str:
    """Take ``core.hooksPath`` away, or set it for this repository alone where it is not this one's."""
    scope = _hooks_path_scope(workspace.git)
    if scope in ("local", "worktree"):
        return shlex.join(("git", "config", f"--{scope}", "--unset-all", "core.hooksPath"))
    own = os.path.join(workspace.repository.common_dir, "hooks")
    return shlex.join(("git", "config", "core.hooksPath", own))


def _hooks_path_scope(git: Git) -> str | None:
    """Where ``core.hooksPath`` is set, None where it is not."""
    found = git.find("config", "--show-scope", "--get", "core.hooksPath")
    return found.split("\t")[0] if found else None


def _not_installed(git: Git, folder: Path, absent: Sequence[str]) -> Iterator[Finding]:
    if not absent:
        return
    foreign = [event for event in absent if os.path.lexists(folder / event)]
    if not folder.is_dir() and _hooks_path_scope(git):
        message = f"core.hooksPath leads to {folder}, which is not there: no hook runs in this work tree"
    elif len(absent) == len(EVENTS):
        message = f"no hook in {folder} runs envgit: commits are not recorded"
    else:
        message = f"no longer run envgit in {folder}: {', '.join(absent)}"
    others = f" (another tool's: {', '.join(foreign)})" if foreign else ""
    yield _finding(severity="broken", message=message + others, command="envgit init")


def _ailing(
    git: Git, folder: Path | None, installed: Sequence[str], configured: Sequence[str]
) -> Iterator[Finding]:
    """What ails several launchers alike is one finding."""
    ailing: dict[Finding, list[str]] = {}
    for event in installed:
        if event in configured:
            written = git.find("config", "--get", f"hook.envgit-{event}.command") or ""
            found = list(launcher_ailments(written, os.fsdecode(configured_command(event))))
        else:
            found = list(_of_files(folder, event)) if folder else []
        for finding in found:
            ailing.setdefault(finding, []).append(event)
    for finding, events in ailing.items():
        which = ", ".join(events) if len(events) < len(EVENTS) else "every hook"
        message = f"{which}: {finding.message}"
        yield _finding(severity=finding.severity, message=message, command=finding.command)


def _of_files(folder: Path, event: str) -> Iterator[Finding]:
    for file in (folder / (event + place) for place in _PLACES):
        if not file.is_file():
            continue
        if not os.access(file, os.X_OK):
            message, command = (
                "not executable, so that Git passes it over",
                f"chmod +x {shlex.quote(str(file))}",
            )
            yield _finding(severity="broken", message=message, command=command)
        written = block_in(os.fsdecode(file.read_bytes()), event)
        if written is not None:
            yield from launcher_ailments(written, os.fsdecode(launcher_block(event)))
