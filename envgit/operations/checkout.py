"""Rebuild the environment of a snapshot and prove that it is the same."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envgit.errors import Conflict, RestoreFailed
from envgit.identity import snapshot_of
from envgit.operations.host import current_host
from envgit.operations.live import capture_prefix
from envgit.operations.places import cached_place, named_place
from envgit.operations.revision import Revision, open_revision

if TYPE_CHECKING:
    from envgit.model import Grade, Graded, Plan
    from envgit.operations.workspace import Workspace
    from envgit.restore import Progress, RestoreSettings

#: Left in a restored prefix: which snapshot it was made from and what it was when it was finished.
MARKER = ".envgit-restored.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """A snapshot's environment in a prefix. ``reused`` when it stood there already; times in seconds."""

    snapshot: str
    prefix: Path
    grade: Grade
    packages: tuple[Graded, ...]
    cautions: tuple[str, ...]
    seconds: float
    reused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What a checkout will do."""

    revision: Revision
    prefix: Path
    plan: Plan


def prepare(
    workspace: Workspace, rev: str, *, name: str | None = None, prefix: str | None = None
) -> Prepared:
    """Find out what a checkout of ``rev`` would do; changes nothing.

    Args:
        workspace: the repository.
        rev: what to rebuild.
        name: rebuild it as a named environment.
        prefix: rebuild it at this path; without both, at the cache place named after the snapshot's id.

    Raises:
        UnknownRevision, AmbiguousRevision, InvalidName, BadFile: see `open_revision`.
    """
    from envgit import restore
    from envgit.plan import plan

    revision = open_revision(workspace, rev)
    environment = revision.snapshot.environment
    if prefix is not None:
        target = Path(os.path.abspath(os.path.expanduser(prefix)))
    elif name is not None:
        target = named_place(name, environment, home=workspace.home, environ=workspace.environ)
    else:
        target = cached_place(workspace.cache, revision.snapshot)
    return Prepared(
        revision=revision,
        prefix=target,
        plan=plan(
            environment,
            host=current_host(workspace),
            observed=revision.host,
            cached=restore.cached(environment, _settings(workspace)),
        ),
    )


def checkout(
    workspace: Workspace, prepared: Prepared, *, offline: bool = False, progress: Progress | None = None
) -> Restored:
    """Rebuild an environment aside, move it into place, capture it again and grade it.

    A place that holds just this snapshot, as an earlier checkout left it, is used again. The cache place is
    envgit's own: what was changed there since is set aside.

    Raises:
        Conflict: something else stands at the prefix.
        ArtifactUnavailable, IntegrityError, RestoreFailed: it cannot be rebuilt; nothing is left behind.
    """
    from envgit import restore
    from envgit.grading import grade, worst

    began = time.monotonic()
    wanted, prefix = prepared.revision.snapshot, prepared.prefix
    cautions = prepared.plan.cautions
    if _occupied(prefix):
        try:
            return _reused(workspace, prepared, began)
        except Conflict:
            if prefix != cached_place(workspace.cache, wanted):
                raise
            cautions = (*cautions, f"what stood there had been changed and is now {_set_aside(prefix)}")
    if prepared.plan.blockers:
        raise RestoreFailed(
            f"{prepared.revision.label} cannot be restored: " + "; ".join(prepared.plan.blockers)
        )
    settings = _settings(workspace, offline=offline, command=f"envgit checkout {wanted.id[:12]}")
    with restore.staged(prefix) as staging:
        notes = restore.build(
            wanted.environment,
            staging=staging,
            prefix=prefix,
            settings=settings,
            progress=progress or restore.Silent(),
        )
        restore.place(staging, prefix)
    # Only here do all its paths lead where they should: an editable install names its folder.
    got = capture_prefix(workspace, str(prefix)).environment
    packages = grade(wanted.environment, got, notes)
    _mark(prefix, wanted.id, snapshot_of(got).id, worst(packages))
    unregistered = None
    if wanted.environment.kind == "conda" and not prefix.is_relative_to(workspace.cache):
        # What lies in the cache is nobody's environment; all others conda should know and list.
        unregistered = restore.register(prefix, workspace.home)
    return Restored(
        snapshot=wanted.id,
        prefix=prefix,
        grade=worst(packages),
        packages=packages,
        cautions=(*cautions, *((unregistered.message,) if unregistered else ())),
        seconds=time.monotonic() - began,
    )


def _settings(workspace: Workspace, *, offline: bool = False, command: str = "") -> RestoreSettings:
    from envgit.restore import RestoreSettings

    return RestoreSettings(
        cache=workspace.cache,
        home=workspace.home,
        environ=workspace.environ,
        offline=offline,
        link_scripts=workspace.settings.link_scripts,
        mirrors=workspace.settings.mirrors,
        repository=Path(workspace.repository.work_tree) if workspace.repository.work_tree else None,
        command=command,
    )


def _reused(workspace: Workspace, prepared: Prepared, began: float) -> Restored:
    from envgit.grading import grade

    wanted, prefix = prepared.revision.snapshot, prepared.prefix
    left = _read_mark(prefix)
    if left is None or left["snapshot"] != wanted.id:
        raise Conflict(
            f"{prefix} exists and is no restored environment of this snapshot",
            hint="choose another place with -p or -n, or remove it",
        )
    got = capture_prefix(workspace, str(prefix)).environment
    if snapshot_of(got).id != left["captured"]:
        raise Conflict(
            f"{prefix} was restored from this snapshot and changed since",
            hint=f"envgit verify {wanted.id[:12]} -p {prefix} shows how; remove it, or choose another place",
        )
    return Restored(
        snapshot=wanted.id,
        prefix=prefix,
        grade=left["grade"],
        packages=grade(wanted.environment, got),
        cautions=(),
        seconds=time.monotonic() - began,
        reused=True,
    )


def _set_aside(prefix: Path) -> Path:
    """Rename what stands at a cache place; nothing that somebody put there is lost."""
    number = 1
    while (aside := prefix.with_name(f"{prefix.name}.changed-{number}")).exists():
        number += 1
    return prefix.rename(aside)


def _occupied(prefix: Path) -> bool:
    try:
        return any(prefix.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError as error:
        raise Conflict(f"{prefix} is a file", hint="choose another place with -p or -n") from error


def _mark(prefix: Path, snapshot: str, captured: str, grade: Grade) -> None:
    facts = {"snapshot": snapshot, "captured": captured, "grade": grade}
    (prefix / MARKER).write_text(json.dumps(facts) + "\n")


def _read_mark(prefix: Path) -> dict[str, Any] | None:
    try:
        mark = json.loads((prefix / MARKER).read_text())
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) and {"snapshot", "captured", "grade"} <= mark.keys() else None
