"""Ask a repository what was observed: all of it, by code commit, or where an observation comes from."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from envgit.errors import BadFile, NoStore
from envgit.store.cataloguing import read_catalogue
from envgit.store.names import BASELINES, BRANCHES, is_automatic, is_baseline
from envgit.store.walk import commit_at

if TYPE_CHECKING:
    from envgit.model import Observation
    from envgit.store.git import Git
    from envgit.store.sightings import Sighting

_REMOTE_BRANCHES = "refs/remotes/**/envgit/"


def sightings(git: Git, *, environment: str | None = None) -> list[Sighting]:
    """All sightings newest first, of one environment or of all; those too that could observe nothing."""
    known = read_catalogue(git).timeline()
    return [s for s in known if environment in (None, s.observation.environment)]


def observations(git: Git, *, environment: str | None = None) -> list[Observation]:
    """Observations newest first, of one environment or of all that this clone knows."""
    return [s.observation for s in sightings(git, environment=environment) if s.observed]


def newest(git: Git, environment: str | None = None) -> Observation | None:
    """The newest observation recorded here, or else fetched, of one environment or of any."""
    return read_catalogue(git).newest(environment)


def observation_at(git: Git, commit: str) -> Observation | None:
    """The observation that a snapshot commit holds, None when the commit is none of ours."""
    from envgit.store.layout import MANIFEST

    try:
        found = commit_at(git, commit).sighting
    except BadFile:
        return None  # a tag can name a tree
    if found is None or found.unobserved:
        return None
    # A commit of code may quote the trailers of a snapshot; it does not have the files of one.
    held = git.line("ls-tree", "--name-only", found.observation.tree, "--", MANIFEST)
    return found.observation if held else None


def observation_of(git: Git, commit: str) -> Observation:
    """The observation that a commit of ours holds.

    Raises:
        BadFile: the commit is none of ours.
    """
    found = observation_at(git, commit)
    if found is None:
        raise BadFile(f"commit {commit[:12]} holds no snapshot")
    return found


def linked(git: Git, code_commit: str) -> Observation | None:
    """The newest observation of a code commit; a rewritten commit inherits its original's."""
    return read_catalogue(git).linked(code_commit)


def links(git: Git) -> dict[str, Observation]:
    """Every linked code commit with its newest observation; rewritten commits inherit their originals'."""
    return read_catalogue(git).links()


def source(git: Git, observation: Observation) -> str:
    """Where an observation comes from that is on no branch of this repository; empty when it is on one."""
    if read_catalogue(git).holds_ours(observation.commit):
        return ""
    containing = (f"--contains={observation.commit}", "--format=%(refname)")
    refs = git.line("for-each-ref", *containing, f"{_REMOTE_BRANCHES}*", BASELINES).split("\n")
    for remote in git.line("remote").split("\n"):
        if any(ref.startswith(f"refs/remotes/{remote}/envgit/") for ref in refs):
            return f"recorded by {remote}"
    tags = (ref.removeprefix(BASELINES) for ref in refs if ref.startswith(BASELINES))
    name = next((tag for tag in tags if is_baseline(tag) or is_automatic(tag)), None)
    return f"known from the tag env/{name} alone" if name else "not recorded here"


def nearest_linked(git: Git, code_commit: str, environment: str | None = None) -> Observation | None:
    """The observation of the nearest first-parent ancestor that has one, the commit itself included.

    Only those of one environment count where it is named.
    """
    known = read_catalogue(git).links(environment)
    if not known:
        return None
    ancestors = git.run("rev-list", "--first-parent", code_commit, accept=(0, 128)).decode().split()
    return next((known[ancestor] for ancestor in ancestors if ancestor in known), None)


def require_store(git: Git) -> None:
    """Check that there is any snapshot.

    Raises:
        NoStore: there is none yet.
    """
    refs = (BRANCHES, BASELINES, f"{_REMOTE_BRANCHES}*")
    if git.line("for-each-ref", "--count=1", "--format=%(refname)", *refs):
        return
    hint = "envgit init"
    remotes = git.line("remote").split("\n")
    if remotes[0]:  # cloned without them (--depth, --single-branch), or from before there were any
        remote = "origin" if "origin" in remotes else remotes[0]
        specs = (f"{BRANCHES}*:refs/remotes/{remote}/envgit/*", f"{BASELINES}*:{BASELINES}*")
        command = shlex.join(("git", "fetch", remote, *specs))
        hint = f"{command} if they are there, envgit init if there are none"
    raise NoStore("this repository holds no snapshots yet", hint=hint)
