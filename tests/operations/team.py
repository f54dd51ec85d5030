"""A team that shares a repository by way of a remote, and what its members see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.operations.workspace import Workspace, open_workspace
from envgit.store import history
from tests.builders import Repo, make_repo
from tests.store.records import git_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from envgit.operations.share import Carried

BRANCH = "refs/heads/envgit/default"
TRACKED = "refs/remotes/origin/envgit/default"


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """A bare remote which has the code, and clones of it."""

    remote: Repo
    folder: Path

    def clone(self, name: str, *options: str) -> Repo:
        path = self.folder / name
        self.remote.git("clone", "--quiet", *options, f"file://{self.remote.path}", str(path))
        return Repo(path=path)

    def add_hook(self, hook: str, script: str) -> None:
        """Let the remote run a script of its own."""
        file = self.remote.path / "hooks" / hook
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)


def make_team(tmp_path: Path) -> Team:
    """A remote in a folder of its own; nobody has cloned it yet."""
    remote = make_repo(tmp_path / "remote.git", bare=True)
    seed = make_repo(tmp_path / "seed")
    seed.git("push", "--quiet", str(remote.path), "main")
    return Team(remote=remote, folder=tmp_path)


def at(repo: Repo) -> Workspace:
    return open_workspace(repo.path)


def outcomes(carried: Iterable[Carried]) -> dict[str, str]:
    return {one.name: one.outcome for one in carried}


def versions(repo: Repo) -> list[str]:
    """What was recorded on the branch, newest first, without unions."""
    found = history.observations(git_of(repo), environment="default")
    return [o.summary.removeprefix("six ") for o in found if o.trigger != "unite"]


def everything_but_ours(repo: Repo) -> dict[str, object]:
    refs = {ref: tip for ref, tip in repo.refs().items() if "/envgit/" not in ref and "/env/" not in ref}
    index = (repo.git_dir / "index").read_bytes()
    return {"refs": refs, "index": index, "status": repo.git("status", "--porcelain"), "head": repo.head}
