"""Drift between any two environments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.drift import drift
from envgit.errors import UsageError
from envgit.operations.common_ground import common_ground, ignorance, unversioned
from envgit.operations.ranges import open_range, range_of
from envgit.operations.revision import LIVE, Revision, open_head, open_revision

if TYPE_CHECKING:
    from envgit.model import Drift, Warned
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two revisions and the drift from ``before`` to ``after``; ``warnings`` say what it leaves out."""

    before: Revision
    after: Revision
    drift: Drift
    warnings: tuple[Warned, ...] = ()

    @property
    def notes(self) -> list[str]:
        """What one may not expect: which snapshot stands for another, what is not compared."""
        stand_ins = filter(None, (self.before.note, self.after.note))
        return [*stand_ins, *(warning.message for warning in self.warnings)]


def diff(workspace: Workspace, a: str | None = None, b: str | None = None) -> Comparison:
    """Compare ``a`` (HEAD's snapshot when left out) with ``b`` (the live environment when left out).

    ``a`` alone may be a range, see `open_range`. A file that knows one layer alone is compared in that one.

    Raises:
        UnknownRevision, AmbiguousRevision, InvalidName, BadFile, NoStore, NoEnvironment: see `open_revision`.
        UsageError: a range and another REV.
    """
    before, after = _ends(workspace, a, b)
    hosts = (before.host, after.host) if before.host and after.host else None
    return Comparison(
        before=before,
        after=after,
        drift=drift(*common_ground(before, after), hosts=hosts),
        warnings=(*ignorance(before, after), *unversioned(before, after)),
    )


def _ends(workspace: Workspace, a: str | None, b: str | None) -> tuple[Revision, Revision]:
    span = range_of(a) if a is not None else None
    if span is not None and b is not None:
        raise UsageError(f"{a} is a range: it says both ends", hint=f"envgit diff {a}")
    if span is not None:
        return open_range(workspace, span)
    before = open_head(workspace) if a is None else open_revision(workspace, a)
    return before, open_revision(workspace, LIVE if b is None else b)
