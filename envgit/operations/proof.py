"""The proof that what stands at a prefix is what a snapshot says: captured again, graded, and marked so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envgit.errors import Conflict
from envgit.identity import snapshot_of
from envgit.operations.live import capture_prefix
from envgit.operations.marks import Mark, read_mark, stamp_of, write_mark

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Distribution, Grade, Graded, Snapshot
    from envgit.operations.workspace import Workspace


class Occupied(Conflict):
    """Something else stands at the place, or what a restore left there was changed."""


def prove(
    workspace: Workspace,
    wanted: Snapshot,
    prefix: Path,
    notes: tuple[Graded, ...] = (),
    *,
    stamp: str | None = None,
) -> tuple[Grade, tuple[Graded, ...]]:
    """Capture what was built, grade it, and mark it as proven: in its place, where all its paths lead.

    ``stamp`` is that of the environment, where it was taken just now.
    """
    from envgit.grading import grade, worst
    from envgit.restore import strayed

    # First: what is written from here on is not proven, and makes another one.
    stamp = stamp or stamp_of(prefix)
    got = capture_prefix(workspace, str(prefix)).environment
    astray = strayed(wanted.environment, got, environ=workspace.environ)
    packages = grade(wanted.environment, got, (*notes, *astray))
    proof = Mark(
        snapshot=wanted.id,
        captured=snapshot_of(got).id,
        grade=worst(packages),
        stamp=stamp,
        repository=workspace.repository.common_dir,
    )
    write_mark(prefix, proof)
    return worst(packages), packages


def prove_again(workspace: Workspace, wanted: Snapshot, prefix: Path) -> tuple[Grade, tuple[Graded, ...]]:
    """Check that a place still is what a restore of this snapshot left there.

    Raises:
        Occupied: it is not.
    """
    from envgit.grading import grade
    from envgit.restore import strayed

    mark = read_mark(prefix)
    if mark is None or mark.snapshot != wanted.id:
        raise Occupied(
            f"{prefix} exists and is no restored environment of this snapshot",
            hint="choose another place with -p or -n, or remove it",
        )
    if mark.captured is None or mark.grade is None:
        return prove(workspace, wanted, prefix)
    if is_untouched(prefix, wanted):
        return mark.grade, grade(wanted.environment, wanted.environment)
    got = capture_prefix(workspace, str(prefix)).environment
    if snapshot_of(got).id != mark.captured or _altered(prefix, mark):
        write_mark(prefix, replace(mark, spoilt=stamp_of(prefix)))
        raise Occupied(
            f"{prefix} was restored from this snapshot and changed since",
            hint=f"envgit verify {wanted.id[:12]} -p {prefix} --files shows how; "
            "remove it, or choose another place",
        )
    for astray in strayed(wanted.environment, got, environ=workspace.environ):
        raise Occupied(
            f"{prefix} was restored from this snapshot, and {astray.name} has changed since: {astray.reason}",
            hint="undo that, or choose another place with -p or -n",
        )
    return mark.grade, grade(wanted.environment, got)


def is_untouched(prefix: Path, wanted: Snapshot) -> bool:
    """Whether a place surely is what its proof found to be exact: no file was written since.

    What an editable installation leads to, outside of the prefix, can change without that.
    """
    mark = read_mark(prefix)
    return (
        mark is not None
        and mark.snapshot == mark.captured == wanted.id
        and mark.grade == "exact"
        and not any(_leads_elsewhere(d) for d in wanted.environment.pypi)
        and stamp_of(prefix) == mark.stamp
    )


def _leads_elsewhere(distribution: Distribution) -> bool:
    """Whether it is run from another repository, whose commit is part of what the environment is."""
    source = distribution.source
    return source is not None and source.editable and source.repository != "."


def _altered(prefix: Path, mark: Mark) -> bool:
    """Whether a file is not what its package brought; hashes are only taken if any file was touched."""
    from envgit.capture.files import check_files

    stamp = stamp_of(prefix)
    if stamp == mark.stamp:
        return False
    checked = check_files(prefix)
    if checked.altered or checked.missing:
        return True
    write_mark(prefix, replace(mark, stamp=stamp))  # files were added, which no package knows
    return False
