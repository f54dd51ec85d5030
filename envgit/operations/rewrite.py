"""Link commits that Git rewrote to what their originals are linked to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.store import contents, history, trailers
from envgit.store.append import Entry, append

if TYPE_CHECKING:
    from envgit.operations.workspace import Workspace
    from envgit.store.append import Tip


def link_rewritten(workspace: Workspace, pairs: list[tuple[str, str]]) -> None:
    """Append one commit for a whole rebase: each ``(old, new)`` pair as a trailer.

    The new commits ran nowhere yet, so this is no sighting: the branch keeps its tree, and a look-up of the
    new commit follows to the old one. Originals from before envgit have nothing to hand on.
    """
    known = history.links(workspace.git)
    by_environment: dict[str, list[tuple[str, str]]] = {}
    for old, new in pairs:
        if old in known and new not in known:
            by_environment.setdefault(known[old].environment, []).append((old, new))
    for environment, links in by_environment.items():
        # A clone has no branch of its own yet: it begins with what the last original ran in.
        tree = known[links[-1][0]].tree
        append(workspace.git, environment, _Links(workspace, environment, links, tree).entry_on)


class _Links:
    def __init__(
        self, workspace: Workspace, environment: str, links: list[tuple[str, str]], first_tree: str
    ) -> None:
        self.workspace = workspace
        self.environment = environment
        self.links = links
        self.first_tree = first_tree

    def entry_on(self, tip: Tip | None) -> Entry:
        tree, snapshot = self._standing(tip)
        count = len(self.links)
        return Entry(
            tree=tree,
            summary=f"unchanged, {count} commit{'s' if count > 1 else ''} rewritten",
            trailers=(
                (trailers.SNAPSHOT, snapshot),
                (trailers.ENVIRONMENT, self.environment),
                (trailers.TRIGGER, "post-rewrite"),
                *((trailers.REWRITTEN, f"{old} {new}") for old, new in self.links),
            ),
        )

    def _standing(self, tip: Tip | None) -> tuple[str, str]:
        """The tree that stays, and the id of its snapshot."""
        git = self.workspace.git
        if tip is not None:
            with suppress(BadFile):  # the branch began with what could not be observed
                return tip.tree, contents.snapshot_in(git, tip.tree).id
        return self.first_tree, contents.snapshot_in(git, self.first_tree).id
