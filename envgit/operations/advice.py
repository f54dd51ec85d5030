"""After a checkout: did the commit run in another environment than the live one, and what is that called?"""

from __future__ import annotations

from dataclasses import dataclass

from envgit.operations.binding import bound_environment
from envgit.operations.live import capture_live, mark_of, recall
from envgit.operations.revision import one_of_several
from envgit.store import contents, history
from envgit.store.resolve import observed_with

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from envgit.model import Observation
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """A commit that ran in another environment than the live one.

    ``snapshot`` is that environment's, ``rev`` a short word for it that fits a shell, ``details`` says how
    it differs and who recorded it, ``ours`` whether that was this repository.
    """

    snapshot: str
    rev: str
    details: str
    ours: bool

    @property
    def advice(self) -> str:
        """What to tell the user, in a line."""
        return (
            f"this commit ran in another environment ({self.details}); "
            f"to bring it back: envgit checkout {self.rev}"
        )


def ran_elsewhere(workspace: Workspace, code_commit: str) -> Elsewhere | None:
    """Compare a commit's environment with the live one; None where they are the same, or nothing is known.

    Of several environments it is the live one's that counts, where the commit was recorded in it.

    Raises:
        NoEnvironment, NotAPrefix: there is no live environment.
        BadFile: the commit's snapshot is damaged.
    """
    git, environment = workspace.git, one_of_several(workspace)
    observation = observed_with(git, code_commit, environment)
    if observation is None and environment is not None:
        observation = observed_with(git, code_commit)
    if observation is None:
        return None
    binding = bound_environment(workspace)
    last = recall(workspace, binding)
    if last and last.snapshot == observation.snapshot and last.mark == mark_of(workspace, binding):
        return None
    live = capture_live(workspace, binding).snapshot
    if live.id == observation.snapshot:
        return None
    from envgit.drift import summarise_between

    other = "" if observation.environment == binding.environment else observation.environment
    recorded = contents.read_snapshot(git, observation)
    changes = summarise_between(live.environment, recorded.environment)
    source = history.source(git, observation)
    return Elsewhere(
        snapshot=observation.snapshot,
        rev=_name_of(workspace, observation),
        details="; ".join(filter(None, (other, changes, source))),
        ours=not source,
    )


def _name_of(workspace: Workspace, observation: Observation) -> str:
    """The shortest word that brings an observation back: a baseline's name, else its id."""
    import shlex

    from envgit.store.baselines import tags_by_commit

    names = tags_by_commit(workspace.git, automatic=False).get(observation.commit, ())
    return shlex.quote(names[0]) if names else observation.snapshot[:12]
