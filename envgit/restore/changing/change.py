"""An environment is turned into another one: in a clone of it, and only where the two differ."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore.changing.cloning import clone
from envgit.restore.changing.outliving import is_same, keep, outliving, strays_of
from envgit.restore.changing.recorded import recorded
from envgit.restore.changing.unlinking import left_of_packages, unlink_packages
from envgit.restore.compiling import compile_all
from envgit.restore.conda.calling import expecting
from envgit.restore.conda.layer import link_conda
from envgit.restore.conda.link_scripts import run_unlink_scripts
from envgit.restore.conda.metadata import write_metadata
from envgit.restore.faults import next_step_at, refused, refused_to
from envgit.restore.layout import layout_of
from envgit.restore.prefix.staging import remove_tree
from envgit.restore.pypi import install_pypi
from envgit.restore.pypi.uv import find_uv
from envgit.restore.relocation import overwrite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from envgit.model import Environment, Graded, Variable
    from envgit.plan import Changes
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings
    from envgit.sights import Sights

_ELSEWHERE = "rebuild it at another place: envgit checkout REV -p PREFIX"
_SHOWN = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What is to be said of single packages, and of what no package knows: where files and links are now."""

    notes: tuple[Graded, ...]
    cautions: tuple[str, ...]


def change(
    changes: Changes,
    current: Environment,
    wanted: Environment,
    *,
    seen: Sights,
    staging: Path,
    prefix: Path,
    settings: RestoreSettings,
    progress: Progress,
) -> Changed:
    """Clone the environment at ``prefix`` to ``staging`` and make the clone hold what is wanted.

    The one at ``prefix`` stays as it is, and so does all that links lead to. Files that no package knows are
    in the clone, too, under another name where a package brings one of theirs.

    Args:
        changes: what is to be done, from :func:`envgit.plan.changes_of`.
        current: what stands at ``prefix``.
        wanted: what is to stand there.
        seen: what the files at ``prefix`` look like.
        staging: from :func:`envgit.restore.staged`.
        prefix: the environment.
        settings: how and from where packages are had.
        progress: is told how far it has come.

    Raises:
        Conflict: the environment cannot be cloned, or parts that it cannot do without lie outside of it.
        ArtifactUnavailable, IntegrityError, RestoreFailed: what is wanted cannot be had, or not be put there.
    """
    strays = cache(partial(strays_of, seen, prefix))
    try:
        with _working(changes, meanwhile=strays):
            remove_tree(staging)  # of an attempt to change it to something else
            # Link scripts may write into any file, and what is linked to is the old environment's too.
            clone(seen, staging, linked=not settings.link_scripts)
            with outliving(seen, staging, prefix) as moved:
                _uninstall(changes, current, staging, settings)
                notes = _bring(
                    changes,
                    current,
                    wanted,
                    staging=staging,
                    prefix=prefix,
                    settings=settings,
                    progress=progress,
                )
                kept = keep(strays(), staging, prefix)
                _require_gone(changes, staging, prefix)
        return Changed(notes=notes, cautions=(*kept, *moved))
    except OSError as error:
        at = error.filename or prefix
        raise refused(error, at, forbidden=next_step_at(at, settings.cache)) from error


@contextmanager
def _working(changes: Changes, *, meanwhile: Callable[[], object]) -> Iterator[None]:
    """Start the worker that links packages before the clone is made: it is ready then.

    ``meanwhile`` is looked for while it links, so that it is known when it is asked for.
    """
    if changes.linked or changes.unlinked:
        with expecting(meanwhile):
            yield
    else:
        yield


def _uninstall(changes: Changes, current: Environment, staging: Path, settings: RestoreSettings) -> None:
    """Remove the distributions that do not stay; those that are replaced too, for conda's may come before."""
    staying = {distribution.name for distribution in changes.kept_distributions}
    names = [d.name for d in current.additions if d.name not in staying]
    if not names:
        return
    ran = find_uv(settings).uninstall(names, layout_of(staging).python)
    if not ran.ok:
        raise refused_to("uv", ran.output, staging) or RestoreFailed(
            f"{', '.join(names)} cannot be removed: {ran.reason}",
            hint=_ELSEWHERE,
        )


