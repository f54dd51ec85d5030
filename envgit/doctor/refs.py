"""Area ``store``: are the refs readable, free and unlocked?"""

from __future__ import annotations

import itertools
import shlex
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.doctor.remotes import refetch
from envgit.operations.binding import DEFAULT
from envgit.store.leftovers import is_abandoned
from envgit.store.names import BASELINES, BRANCHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_finding = partial(Finding, area="store")
_OURS = (BRANCHES, BASELINES)


def refs(workspace: Workspace) -> Iterator[Finding]:
    """Find locks, refs that lead nowhere, and refs that are in the way of ours."""
    yield from _locks(workspace)
    yield from _unreadable(workspace)
    yield from _leading_nowhere(workspace)
    yield from _in_the_way(workspace)


def refs_of_ours(git: Git) -> dict[str, str]:
    """Object names by ref, of branches and tags of ours; no object is read, as any may be missing."""
    rows = git.line("for-each-ref", "--format=%(refname) %(objectname)", *_OURS)
    pairs = (row.rpartition(" ") for row in rows.split("\n") if row)
    return {name: target for name, _, target in pairs}


def present(git: Git, names: list[str]) -> list[str | None]:
    """What each of ``names`` means (``<tree>:<file>``, ``<ref>^{}``) as an object, None without one."""
    if not names:
        return []
    asked = "".join(f"{name}\n" for name in names).encode()
    rows = git.line("cat-file", "--batch-check=%(objectname)", stdin=asked).split("\n")
    return [None if row.endswith((" missing", " ambiguous")) else row for row in rows]


def _locks(workspace: Workspace) -> Iterator[Finding]:
    """Locks left behind, and any on refs of ours: one that all refs share may well be somebody else's."""
    common = Path(workspace.repository.common_dir)
    shared = (common / "packed-refs.lock", common / "reftable" / "tables.list.lock")
    ours = sorted(lock for folder in _OURS for lock in (common / folder).rglob("*.lock"))
    for lock in itertools.chain(shared, ours):
        remove = f"rm {shlex.quote(str(lock))}"
        if is_abandoned(str(lock)):
            yield _finding(
                severity="broken",
                message=f"{lock} was left behind {_age(lock) / 60:.0f} minutes ago: "
                "what it locks cannot be written",
                command=remove,
            )
        elif lock in ours:
            ref = lock.relative_to(common).with_suffix("").as_posix()
            yield _finding(
                severity="warning",
                message=f"{ref} is locked since {_age(lock):.0f} s; unless a Git is at it right now, "
                "remove the lock",
                command=remove,
            )


def _age(file: Path) -> float:
    """Seconds since a file was written; 0 for one that is not there (any more)."""
    try:
        return time.time() - file.lstat().st_mtime
    except OSError:
        return 0.0


def _unreadable(workspace: Workspace) -> Iterator[Finding]:
    """Refs as files without an object name in them, which a crash leaves behind and Git passes over."""
    common = Path(workspace.repository.common_dir)
    readable = refs_of_ours(workspace.git)
    for file in sorted(file for folder in _OURS for file in (common / folder).rglob("*")):
        ref = file.relative_to(common).as_posix()
        if file.suffix == ".lock" or not file.is_file() or ref in readable:
            continue
        last = _last_good(workspace, ref)
        again = f" && git update-ref {shlex.quote(ref)} {last}" if last else ""
        yield _finding(
            severity="broken",
            message=f"{ref} holds no object name: a crash cut it off",
            command=f"rm {shlex.quote(str(file))}{again}",
        )


def _leading_nowhere(workspace: Workspace) -> Iterator[Finding]:
    git = workspace.git
    names = list(refs_of_ours(git))
    # Whatever a tag of the user's names is no finding here, as long as it is there: hence no `^{commit}`.
    for ref, target in zip(names, present(git, [f"{name}^{{}}" for name in names]), strict=True):
        if target is None:
            last = _last_good(workspace, ref)
            back = shlex.join(("git", "update-ref", *((ref, last) if last else ("-d", ref))))
            yield _finding(
                severity="broken",
                message=f"{ref} leads to a commit that is not there",
                command=refetch(git) or back,
            )


def _last_good(workspace: Workspace, ref: str) -> str | None:
    """The newest commit in the reflog of a ref that is there; a tag has no reflog."""
    log = Path(workspace.repository.common_dir, "logs", ref)
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    moves = [words[1] for line in reversed(lines) if len(words := line.split(" ", 2)) == 3]
    found = present(workspace.git, [f"{commit}^{{commit}}" for commit in moves])
    return next((commit for commit in found if commit), None)


def _in_the_way(workspace: Workspace) -> Iterator[Finding]:
    """Refs of the user's: Git keeps a ref as a file, and `envgit` cannot be a file and a folder."""
    git = workspace.git
    names = [name for name, _ in workspace.settings.prefixes] or [DEFAULT]
    folders = ["refs/heads/envgit", "refs/tags/env", "refs/tags/env/auto"]
    branches = [f"{BRANCHES}{name}" for name in names]
    found = git.line("for-each-ref", "--format=%(refname)", *folders, *branches).split("\n")
    for ref in found:
        if ref in folders or any(ref.startswith(f"{branch}/") for branch in branches):
            _, kind, name = ref.split("/", 2)
            word = {"heads": "branch", "tags": "tag"}[kind]
            yield _finding(
                severity="broken",
                message=f"{word} {name} is in the way of snapshots",
                command=_moved_away(kind, name),
            )


def _moved_away(kind: str, name: str) -> str:
    old, new = shlex.quote(name), shlex.quote(f"my-{name.replace('/', '-')}")
    return f"git branch -m {old} {new}" if kind == "heads" else f"git tag {new} {old} && git tag -d {old}"
