"""Say honestly in the store that a commit was made while its environment could not be observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.operations.binding import DEFAULT
from envgit.store import trailers
from envgit.store.append import Entry, append, read_tip

if TYPE_CHECKING:
    from envgit.operations.workspace import Code, Workspace
    from envgit.store.append import Tip

# What is shared says why in general words: the error itself names folders of this machine.
_REASONS = {
    "no-environment": "no environment was bound or active, or it could not be told which one was meant",
    "not-a-prefix": "there was no whole environment at the bound prefix",
    "unproven": "it was being changed by a checkout that had not proven it",
    "deadline": "reading it took too long",
    "interrupted": "reading it was interrupted",
}


def reason_of(error: Exception) -> str:
    """Why an environment could not be observed, in words that may be shared."""
    return _REASONS.get(getattr(error, "kind", ""), "reading it failed")


def expected_environment(workspace: Workspace) -> str | None:
    """The branch on which a commit is missed that was not recorded; None where nothing is recorded at all."""
    bound = [name for name, _ in workspace.settings.prefixes]
    if len(bound) == 1:
        return bound[0]
    recorded = read_tip(workspace.git, DEFAULT) is not None
    return DEFAULT if recorded or bound else None


def write_unobserved(
    workspace: Workspace,
    environment: str,
    reason: str,
    *,
    trigger: str,
    code: Code,
    seen: int | None = None,
) -> None:
    """Append that a commit was made, and why its environment is not known.

    The branch keeps its tree: nothing is said of the environment.

    Raises:
        EnvgitError: the repository cannot be written to.
    """
    git = workspace.git if seen is None else workspace.git.dated(seen)
    lines = (
        (trailers.UNOBSERVED, reason),
        (trailers.ENVIRONMENT, environment),
        (trailers.TRIGGER, trigger),
        (trailers.CODE_COMMIT, code.commit),
        (trailers.CODE_TREE, code.tree),
    )

    def entry_on(tip: Tip | None) -> Entry:
        tree = tip.tree if tip else git.line("mktree")
        return Entry(tree=tree, summary="environment not observed", trailers=lines)

    append(git, environment, entry_on)
