"""What a repository needs of the cache: what its baselines name, and what is in use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.operations.places import cached_places
from envgit.restore.stock import package_folder
from envgit.store import contents, history
from envgit.store.baselines import tags_by_commit
from envgit.store.git import Git
from envgit.store.resolve import observed_with
from envgit.store.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.model import Observation, Snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What has to stay in a cache.

    ``environments`` are names of places, without the number of a second one; ``packages`` folders of conda
    packages; ``wheels`` hex SHA-256 of distributions' files; ``prefixes`` environments that are bound.
    """

    environments: frozenset[str] = frozenset()
    packages: frozenset[Path] = frozenset()
    wheels: frozenset[str] = frozenset()
    prefixes: frozenset[Path] = frozenset()

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            environments=self.environments | other.environments,
            packages=self.packages | other.packages,
            wheels=self.wheels | other.wheels,
            prefixes=self.prefixes | other.prefixes,
        )


def needs_of(common_dir: str, environ: Mapping[str, str], cache: Path) -> Needs:
    """What one repository needs of ``cache``.

    That is what its baselines name, what belongs to the HEAD of each of its work trees, and what was last
    recorded of the environments that are bound to it.

    Args:
        common_dir: the Git folder that all work trees of the repository share.
        environ: variables to start Git with.
        cache: envgit's cache folder.

    Raises:
        GitFailed, BadFile: it cannot be read, so nobody can tell.
    """
    git = Git(common_dir, environ, git_dir=common_dir)
    bound = read_settings(git, problems=[]).prefixes
    found = {seen.tree: seen for seen in _observations(git, [name for name, _ in bound])}
    snapshots = [contents.read_snapshot(git, observation) for observation in found.values()]
    packages = (package for snapshot in snapshots for package in snapshot.environment.conda)
    return Needs(
        environments=frozenset(next(cached_places(cache, snapshot)).name for snapshot in snapshots),
        packages=frozenset(package_folder(package, cache) for package in packages),
        wheels=frozenset(sha for snapshot in snapshots for sha in _wheels(snapshot)),
        prefixes=frozenset(Path(os.path.realpath(prefix)) for _, prefix in bound if os.path.isabs(prefix)),
    )


def _observations(git: Git, environments: list[str]) -> Iterator[Observation]:
    for commit in tags_by_commit(git, automatic=False):
        named = history.observation_at(git, commit)
        if named is not None:
            yield named
    heads = _heads(git)
    for environment in environments or (None,):
        for head in heads:
            seen = observed_with(git, head, environment) or history.nearest_linked(git, head, environment)
            if seen is not None:
                yield seen
        newest = history.newest(git, environment)
        if newest is not None:
            yield newest


def _heads(git: Git) -> list[str]:
    """The commit that each work tree stands at."""
    lines = git.line("worktree", "list", "--porcelain").split("\n")
    heads = {line.removeprefix("HEAD ") for line in lines if line.startswith("HEAD ")}
    return sorted(head for head in heads if head.strip("0"))


def _wheels(snapshot: Snapshot) -> Iterator[str]:
    for distribution in snapshot.environment.pypi:
        for known in (distribution.file, distribution.source):
            if known is not None and known.sha256:
                yield known.sha256
