"""Does a prefix equal a snapshot?"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.drift import drift
from envgit.identity import snapshot_of
from envgit.operations.binding import bound_environment
from envgit.operations.common_ground import told_of, unmet, untold
from envgit.operations.live import capture_prefix
from envgit.operations.marks import marked_at, read_mark
from envgit.operations.recovery import require_proven
from envgit.operations.revision import Revision, held_together, open_head, open_revision
from envgit.store.signatures import signature_of

if TYPE_CHECKING:
    from envgit.model import Drift, Environment, FileCheck, Grade, Graded, Snapshot, Warned
    from envgit.operations.workspace import Workspace
    from envgit.store.signatures import Signature


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoredFrom:
    """What the mark in a prefix says of its origin; ``time`` is ISO 8601, ``grade`` None while unproven."""

    snapshot: str
    grade: Grade | None
    time: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """A prefix held against a snapshot: ``drift`` leads from it to the prefix, ``files`` only if asked.

    Where the snapshot is a written list, ``drift`` is that of what it names. ``signature`` is that of the
    baseline the snapshot was named by, None where that is not signed. ``origin`` is where the prefix comes
    from, None where nothing was restored to it; it is what the prefix says. ``strayed`` are editable
    installs that run other code than was recorded, each with the reason.
    """

    revision: Revision
    prefix: Path
    same_id: bool
    drift: Drift
    strayed: tuple[Graded, ...] = ()
    files: FileCheck | None = None
    signature: Signature | None = None
    origin: RestoredFrom | None = None
    warnings: tuple[Warned, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether packages and code are the snapshot's and, where checked, no file is altered or missing."""
        return self.same_id and self._intact

    @property
    def agrees(self) -> bool:
        """Whether the prefix has all that the snapshot tells, if too little to say that it is identical."""
        return self.identical or (not self.drift and self._intact)

    @property
    def _intact(self) -> bool:
        return not self.strayed and not (self.files and (self.files.altered or self.files.missing))


def verify(
    workspace: Workspace, rev: str | None = None, *, prefix: str | None = None, files: bool = False
) -> Verified:
    """Hold a prefix (the bound one when left out) against a snapshot (HEAD's when left out).

    Args:
        workspace: the repository.
        rev: the snapshot.
        prefix: the environment to check.
        files: check every file against its recorded hash too.

    Raises:
        NotAPrefix: there is no environment at the prefix.
        Unproven, RestoreFailed: see `require_proven`.
        UnknownRevision, AmbiguousRevision, InvalidName, BadFile, NoStore: see `open_revision`.
    """
    from envgit.plan import leaves_unsaid
    from envgit.restore import strayed

    opened = open_head(workspace) if rev is None else open_revision(workspace, rev)
    revision = held_together(workspace, opened)
    path = os.path.abspath(os.path.expanduser(prefix)) if prefix else bound_environment(workspace).prefix
    require_proven(workspace, path)
    captured = capture_prefix(workspace, path)
    wanted, got = revision.snapshot.environment, captured.environment
    whole = not leaves_unsaid(wanted)
    checked = None
    if files:
        from envgit.capture.files import check_files

        checked = check_files(Path(path))
    return Verified(
        revision=revision,
        prefix=Path(path),
        same_id=_is_the_same(got, revision.snapshot, Path(path)),
        drift=drift(wanted, got) if whole else _drift_of_list(wanted, got),
        strayed=tuple(strayed(wanted, got, environ=workspace.environ)),
        files=checked,
        signature=signature_of(workspace.git, rev) if rev else None,
        origin=_origin_of(Path(path)),
        warnings=(*revision.warnings, *captured.warnings, *(() if whole else untold(revision, got))),
    )


def _drift_of_list(wanted: Environment, got: Environment) -> Drift:
    """The drift of what a written list names."""
    found = drift(*told_of(wanted, got))
    return replace(found, differences=(*found.differences, *unmet(wanted, got)))


def _is_the_same(captured: Environment, wanted: Snapshot, prefix: Path) -> bool:
    """Whether an environment is a snapshot's: by its id, or by all that an imported one tells.

    Of a distribution whose file a lock names by its hash, the proof of the restore knows which it was.
    """
    from envgit.grading import grade

    got, mark = snapshot_of(captured).id, read_mark(prefix)
    if got == wanted.id:
        return True
    graded = grade(wanted.environment, captured)
    if any(one.grade != "exact" for one in graded):
        return False
    proven = mark and (mark.snapshot, mark.captured, mark.grade) == (wanted.id, got, "exact")
    return bool(proven) or not any(one.reason for one in graded)


def _origin_of(prefix: Path) -> RestoredFrom | None:
    mark = read_mark(prefix)
    if mark is None:
        return None
    return RestoredFrom(snapshot=mark.snapshot, grade=mark.grade, time=marked_at(prefix))
