"""The gate: whether the live environment is what was accepted, by a snapshot and by the project's own file.

While neither the environment nor the file changed, the verdict of the last time is used again.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache

from envgit.operations.binding import DEFAULT, bound_environment
from envgit.operations.live import capture_live, mark_of, recall
from envgit.store import contents, history
from envgit.store.append import read_tip
from envgit.store.files import replace_file

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.model import Snapshot
    from envgit.operations.binding import Binding
    from envgit.operations.workspace import Workspace

#: What a project's file may be called, at the top of its work tree; conda's own name first.
_NAMES = ("environment.yml", "environment.yaml")
_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the project's file asks for and the environment has not.

    It holds for one ``mark`` of the environment and one ``blob`` of the file. ``note`` says why the file
    could not be compared.
    """

    mark: str
    blob: str
    file: str
    unmet: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drifted:
    """How the environment differs from the last snapshot (empty where it does not), and from the file."""

    since_last: str
    verdict: Verdict | None

    @property
    def unmet(self) -> tuple[str, ...]:
        """What the project's file asks for and the environment has not."""
        return self.verdict.unmet if self.verdict else ()

    def __bool__(self) -> bool:
        return bool(self.since_last or self.unmet)


def drifted(workspace: Workspace) -> Drifted:
    """Compare the live environment with its last snapshot, and with the file as it is about to be committed.

    Raises:
        NoEnvironment, NotAPrefix: there is no live environment.
        BadFile: the last snapshot is damaged.
    """
    binding = bound_environment(workspace)
    mark = mark_of(workspace, binding)

    @cache
    def live() -> Snapshot:
        return capture_live(workspace, binding).snapshot

    # Of several environments the file describes one, and which one nothing but a custom tells.
    described = binding.environment == DEFAULT or len(workspace.settings.prefixes) < 2
    return Drifted(
        since_last=_since_last(workspace, binding, mark, live),
        verdict=_verdict(workspace, mark, live) if described else None,
    )


def refusal(drifted: Drifted, *, folder: str = "") -> str:
    """Say what differs and how to go on, a line each; ``folder`` is where the user is, from the top."""
    lines = ["nothing was committed: the environment is not what was accepted (envgit.gate is drift)"]
    if drifted.since_last:
        lines += [f"since the last snapshot: {drifted.since_last}", "  to accept this: envgit snapshot"]
    if drifted.verdict and drifted.unmet:
        more = f", and {len(drifted.unmet) - _NAMED} more" if drifted.unmet[_NAMED:] else ""
        file = os.path.relpath(drifted.verdict.file, folder or ".")
        lines += [
            f"{drifted.verdict.file} asks for {', '.join(drifted.unmet[:_NAMED])}{more}",
            f"  to accept this: envgit show live --file environment.yml > {file} && git add {file}",
        ]
    lines.append(
        "to commit once all the same: git commit --no-verify; or, not to be recorded: ENVGIT=0 git commit"
    )
    return "\n".join(lines)


def _since_last(workspace: Workspace, binding: Binding, mark: str, live: Callable[[], Snapshot]) -> str:
    tip = read_tip(workspace.git, binding.environment)
    last = recall(workspace, binding)
    if tip is None or (last and last.tree == tip.tree and last.mark == mark):
        return ""
    newest = history.newest(workspace.git, binding.environment)
    if newest is None or newest.snapshot == live().id:  # None: what was recorded could not be observed
        return ""
    from envgit.drift import summarise_between

    recorded = contents.read_snapshot(workspace.git, newest)
    return summarise_between(recorded.environment, live().environment)


def _verdict(workspace: Workspace, mark: str, live: Callable[[], Snapshot]) -> Verdict | None:
    staged = _staged_file(workspace)
    if staged is None:
        return None
    file, blob = staged
    memory = os.path.join(workspace.repository.state_dir, "gate.json")
    kept = _recalled(memory)
    if kept and (kept.mark, kept.blob, kept.file) == (mark, blob, file):
        return kept
    verdict = _judged(workspace, Verdict(mark=mark, blob=blob, file=file), live)
    with suppress(OSError):  # it spares time, and no more
        replace_file(memory, json.dumps(asdict(verdict)))
    return verdict


def _judged(workspace: Workspace, verdict: Verdict, live: Callable[[], Snapshot]) -> Verdict:
    from dataclasses import replace

    from envgit.errors import BadFile
    from envgit.formats.declared import unmet

    content = workspace.git.run("cat-file", "blob", verdict.blob)
    try:
        return replace(verdict, unmet=unmet(content, live().environment, where=verdict.file))
    except BadFile as error:
        return replace(verdict, note=error.message)


def _staged_file(workspace: Workspace) -> tuple[str, str] | None:
    """Name and object name of the project's file as it is about to be committed, None without one."""
    git = workspace.git.at(workspace.git.cwd)
    index = workspace.environ.get("GIT_INDEX_FILE")
    if index:  # `git commit -a` and `git commit FILE` prepare an index of their own
        git.environ["GIT_INDEX_FILE"] = index
    staged = {}
    for row in os.fsdecode(git.run("ls-files", "-z", "--stage", "--", *_NAMES)).split("\0")[:-1]:
        facts, _, name = row.partition("\t")
        mode, blob, stage = facts.split(" ")
        if mode.startswith("100") and stage == "0":  # a plain file, and no conflict
            staged[name] = blob
    return next(((name, staged[name]) for name in _NAMES if name in staged), None)


def _recalled(memory: str) -> Verdict | None:
    try:
        with open(memory, encoding="utf-8") as file:
            kept = json.load(file)
        return Verdict(**{**kept, "unmet": tuple(kept["unmet"])})
    except (OSError, ValueError, LookupError, TypeError):
        return None  # whatever is wrong with it, the environment and the file have the answer
