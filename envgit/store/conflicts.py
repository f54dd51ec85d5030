"""Say what stands where a ref should go, and how to go on."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from envgit.errors import Conflict
from envgit.store.git import GitFailed
from envgit.store.names import BASELINES, baseline_ref, branch_ref

if TYPE_CHECKING:
    from envgit.store.git import Git

# A ref is a file in a folder of refs: `envgit` and `envgit/default` cannot both be.
_IN_THE_WAY = re.compile(r"'(refs/[^']+)' exists; cannot create '(refs/[^']+)'")


def require_room(git: Git, environment: str) -> None:
    """Check that snapshots of a new environment could be stored, by a transaction that is not carried out.

    Raises:
        InvalidName: the logical name would not make a ref.
        Conflict: a ref of the user's is in the way.
        GitFailed: Git cannot write refs here.
    """
    branch = branch_ref(environment)
    if git.find("rev-parse", "--verify", "--quiet", branch):
        return
    try:
        # To verify without a value is to demand that there is no such ref yet.
        commands = f"start\nverify {branch}\nverify {BASELINES}auto/none\nprepare\nabort\n"
        git.run("update-ref", "--stdin", stdin=commands.encode())
    except GitFailed as failed:
        conflict = in_the_way(failed)
        if conflict is None:
            raise
        raise conflict from failed


def free_baseline(git: Git, name: str) -> str:
    """The ref for a new baseline.

    Raises:
        InvalidName: the name would not make a tag.
        Conflict: the baseline exists.
    """
    ref = baseline_ref(name)
    if git.find("rev-parse", "--verify", "--quiet", ref):
        raise exists_error(ref)
    return ref


def exists_error(ref: str) -> Conflict:
    """The error for a baseline that exists."""
    name = ref.removeprefix(BASELINES)
    return Conflict(f"baseline {name} exists", hint=f"choose another name, or: envgit tag --delete {name}")


def in_the_way(failed: GitFailed) -> Conflict | None:
    """The error for a ref that cannot live beside one that is there, None for any other failure."""
    found = _IN_THE_WAY.search(failed.stderr)
    if found is None:
        return None
    standing, wanted = found.groups()
    return Conflict(f"{_shown(standing)} is in the way of {_shown(wanted)}", hint=_way_out(standing))


def _shown(ref: str) -> str:
    for folder, kind in (("refs/heads/", "branch"), ("refs/tags/", "tag")):
        if ref.startswith(folder):
            return f"{kind} {ref.removeprefix(folder)}"
    return ref


def _way_out(standing: str) -> str:
    kind, _, name = _shown(standing).partition(" ")
    name = shlex.quote(name)
    if standing.startswith(BASELINES):
        return "choose another name"
    if kind == "tag":
        return f"git tag <another name> {name} && git tag -d {name}"
    return f"git branch -m {name} <another name>"