def _bring(
    changes: Changes,
    current: Environment,
    wanted: Environment,
    *,
    staging: Path,
    prefix: Path,
    settings: RestoreSettings,
    progress: Progress,
) -> tuple[Graded, ...]:
    notes: tuple[Graded, ...] = ()
    if wanted.kind == "conda":
        notes = _change_conda(
            changes, current, wanted, staging=staging, prefix=prefix, settings=settings, progress=progress
        )
    layer = replace(wanted, distributions=(*changes.installed, *changes.dropped))
    notes += install_pypi(layer, staging=staging, prefix=prefix, settings=settings, progress=progress)
    if settings.compile_bytecode:
        notes += compile_all(staging, prefix, settings=settings, progress=progress)
    return notes


def _change_conda(
    changes: Changes,
    current: Environment,
    wanted: Environment,
    *,
    staging: Path,
    prefix: Path,
    settings: RestoreSettings,
    progress: Progress,
) -> tuple[Graded, ...]:
    if settings.link_scripts:
        run_unlink_scripts(changes.unlinked, staging, settings.environ)
    unlink_packages(staging, changes.unlinked)
    wanted = replace(wanted, variables=tuple(_with_values(wanted, staging)))
    for file in ("state", "pinned"):
        (staging / "conda-meta" / file).unlink(missing_ok=True)
    notes: tuple[Graded, ...] = ()
    if changes.linked or changes.unlinked:
        notes = link_conda(
            wanted,
            staging=staging,
            prefix=prefix,
            settings=settings,
            progress=progress,
            keeps=True,
            kept={package.name for package in changes.kept},
        )
    else:
        write_metadata(wanted, staging, settings)
    _go_on_with_history(changes, current, wanted, staging=staging, prefix=prefix, settings=settings)
    kept = {package.name for package in changes.kept}
    return tuple(note for note in notes if note.name not in kept)


def _require_gone(changes: Changes, staging: Path, prefix: Path) -> None:
    """Check that of removed packages nothing is left that no other package has: its code would still run."""
    left = set(left_of_packages(changes.unlinked, prefix, staging))
    if left:  # some may be others' files by now; but what is left itself does not say whose
        same = {path for path in left if is_same(prefix / path, staging / path)}
        left -= recorded(staging, without=same)
    if left:
        shown = ", ".join(sorted(left)[:_SHOWN])
        raise RestoreFailed(
            f"{prefix} was left as it is, for files of removed packages would stay: {shown}", hint=_ELSEWHERE
        )


def _with_values(wanted: Environment, folder: Path) -> Iterator[Variable]:
    """The wanted variables; where a value was not recorded, the one that is set stays."""
    state = folder / "conda-meta/state"
    try:
        there = json.loads(state.read_bytes())["env_vars"] if state.is_file() else {}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        there = {}
    for variable in wanted.variables:
        value = there.get(variable.name) if isinstance(there, dict) else None
        unknown = variable.value is None and isinstance(value, str)
        yield replace(variable, value=value) if unknown else variable


def _go_on_with_history(
    changes: Changes,
    current: Environment,
    wanted: Environment,
    *,
    staging: Path,
    prefix: Path,
    settings: RestoreSettings,
) -> None:
    """Let the history say what happened before, and this change as its last revision (CEP 32)."""
    history = prefix / "conda-meta/history"
    if not history.is_file():  # nothing else is read: a pipe would be waited for without end
        return
    before = history.read_bytes()
    lines = [
        f"==> {settings.time.strftime('%Y-%m-%d %H:%M:%S')} <==",
        f"# cmd: {' '.join(settings.command.split())}",
        *(f"-{p.channel}/{p.subdir}::{p.dist_name}" for p in changes.unlinked),
        *(f"+{p.channel}/{p.subdir}::{p.dist_name}" for p in changes.linked),
    ]
    gone = [spec for spec in current.specs if spec not in wanted.specs]
    if gone:
        lines.append(f"# remove specs: {json.dumps(gone)}")
    if wanted.specs:
        lines.append(f"# update specs: {json.dumps(list(wanted.specs))}")
    separator = b"" if not before or before.endswith(b"\n") else b"\n"
    overwrite(
        staging / "conda-meta/history", before + separator + "".join(f"{line}\n" for line in lines).encode()
    )
