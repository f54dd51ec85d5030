"""The Python API: each verb with the repository's folder as ``path`` (the current one when left out).

Every function raises `envgit.errors.EnvgitError` and its kinds for what can be expected to fail.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envgit import doctor as _doctor
from envgit.githooks import init as _init
from envgit.githooks import install as _install
from envgit.operations import checkout as _checkout
from envgit.operations import clean as _clean
from envgit.operations import diff as _diff
from envgit.operations import export as _export
from envgit.operations import importing as _importing
from envgit.operations import in_place as _in_place
from envgit.operations import log as _log
from envgit.operations import run as _run
from envgit.operations import share as _share
from envgit.operations import snapshot as _snapshot
from envgit.operations import status as _status
from envgit.operations import tag as _tag
from envgit.operations import verify as _verify
from envgit.operations.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from envgit.doctor import Finding
    from envgit.formats.writing import Snippet, Written
    from envgit.githooks.init import Initialised
    from envgit.operations.checkout import Restored
    from envgit.operations.clean import Cleaning
    from envgit.operations.diff import Comparison
    from envgit.operations.export import Exported
    from envgit.operations.importing import Imported
    from envgit.operations.log import LogEntry, Shown
    from envgit.operations.share import Shared
    from envgit.operations.sighting import Recorded
    from envgit.operations.status import Status
    from envgit.operations.tag import Baseline
    from envgit.operations.verify import Verified

    Folder = str | os.PathLike[str]


def init(
    *,
    prefix: str | None = None,
    environment: str = "default",
    first_snapshot: bool = True,
    path: Folder = ".",
) -> Initialised:
    """Bind an environment (the active one when left out), install the hook layer, take a first snapshot."""
    return _init.init(
        open_workspace(path), prefix=prefix, environment=environment, first_snapshot=first_snapshot
    )


def uninstall(*, path: Folder = ".") -> tuple[Path, ...]:
    """Remove the hook layer, keep every snapshot; returns the places where it was."""
    return _install.uninstall(open_workspace(path).repository)


def snapshot(
    *,
    message: str = "",
    tag: str | None = None,
    prefix: str | None = None,
    resolve: bool = False,
    patch: bool = False,
    path: Folder = ".",
) -> Recorded:
    """Record the live environment now; ``tag`` names it as a baseline in the same step.

    ``resolve`` asks package indexes which wheels are installed, ``patch`` keeps uncommitted changes of
    editable installs.
    """
    return _snapshot.snapshot(
        open_workspace(path),
        message=message,
        tag=tag,
        prefix=prefix,
        resolve_within=_snapshot.PATIENT if resolve else None,
        patch=patch,
    )


def tag(
    name: str,
    rev: str | None = None,
    *,
    message: str = "",
    sign: bool = False,
    resolve: bool = True,
    path: Folder = ".",
) -> Baseline:
    """Name a snapshot as a baseline; without ``rev`` the environment as it is now.

    ``resolve`` lets package indexes be asked which wheels are installed.
    """
    return _tag.tag(open_workspace(path), name, rev, message=message, sign=sign, resolve=resolve)


def untag(name: str, *, path: Folder = ".") -> str:
    """Remove a baseline's name, keep the snapshot; returns the snapshot commit."""
    return _tag.untag(open_workspace(path), name)


def baselines(*, path: Folder = ".") -> list[Baseline]:
    """All baselines by name."""
    return _tag.baselines(open_workspace(path))


def log(*, limit: int | None = None, everything: bool = False, path: Folder = ".") -> list[LogEntry]:
    """Sightings newest first, runs of unchanged ones folded."""
    return _log.log(open_workspace(path), limit=limit, everything=everything)


def show(rev: str | None = None, *, path: Folder = ".") -> Shown:
    """One snapshot, HEAD's when ``rev`` is left out."""
    return _log.show(open_workspace(path), rev)


def status(*, path: Folder = ".") -> Status:
    """The live environment against the snapshot of HEAD."""
    return _status.status(open_workspace(path))


def diff(a: str | None = None, b: str | None = None, *, path: Folder = ".") -> Comparison:
    """Drift from ``a`` (HEAD's snapshot when left out) to ``b`` (the live environment when left out)."""
    return _diff.diff(open_workspace(path), a, b)


def checkout(
    rev: str,
    *,
    name: str | None = None,
    prefix: str | None = None,
    in_place: bool = False,
    yes: bool = False,
    offline: bool = False,
    engine: str | None = None,
    allow_substitutes: bool = False,
    path: Folder = ".",
) -> Restored:
    """Rebuild a snapshot's environment and grade it; at a cache place unless another one is named."""
    workspace = open_workspace(path)
    prepared = _checkout.prepare(
        workspace,
        rev,
        name=name,
        prefix=prefix,
        in_place=in_place,
        offline=offline,
        engine=engine,
        allow_substitutes=allow_substitutes,
    )
    if in_place:
        return _in_place.check_out_in_place(workspace, prepared, yes=yes)
    return _checkout.checkout(workspace, prepared)


def run(rev: str, command: Sequence[str], *, offline: bool = False, path: Folder = ".") -> int:
    """Run a command in a snapshot's environment, rebuilt to the cache when needed; its exit code."""
    ready = _run.make_ready(open_workspace(path), rev, offline=offline)
    return _run.run_inside(ready.prefix, command, os.environ)


def verify(
    rev: str | None = None, *, prefix: str | None = None, files: bool = False, path: Folder = "."
) -> Verified:
    """Hold a prefix (the bound one) against a snapshot (HEAD's); ``files`` checks every file's hash too."""
    return _verify.verify(open_workspace(path), rev, prefix=prefix, files=files)


def clean(*, dry_run: bool = False, path: Folder = ".") -> Cleaning:
    """What lies in the cache and no baseline needs; it is removed, unless this is a dry run."""
    workspace = open_workspace(path)
    found = _clean.find_unneeded(workspace)
    if not dry_run:
        _clean.clean(workspace, found)
    return found


def diagnose(*, path: Folder = ".") -> tuple[Finding, ...]:
    """Look over hooks, binding, store and settings: what is not in order, each with what mends it."""
    return _doctor.diagnose(open_workspace(path, tolerant=True))


def export(rev: str, format_: Written | Snippet, *, path: Folder = ".") -> Exported:
    """A snapshot as another tool's file, or as a text that restores it, with what that cannot hold."""
    return _export.export(open_workspace(path), rev, format_)


def import_file(
    file: str | os.PathLike[str],
    *,
    tag: str | None = None,
    message: str = "",
    platform: str = "",
    environment: str = "",
    channels: Sequence[str] = (),
    path: Folder = ".",
) -> Imported:
    """Record the environment that somebody's file tells, apart from what was seen, and name it."""
    return _importing.import_file(
        open_workspace(path),
        file,
        tag=tag,
        message=message,
        platform=platform,
        environment=environment,
        channels=channels,
    )


def push(remote: str | None = None, *, path: Folder = ".") -> Shared:
    """Unite with what a remote has, and push snapshots and baselines, never by force."""
    return _share.push(open_workspace(path), remote)


def pull(remote: str | None = None, *, path: Folder = ".") -> Shared:
    """Fetch snapshots and baselines and unite them with those recorded here."""
    return _share.pull(open_workspace(path), remote)
