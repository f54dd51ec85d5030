"""Compare the live environment with what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.drift import drift
from envgit.operations.binding import bound_environment
from envgit.operations.live import capture_live
from envgit.operations.revision import Revision, open_head

if TYPE_CHECKING:
    from envgit.model import Drift, Warned
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
    """Compare the live environment with the snapshot of HEAD, see `open_head`.

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
