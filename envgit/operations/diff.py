"""Drift between any two environments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.drift import drift
from envgit.operations.revision import LIVE, Revision, open_head, open_revision

if TYPE_CHECKING:
    from envgit.model import Drift
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two revisions and the drift from ``before`` to ``after``."""

    before: Revision
    after: Revision
    drift: Drift


def diff(workspace: Workspace, a: str | None = None, b: str | None = None) -> Comparison:
    """Compare ``a`` (HEAD's snapshot when left out) with ``b`` (the live environment when left out).

    Raises:
        UnknownRevision, AmbiguousRevision, InvalidName, BadFile, NoStore, NoEnvironment: see `open_revision`.
    """
    before = open_head(workspace) if a is None else open_revision(workspace, a)
    after = open_revision(workspace, LIVE if b is None else b)
    hosts = (before.host, after.host) if before.host and after.host else None
    return Comparison(
        before=before,
        after=after,
        drift=drift(before.snapshot.environment, after.snapshot.environment, hosts=hosts),
    )
