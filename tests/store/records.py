"""Snapshots in few words, appended as the operations do it, without any prefix to capture."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envgit.formats.manifest import encode_host
from envgit.identity import snapshot_of
from envgit.model import Distribution, Environment, Host, Snapshot
from envgit.store.append import Appended, Entry, append, write_tree
from envgit.store.layout import OBSERVATION, files_of
from envgit.store.repository import open_repository
from envgit.store.trailers import CODE_COMMIT, CODE_TREE, ENVIRONMENT, REWRITTEN, SNAPSHOT, TRIGGER

if TYPE_CHECKING:
    from envgit.store.git import Git
    from tests.builders import Repo

HOST = Host(platform="linux-64", system="Linux", machine="x86_64")


def git_of(repo: Repo) -> Git:
    """The store's runner for a repository."""
    return open_repository(str(repo.path), os.environ).git


def snapshot_with(version: str) -> Snapshot:
    """A venv that holds one distribution of this version."""
    six = Distribution(name="six", version=version, owner="pypi")
    return snapshot_of(Environment(kind="venv", platform="linux-64", python="3.11.7", distributions=(six,)))


def tree_with(git: Git, version: str) -> str:
    """The tree of that snapshot, written to the repository."""
    files = files_of(snapshot_with(version), name="default") | {OBSERVATION: encode_host(HOST)}
    return write_tree(git, files, os.path.join(git.environ["GIT_DIR"], "envgit"))


def record(
    git: Git,
    version: str = "1.0",
    *,
    code: str | None = None,
    environment: str = "default",
    body: str = "",
    light_tag: str | None = None,
    baseline: str | None = None,
    rewritten: tuple[tuple[str, str], ...] = (),
) -> Appended:
    """Append that snapshot, linked to the code commit ``code``; ``rewritten`` are pairs of old and new."""
    trailers = [
        (SNAPSHOT, snapshot_with(version).id),
        (ENVIRONMENT, environment),
        (TRIGGER, "snapshot"),
    ]
    if code:
        tree = git.line("rev-parse", f"{code}^{{tree}}")
        trailers += [(CODE_COMMIT, git.line("rev-parse", code)), (CODE_TREE, tree)]
    trailers += [(REWRITTEN, f"{old} {new}") for old, new in rewritten]
    entry = Entry(
        tree=tree_with(git, version),
        summary=f"six {version}",
        trailers=tuple(trailers),
        body=body,
        light_tag=light_tag,
        baseline=(f"refs/tags/env/{baseline}", f"six {version}") if baseline else None,
    )
    return append(git, environment, lambda _: entry)
