"""Compare the live environment with what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.drift import drift, summarise_between
from envgit.operations.binding import bound_environment
from envgit.operations.live import capture_live, mark_of, recall
from envgit.operations.revision import Revision, open_head
from envgit.store import contents, history
from envgit.store.baselines import tags_by_commit
from envgit.store.resolve import observed_with

if TYPE_CHECKING:
    from envgit.model import Drift, Observation, Warned
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The live environment against the snapshot of HEAD. ``notes`` say what a user may not expect."""

    environment: str
    prefix: str
    live: str
    recorded: Revision
    drift: Drift
    notes: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether the live environment is the recorded one: the same id."""
        return self.live == self.recorded.snapshot.id


def status(workspace: Workspace) -> Status:
    """Compare the live environment with the snapshot of HEAD.

    Raises:
        NoStore: nothing was recorded yet.
        NoEnvironment, NotAPrefix: there is no live environment.
    """
    binding = bound_environment(workspace)
    recorded = open_head(workspace)
    live = capture_live(workspace, binding)
    return Status(
        environment=binding.environment,
        prefix=binding.prefix,
        live=live.snapshot.id,
        recorded=recorded,
        drift=drift(recorded.snapshot.environment, live.snapshot.environment),
        notes=tuple(note for note in (recorded.note, binding.note) if note),
        warnings=live.warnings,
    )


def advice(workspace: Workspace, code_commit: str) -> str | None:
    """For a commit just checked out: one line when it ran in another environment than the live one.

    None when it is the same, or when the commit was never recorded.
    """
    observation = observed_with(workspace.git, code_commit)
    if observation is None:
        return None
    binding = bound_environment(workspace)
    last = recall(workspace, binding)
    if last and last.snapshot == observation.snapshot and last.mark == mark_of(workspace, binding):
        return None
    live = capture_live(workspace, binding).snapshot
    if live.id == observation.snapshot:
        return None
    recorded = contents.read_snapshot(workspace.git, observation)
    changes = summarise_between(live.environment, recorded.environment)
    details = "; ".join(filter(None, (changes, history.source(workspace.git, observation))))
    return (
        f"this commit ran in another environment ({details}); "
        f"to bring it back: envgit checkout {_name_of(workspace, observation)}"
    )


def _name_of(workspace: Workspace, observation: Observation) -> str:
    """The shortest word that brings an observation back, fit for a shell: a baseline's name, else its id."""
    import shlex

    names = tags_by_commit(workspace.git, automatic=False).get(observation.commit, ())
    return shlex.quote(names[0]) if names else observation.snapshot[:12]
