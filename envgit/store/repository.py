"""Find the repository and say where its parts are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import NoRepository
from envgit.store.git import Git, GitFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """A Git repository: ``git_dir`` of this work tree, ``common_dir`` shared by all of them.

    ``work_tree`` is None in a bare repository. Paths are absolute.
    """

    git: Git
    git_dir: str
    common_dir: str
    work_tree: str | None

    @property
    def state_dir(self) -> str:
        """Where envgit keeps caches, logs and what waits to be written."""
        return os.path.join(self.common_dir, "envgit")

    @property
    def queue_dir(self) -> str:
        """Where events wait that could not be written; there only while one does."""
        return os.path.join(self.state_dir, "queue")


def main_work_tree(top: str, git_dir: str, environ: Mapping[str, str]) -> Repository:
    """The repository of a main work tree that is known already."""
    git = Git(top, environ, git_dir=git_dir)
    return Repository(git=git, git_dir=git_dir, common_dir=git_dir, work_tree=top)


def open_repository(start: str, environ: Mapping[str, str]) -> Repository:
    """The repository that ``start`` lies in, or the one that ``GIT_DIR`` names: what Git would take here.

    Git names it to its hooks where it cannot be found from the work tree (``git --git-dir=… commit``).

    Raises:
        NoRepository: there is none, or Git will not open it; the message has Git's reason.
    """
    discovering = Git(start, environ)
    discovering.environ |= {name: environ[name] for name in ("GIT_DIR", "GIT_WORK_TREE") if environ.get(name)}
    try:
        # The path comes last and alone: it may hold anything, newlines included.
        bare, _, git_dir = discovering.line(
            "rev-parse", "--is-bare-repository", "--absolute-git-dir"
        ).partition("\n")
        work_tree = None if bare == "true" else discovering.line("rev-parse", "--show-toplevel")
    except GitFailed as failed:
        if "not a git repository" in failed.stderr or not os.path.isdir(start):
            raise NoRepository(
                f"no Git repository at {start} or above it", hint="git init, then envgit init"
            ) from failed
        raise NoRepository(f"Git cannot open the repository at {start}: {failed.words}") from failed
    return Repository(
        git=Git(work_tree or git_dir, environ, git_dir=git_dir),
        git_dir=git_dir,
        common_dir=common_dir_of(git_dir),
        work_tree=work_tree,
    )


def common_dir_of(git_dir: str) -> str:
    """What all work trees share: named by the file ``commondir`` of a linked one (gitrepository-layout)."""
    try:
        with open(os.path.join(git_dir, "commondir"), encoding="utf-8", errors="surrogateescape") as file:
            return os.path.normpath(os.path.join(git_dir, file.read().rstrip("\n")))
    except FileNotFoundError:
        return git_dir


def require_work_tree(repository: Repository) -> str:
    """The top of the work tree.

    Raises:
        NoRepository: the repository is bare.
    """
    if repository.work_tree is None:
        raise NoRepository(
            f"{repository.git_dir} is a bare repository: no environment belongs to it",
            hint="run this in a clone of it",
        )
    return repository.work_tree
