"""Area ``hooks``: would a commit made in this work tree be recorded?"""

from __future__ import annotations

import os
import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor import framework
from envgit.doctor.finding import Finding
from envgit.doctor.launcher import block_in, launcher_ailments
from envgit.errors import Conflict
from envgit.githooks.events import EVENTS
from envgit.githooks.hook_config import configured_events, runs_configured_hooks
from envgit.githooks.install import hooks_folder, installed_events
from envgit.githooks.launcher import configured_command, launcher_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_finding = partial(Finding, area="hooks")
#: A hook, and what the pre-commit framework moved aside and runs first.
_PLACES = ("", ".legacy")
_SWITCHES = {
    "ENVGIT": "no hook does anything",
    "ENVGIT_HOOK": "no hook does anything",
    "ENVGIT_CHAIN": "a hook that it names does nothing",
}
#: An `exit`, or an `exec` of a program: one of redirections alone goes on.
_ENDING = re.compile(r"exit\b|exec\s+(?!\d*[<>]|[{&])")


def hooks(workspace: Workspace) -> Iterator[Finding]:
    """Find hooks that Git does not run here, that do not run envgit, or that run what is gone."""
    top, git = workspace.repository.work_tree, workspace.git
    if top is None:
        yield _finding(severity="well", message="a bare repository: no commit is made here")
        return
    yield from _switched_off(workspace.environ)
    folder = Path(git.cwd, git.line("rev-parse", "--git-path", "hooks"))
    installed = installed_events(workspace.repository)
    listed = [event for event in framework.listed_events(top) if event not in installed]
    run = [event for event in listed if framework.runs(folder, event)]
    reached = {*installed, *run}
    yield from _absent(workspace, [event for event in EVENTS if event not in reached], listed)
    configured = configured_events(git)
    yield from _ailing(git, folder, [*installed, *run], configured)
    if installed:
        where = "Git's configuration" if configured else folder
        yield _counted(installed, f"installed in {where}")
    if run:
        yield _counted(run, f"run by the pre-commit framework ({framework.CONFIG})")


def _counted(events: Sequence[str], how: str) -> Finding:
    return _finding(severity="well", message=f"{len(events)} of {len(EVENTS)} {how}")


def _switched_off(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables by which envgit and its launchers keep hooks from running twice, exported by the user."""
    for name, effect in _SWITCHES.items():
        value = environ.get(name, "")
        if value == "0" if name == "ENVGIT" else value:
            said = f"{name}={value}" if name == "ENVGIT" else name
            yield _finding(
                severity="warning", message=f"{said} is set in this shell: {effect}", command=f"unset {name}"
            )


def _absent(workspace: Workspace, absent: list[str], listed: Sequence[str]) -> Iterator[Finding]:
    """Find the events for which nothing comes to envgit, where it should."""
    try:
        folder = hooks_folder(workspace.repository)
    except Conflict as conflict:
        if absent:
            yield _not_called(workspace, conflict)
        return
    waiting = [event for event in absent if event in listed]
    if waiting:
        yield _finding(
            severity="broken",
            message=f"{framework.CONFIG} lists envgit, and no hook of the pre-commit framework runs it: "
            + ", ".join(waiting),
            command=framework.installing(waiting),
        )
    rest = [event for event in absent if event not in listed]
    if rest and "post-commit" in listed:
        message = f"the pre-commit framework does not run envgit for: {', '.join(rest)}"
        yield _finding(severity="note", message=message)
    elif rest:
        yield _not_installed(workspace.git, folder, rest)


def _not_called(workspace: Workspace, conflict: Conflict) -> Finding:
    """Hooks that are switched off, or in a folder that is not for envgit to write to."""
    reason = conflict.message.partition(";")[0]
    if runs_configured_hooks(workspace.git):  # wherever `core.hooksPath` leads
        message = f"{reason}, and no hook in Git's configuration runs envgit"
        return _finding(severity="broken", message=message, command="envgit init")
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


def _not_installed(git: Git, folder: Path, absent: Sequence[str]) -> Finding:
    foreign = [event for event in absent if os.path.lexists(folder / event)]
    if not folder.is_dir() and _hooks_path_scope(git):
        message = f"core.hooksPath leads to {folder}, which is not there: no hook runs in this work tree"
    elif len(absent) == len(EVENTS):
        message = f"no hook in {folder} runs envgit: commits are not recorded"
    else:
        message = f"no longer run envgit in {folder}: {', '.join(absent)}"
    others = f" (another tool's: {', '.join(foreign)})" if foreign else ""
    return _finding(severity="broken", message=message + others, command="envgit init")


def _ailing(git: Git, folder: Path, installed: Sequence[str], configured: Sequence[str]) -> Iterator[Finding]:
    """What ails several launchers alike is one finding."""
    ailing: dict[Finding, list[str]] = {}
    for event in installed:
        if event in configured:
            written = git.find("config", "--get", f"hook.envgit-{event}.command") or ""
            found = list(launcher_ailments(written, os.fsdecode(configured_command(event))))
        else:
            found = list(_of_files(folder, event))
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
        text = os.fsdecode(file.read_bytes())
        written = block_in(text, event)
        if written is not None:
            yield from launcher_ailments(written, os.fsdecode(launcher_block(event)))
        yield from _ended_before(text, written or f"envgit hook {event}")


def _ended_before(text: str, ours: str) -> Iterator[Finding]:
    """Find a line above ours with which the script may end; what is indented stands under a condition."""
    above, found, _ = text.partition(ours)
    lines = above.split("\n")[:-1] if found else []
    for number, line in enumerate(lines, 1):
        if _ENDING.match(line):
            message = f"line {number} ({line.strip()}) may end the hook before it comes to envgit"
            yield _finding(severity="warning", message=message)
            return
