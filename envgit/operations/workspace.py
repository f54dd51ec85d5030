"""What every operation starts from: the repository, its settings and the ambient state, read once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.operations.glance import Glance
from envgit.store.git import Git
from envgit.store.repository import Repository, main_work_tree, open_repository
from envgit.store.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """One repository as seen from one process.

    ``tolerant`` where it only looks on: what is not right is noted, and left as it is. ``problems`` are of
    settings that mean nothing, ``glance`` is what was seen just before.
    """

    repository: Repository
    settings: Settings
    environ: Mapping[str, str]
    home: Path
    tolerant: bool = False
    problems: tuple[str, ...] = ()
    glance: Glance = field(default_factory=Glance)

    @property
    def git(self) -> Git:
        """The runner for this repository's plumbing."""
        return self.repository.git

    @property
    def cache(self) -> Path:
        """Where restored environments and package caches live, shared by all repositories of a user."""
        return _cache(self.settings, self.environ)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """The ambient state outside of any repository: there is a cache, which is shared by all of them."""

    cache: Path
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Code:
    """A commit of the user's own code: object names of the commit and of its tree."""

    commit: str
    tree: str


def open_workspace(
    path: str | os.PathLike[str] = ".",
    *,
    environ: Mapping[str, str] | None = None,
    tolerant: bool = False,
    glance: Glance | None = None,
) -> Workspace:
    """Find the repository that ``path`` lies in.

    Args:
        path: any folder in it.
        environ: this process's own when left out.
        tolerant: whether a setting that means nothing is taken for its default, and the problem noted;
            what a killed checkout left is not put right.
        glance: what need not be asked again, at the top of a main work tree.

    Raises:
        NoRepository: there is none.
        BadSetting: an ``envgit.*`` setting of Git's configuration means nothing.
    """
    environ = os.environ if environ is None else environ
    glance = glance or Glance()
    if glance.top is not None:
        repository = main_work_tree(glance.top, glance.git_dir, environ)
    else:
        repository = open_repository(os.path.abspath(path), environ)
    problems: list[str] = []
    return Workspace(
        repository=repository,
        settings=read_settings(
            repository.git, printed=glance.settings, problems=problems if tolerant else None
        ),
        environ=environ,
        home=Path(environ.get("HOME") or os.path.expanduser("~")),
        tolerant=tolerant,
        problems=tuple(problems),
        glance=glance,
    )


def open_outside(path: str | os.PathLike[str], environ: Mapping[str, str]) -> Outside:
    """The ambient state of a folder that is in no repository; settings are the user's own."""
    settings = read_settings(Git(os.path.abspath(path), environ), problems=[])
    return Outside(cache=_cache(settings, environ), environ=environ)


def _cache(settings: Settings, environ: Mapping[str, str]) -> Path:
    configured = settings.cache or environ.get("ENVGIT_CACHE")
    if configured:
        return Path(configured).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("envgit")


def head_code(git: Git) -> Code | None:
    """The commit that HEAD stands at, None before the first."""
    found = git.find("log", "--max-count=1", "--format=%H %T", "HEAD", "--")
    if found is None:
        return None
    commit, tree = found.split()
    return Code(commit=commit, tree=tree)
