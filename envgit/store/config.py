"""Write into a repository's own configuration, while others may do the same."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from envgit.errors import Conflict
from envgit.store.git import GitFailed
from envgit.store.leftovers import is_abandoned, remove
from envgit.store.transaction import Patience

if TYPE_CHECKING:
    from envgit.store.git import Git

_LOCKED = re.compile(r"could not lock config file (.+): File exists")


def bind(git: Git, environment: str, prefix: str) -> None:
    """Bind a logical environment name to a prefix, in this repository's own configuration."""
    change_config(git, "--replace-all", f"envgit.{environment}.prefix", prefix)


def change_config(git: Git, *arguments: str, accept: tuple[int, ...] = (0,)) -> None:
    """Change this repository's own configuration, when whoever is at it is done.

    Raises:
        GitFailed: it cannot be written.
        Conflict: somebody's lock on it stays.
    """
    patience = Patience()
    while True:
        try:
            git.run("config", "--local", *arguments, accept=accept)
        except GitFailed as failed:
            locked = _LOCKED.search(failed.stderr)
            if locked is None:
                raise
            lock = f"{os.path.join(git.cwd, locked[1])}.lock"
            if is_abandoned(lock):
                remove(lock)
            elif not patience.lasts(lock):
                raise Conflict(
                    f"{locked[1]} is locked: another Git writes to it, or was killed",
                    hint=f"if none is running: {shlex.join(('rm', lock))}",
                ) from failed
        else:
            return
