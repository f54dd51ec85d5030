"""What is seen of an environment, and how it is written to its branch."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.operations.host import current_host
from envgit.operations.live import Remembered, capture_live, mark_of, recall, remember, state_of
from envgit.operations.unchanged import Kept, circumstances_of, kept_file
from envgit.store import trailers
from envgit.store.append import Entry, Tip, append, is_whole, read_tip, write_tree
from envgit.store.files import replace_file
from envgit.store.names import BASELINES, branch_ref
from envgit.store.surroundings import LIST_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.model import Snapshot, Warned
    from envgit.operations.binding import Binding
    from envgit.operations.workspace import Code, Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What recording an environment gave.

    ``commit`` is the snapshot commit and ``tree`` its tree, ``tag`` the name given to it (without ``env/``),
    ``changed`` whether the environment differs from the one recorded before it.
    """

    snapshot: str
    commit: str
    tree: str
    environment: str
    tag: str | None
    changed: bool
    conda: int
    pypi: int
    summary: str
    warnings: tuple[Warned, ...] = ()
    note: str = ""

    @property
    def remarks(self) -> str:
        """What to say of the environment in a line, besides how it changed; as a rule nothing."""
        said = [self.note] if self.note else []
        said += (warned.message for warned in self.warnings[:1])
        if self.warnings[1:]:
            said.append(f"{len(self.warnings) - 1} more warnings: envgit snapshot")
        return "; ".join(said)

    def noting(self, *notes: str) -> Recorded:
        """The same, with more to say."""
        return replace(self, note="; ".join(filter(None, (self.note, *notes))))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """An environment as it was seen, not yet linked to anything.

    ``files`` are those of its ``snapshot`` where the repository may not have them yet; else ``last`` names
    their tree. ``state`` is that of the prefix, from before it was looked at. What waited in the queue has no
    ``binding``: nothing here says where it was seen. ``lasting`` tells whether it would be seen alike again
    while nothing changes.
    """

    last: Remembered
    files: Mapping[str, bytes]
    snapshot: Snapshot | None = None
    binding: Binding | None = None
    state: str = ""
    lasting: bool = True


def observe(workspace: Workspace, binding: Binding) -> Sighting:
    """Look at an environment: what is remembered of it while nothing changed, else it is captured.

    Raises:
        NotAPrefix: there is no environment, or only half of one.
    """
    state = state_of(workspace, binding)
    mark = mark_of(workspace, binding, state=state)
    last = recall(workspace, binding)
    if last is not None and last.mark == mark and is_whole(workspace.git, last.tree):
        return Sighting(binding=binding, state=state, last=last, files={})
    live = capture_live(workspace, binding)
    from envgit.formats.manifest import encode_host
    from envgit.store.layout import OBSERVATION, files_of

    last = Remembered(
        mark=mark,
        environment=binding.environment,
        snapshot=live.snapshot.id,
        tree="",
        conda=len(live.snapshot.environment.conda),
        pypi=len(live.snapshot.environment.additions),
        warnings=tuple((warned.kind, warned.message) for warned in live.warnings),
    )
    files = files_of(live.snapshot, name=binding.environment)
    files[OBSERVATION] = encode_host(current_host(workspace))
    return Sighting(binding=binding, state=state, last=last, files=files, snapshot=live.snapshot)


def write_sighting(
    workspace: Workspace,
    sighting: Sighting,
    *,
    trigger: str,
    code: Code | None,
    message: str = "",
    baseline: str | None = None,
    seen: int | None = None,
) -> Recorded:
    """Append a sighting to its branch.

    Args:
        workspace: the repository.
        sighting: what was seen.
        trigger: what caused it.
        code: the commit that ran in the environment.
        message: a text of the user's.
        baseline: the ref of a baseline to create in the same transaction.
        seen: seconds since the epoch; now when left out.

    Raises:
        EnvgitError: the repository cannot be written to, or the baseline was created by somebody else.
    """
    git = workspace.git if seen is None else workspace.git.dated(seen)
    binding, remembered = sighting.binding, sighting.last
    if sighting.files:
        tree = write_tree(git, sighting.files, workspace.repository.state_dir)
        sighting = replace(sighting, last=replace(sighting.last, tree=tree))
    recorder = _Recorder(workspace, sighting, trigger=trigger, message=message, baseline=baseline, code=code)
    appended = append(git, sighting.last.environment, recorder.entry_on)
    last = recorder.last
    if binding is not None and sighting.lasting and last != remembered:
        remember(workspace, binding, last)
    return Recorded(
        snapshot=last.snapshot,
        commit=appended.commit,
        tree=last.tree,
        environment=last.environment,
        tag=appended.tag.removeprefix(BASELINES) if appended.tag else None,
        changed=recorder.changed,
        conda=last.conda,
        pypi=last.pypi,
        summary=recorder.summary,
        warnings=_warnings(last),
        note="; ".join(filter(None, (binding.note if binding else "", appended.note))),
    )


def keep(workspace: Workspace, sighting: Sighting, recorded: Recorded) -> None:
    """Keep what was just recorded of the bound environment, for the commits that will change nothing."""
    repository, binding = workspace.repository, sighting.binding
    plain = repository.git_dir == os.path.join(repository.work_tree or "", ".git")
    if binding is None or workspace.problems or not plain or not sighting.lasting:
        return
    settings = workspace.glance.settings
    if settings is None:
        settings = workspace.git.run(*LIST_SETTINGS, accept=(0, 1))
    kept = Kept(
        circumstances=circumstances_of(workspace.environ, settings),
        state=sighting.state,
        deadline=str(workspace.settings.deadline),
        prefix=binding.prefix,
        environment=binding.environment,
        branch=branch_ref(binding.environment),
        tree=recorded.tree,
        snapshot=recorded.snapshot,
        words=recorded.remarks,
    )
    with suppress(OSError):  # it spares time, and no more
        replace_file(kept_file(repository.git_dir), kept.encode())


