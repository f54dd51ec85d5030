"""Rebuild the environment of a snapshot and prove that it is the same."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import Conflict, RestoreFailed
from envgit.operations.binding import bound_environment
from envgit.operations.host import current_host
from envgit.operations.live import capture_prefix
from envgit.operations.marks import Mark, write_mark
from envgit.operations.patches import patches_of
from envgit.operations.places import cached_places, named_place
from envgit.operations.proof import Occupied, prove, prove_again
from envgit.operations.repositories import note_repository
from envgit.operations.restore_settings import restore_settings
from envgit.operations.revision import Revision, held_together, open_revision
from envgit.operations.room import room_for
from envgit.operations.stand_ins import build_faithfully

if TYPE_CHECKING:
    from envgit.model import Environment, Grade, Graded, Host, Plan, Warned
    from envgit.operations.workspace import Workspace
    from envgit.restore import Progress, RestoreSettings


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
    """What a checkout will do, and how.

    ``in_cache`` when no place was named: another may be taken if it is spoilt. ``in_place`` when the bound
    environment is to become the snapshot's.
    """

    revision: Revision
    prefix: Path
    plan: Plan
    settings: RestoreSettings
    host: Host
    in_cache: bool = False
    in_place: bool = False


def prepare(
    workspace: Workspace,
    rev: str | Revision,
    *,
    name: str | None = None,
    prefix: str | None = None,
    in_place: bool = False,
    offline: bool = False,
    engine: str | None = None,
    allow_substitutes: bool = False,
) -> Prepared:
    """Find out what a checkout of ``rev`` would do; changes nothing but what a killed one left in halves.

    Args:
        workspace: the repository.
        rev: what to rebuild.
        name: rebuild it as a named environment.
        prefix: rebuild it at this path.
        in_place: let the bound environment become it; without any of the three it is rebuilt in the cache,
            at the place named after the snapshot's id.
        offline: use caches and local files only.
        engine: what installs conda packages, where that is not to be what is configured.
        allow_substitutes: let something else stand in where what was recorded cannot be had.

    Raises:
        NoEnvironment: nothing is bound that could become it.
        UnknownRevision, AmbiguousRevision, InvalidName, BadFile: see `open_revision`.
    """
    from envgit import restore
    from envgit.plan import plan

    revision = rev if isinstance(rev, Revision) else open_revision(workspace, rev)
    environment = revision.snapshot.environment
    if not in_place:
        restore.announce_conda(environment, workspace.cache)
    revision = held_together(workspace, revision)
    if in_place:
        target = Path(bound_environment(workspace).prefix)
        restore.recover(target)
    elif prefix is not None:
        target = Path(os.path.abspath(os.path.expanduser(prefix)))
    elif name is not None:
        target = named_place(name, environment, home=workspace.home, environ=workspace.environ)
    else:
        target = next(cached_places(workspace.cache, revision.snapshot))
    settings = restore_settings(
        workspace,
        offline=offline,
        engine=engine,
        allow_substitutes=allow_substitutes,
        command=f"envgit checkout {revision.snapshot.id[:12]}",
        patches=patches_of(workspace, revision),
        code=revision.observation.code_commit if revision.observation else None,
    )
    origins = restore.available(environment, settings)
    host = current_host(workspace)
    return Prepared(
        revision=revision,
        prefix=target,
        settings=settings,
        host=host,
        in_cache=not in_place and prefix is None and name is None,
        in_place=in_place,
        plan=plan(
            environment,
            host=host,
            observed=revision.host,
            origins=origins,
            supply=restore.supply_of(environment, settings),
            current=_standing(workspace, target) if in_place else None,
            prefix=str(target),
            room=room_for(target, cache=workspace.cache, origins=origins),
            solves=not in_place,
            offline=offline,
        ),
    )


def _standing(workspace: Workspace, prefix: Path) -> Environment | None:
    """The environment at a prefix, None where nothing is."""
    return capture_prefix(workspace, str(prefix)).environment if os.path.lexists(prefix) else None


def cloned(prepared: Prepared) -> frozenset[str]:
    """The names of editable installs that will run from clones: their folders are not as recorded."""
    from envgit import restore

    sources = {d.name: d.source for d in prepared.revision.snapshot.environment.additions}
    return frozenset(
        name
        for name, source in sources.items()
        if source and source.editable and restore.is_cloned(source, prepared.settings)
    )


def checkout(workspace: Workspace, prepared: Prepared, *, progress: Progress | None = None) -> Restored:
    """Rebuild an environment aside, move it into place, capture it again and grade it.

    A place that holds just this snapshot, as an earlier checkout left it, is used again; a restore that was
    interrupted before its proof is proven now. A place in the cache that was changed since is left as it
    is, for something may run in it, and the next one is taken.

    Raises:
        Conflict: something else stands at the prefix.
        ArtifactUnavailable, IntegrityError, RestoreFailed: it cannot be rebuilt; nothing is left behind.
    """
    from envgit.restore import Silent, clear, exclusive

    began = time.monotonic()
    progress = progress or Silent()
    note_repository(workspace.cache, workspace.repository.common_dir)
    wanted, cautions = prepared.revision.snapshot, prepared.plan.cautions
    places = cached_places(workspace.cache, wanted) if prepared.in_cache else iter((prepared.prefix,))
    for prefix in places:
        with exclusive(prefix, cache=workspace.cache, progress=progress):
            try:
                reused = _occupied(prefix)
                if reused:
                    clear(prefix)
                    grade, packages = prove_again(workspace, wanted, prefix)
                else:
                    notes = _build(prepared, prefix, progress)
                    grade, packages = prove(workspace, wanted, prefix, notes)
            except Occupied as occupied:
                if not prepared.in_cache:
                    raise
                cautions = (*cautions, f"{occupied.message}; it was left as it is")
                continue
        unregistered = None
        if wanted.environment.kind == "conda" and not prepared.in_cache:
            # What lies in the cache is nobody's environment; all others conda should know and list.
            unregistered = _register(prefix, workspace)
        return Restored(
            snapshot=wanted.id,
            prefix=prefix,
            grade=grade,
            packages=packages,
            cautions=(
                *cautions,
                *reservations(packages),
                *((unregistered.message,) if unregistered else ()),
            ),
            seconds=time.monotonic() - began,
            reused=reused,
        )
    raise AssertionError("there is always a next place in the cache")


def _build(prepared: Prepared, prefix: Path, progress: Progress) -> tuple[Graded, ...]:
    """Build the environment aside and move it into place, marked as not yet proven."""
    from envgit import restore
    from envgit.plan import lists_wishes

    wanted = prepared.revision.snapshot
    if prepared.plan.blockers:
        reasons = "; ".join(prepared.plan.blockers)
        raise RestoreFailed(f"{prepared.revision.label} cannot be restored: {reasons}")
    settings = replace(prepared.settings, resolve=lists_wishes(wanted.environment))
    with restore.staged(prefix) as staging:
        notes = build_faithfully(
            wanted.environment,
            partial(restore.build, staging=staging, prefix=prefix, settings=settings, progress=progress),
            host=prepared.host,
            settings=settings,
            progress=progress,
        )
        write_mark(staging, Mark(snapshot=wanted.id))
        restore.place(staging, prefix)
    return notes


def reservations(packages: tuple[Graded, ...]) -> list[str]:
    """What is to be said of packages that came back exactly: a script that did not run, a hash not known."""
    return [f"{one.name}: {one.reason}" for one in packages if one.grade == "exact" and one.reason]


def _register(prefix: Path, workspace: Workspace) -> Warned | None:
    from envgit.restore import register

    return register(prefix, workspace.home)


def _occupied(prefix: Path) -> bool:
    try:
        return any(prefix.iterdir())
    except FileNotFoundError:
        return False
    except NotADirectoryError as error:
        raise Conflict(f"{prefix} is a file", hint="choose another place with -p or -n") from error
    except OSError as error:
        raise RestoreFailed(f"nothing can be restored to {prefix}: {error.strerror}") from error