def _warnings(last: Remembered) -> tuple[Warned, ...]:
    if not last.warnings:
        return ()  # as a rule, and then no commit has to load the nouns
    from envgit.model import Warned

    return tuple(Warned(kind=kind, message=message) for kind, message in last.warnings)


class _Recorder:
    """Makes the entry for a tip, as often as the tip moves, and keeps what it said the last time."""

    def __init__(
        self,
        workspace: Workspace,
        sighting: Sighting,
        *,
        trigger: str,
        message: str,
        baseline: str | None,
        code: Code | None,
    ) -> None:
        self.workspace = workspace
        self.sighting = sighting
        self.trigger = trigger
        self.message = message
        self.baseline = baseline
        self.code = code
        self.last = sighting.last
        self.changed = False
        self.summary = ""
        self.tree = ""
        self.written: Mapping[str, bytes] = {}

    def entry_on(self, tip: Tip | None) -> Entry:
        self.changed, self.summary = self._news(tip)
        lines = [
            (trailers.SNAPSHOT, self.last.snapshot),
            (trailers.ENVIRONMENT, self.last.environment),
            (trailers.TRIGGER, self.trigger),
        ]
        if self.code:
            lines += [(trailers.CODE_COMMIT, self.code.commit), (trailers.CODE_TREE, self.code.tree)]
        automatic = self.changed and self.workspace.settings.autotag
        return Entry(
            tree=self.last.tree,
            summary=self.summary,
            body=self.message,
            trailers=tuple(lines),
            light_tag=self._automatic_tag() if automatic else None,
            baseline=(self.baseline, self.message or self.summary) if self.baseline else None,
        )

    def _news(self, tip: Tip | None) -> tuple[bool, str]:
        """Whether the environment differs from the tip's, and how, in a line; settles the tree, too."""
        self.last = self.sighting.last
        if tip is not None and tip.tree == self.last.tree:
            return False, "unchanged"
        from envgit.drift import summarise_between, summarise_environment

        now = seen_snapshot(self.workspace, self.sighting)
        before = readable_snapshot(self.workspace, tip.tree) if tip else None
        if now is not None and before is not None:
            self._keep_locators(now, before)
        if tip is not None and tip.tree == self.last.tree:
            return False, "unchanged"
        if now is None:
            return True, "snapshot"
        if before is None:
            return True, summarise_environment(now.environment)
        told = summarise_between(before.environment, now.environment)
        if before.id != now.id:
            return True, told
        beside = "host" if before.environment == now.environment else "locators"
        return False, f"unchanged (other {beside})" if told == "unchanged" else told

    def _keep_locators(self, now: Snapshot, before: Snapshot) -> None:
        """Have the tree tell what was found out before of where things came from."""
        files = located(self.workspace, self.sighting, now, known=before).files
        if files == self.sighting.files:
            return
        if files != self.written:  # the tip may move often, and seldom to other locators
            self.tree = write_tree(self.workspace.git, files, self.workspace.repository.state_dir)
            self.written = files
        self.last = replace(self.last, tree=self.tree)

    def _automatic_tag(self) -> str:
        day = time.strftime("%Y-%m-%d", time.gmtime())
        return f"{BASELINES}auto/{day}-{self.last.snapshot[:8]}"


def seen_snapshot(workspace: Workspace, sighting: Sighting) -> Snapshot | None:
    """The snapshot of a sighting, None where what was recorded of it cannot be read."""
    if sighting.snapshot is not None:
        return sighting.snapshot
    if not sighting.files:
        return readable_snapshot(workspace, sighting.last.tree)
    from envgit.formats.manifest import decode_manifest
    from envgit.store.layout import MANIFEST

    try:
        return decode_manifest(sighting.files.get(MANIFEST, b""), where=MANIFEST)
    except BadFile:
        return None


def latest_snapshot(workspace: Workspace, sighting: Sighting) -> Snapshot | None:
    """The snapshot of a sighting with the locators that its branch knows, None where it cannot be read."""
    now = seen_snapshot(workspace, sighting)
    tip = read_tip(workspace.git, sighting.last.environment)
    known = readable_snapshot(workspace, tip.tree) if tip else None
    if now is None or known is None:
        return now
    return located(workspace, sighting, now, known=known).snapshot or now


def readable_snapshot(workspace: Workspace, tree: str) -> Snapshot | None:
    """The snapshot in a tree, None where it cannot be read."""
    from envgit.store.contents import snapshot_in

    try:
        return snapshot_in(workspace.git, tree)
    except BadFile:
        return None  # written by a newer envgit, or damaged: `envgit show` says so; a commit goes on


def located(workspace: Workspace, sighting: Sighting, now: Snapshot, *, known: Snapshot) -> Sighting:
    """The same sighting with what ``known`` tells of where things came from; itself where that is nothing."""
    from envgit.operations.locators import keep_locators

    environment = keep_locators(now.environment, known.environment)
    if environment is now.environment:
        return sighting
    return showing(workspace, sighting, replace(now, environment=environment))


def showing(workspace: Workspace, sighting: Sighting, snapshot: Snapshot) -> Sighting:
    """The same sighting, told by a snapshot that knows more of where things came from."""
    from envgit.formats.manifest import encode_host
    from envgit.store.layout import OBSERVATION, files_of

    # Where nothing was captured, neither did the host change.
    files = dict(sighting.files) or {OBSERVATION: encode_host(current_host(workspace))}
    files |= files_of(snapshot, name=sighting.last.environment)
    return replace(sighting, snapshot=snapshot, files=files, last=replace(sighting.last, tree=""))
