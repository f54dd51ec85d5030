"""A repository with an environment bound to it, as a user of envgit has one."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.githooks.init import init
from envgit.operations.snapshot import snapshot
from envgit.operations.workspace import Workspace, open_workspace
from envgit.store import history
from tests.builders import Repo, clobber_with_pip, make_prefix, make_repo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envgit.model import Observation


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A repository, and the prefix that its commits run in."""

    repo: Repo
    prefix: Path

    def workspace(self, **environ: str) -> Workspace:
        """The repository as envgit opens it, with these variables on top."""
        return open_workspace(self.repo.path, environ={**os.environ, **environ})

    def observations(self, environment: str | None = None) -> list[Observation]:
        """What was recorded, newest first."""
        return history.observations(self.workspace().git, environment=environment)

    def linked(self, rev: str = "HEAD") -> Observation | None:
        """The observation of a code commit."""
        return history.linked(self.workspace().git, self.repo.git("rev-parse", f"{rev}^{{commit}}"))

    def sightings(self) -> list[tuple[str, str | None]]:
        """Trigger and code commit of what was recorded after `init`, oldest first."""
        recorded = [(o.trigger, o.code_commit) for o in self.observations() if o.trigger != "init"]
        return recorded[::-1]

    def upgrade(self, version: str = "2.0", name: str = "six") -> None:
        """Do as ``pip install name==version`` in the environment."""
        clobber_with_pip(self.prefix, name, version)

    def commit(self, *options: str, env: Mapping[str, str] | None = None) -> str:
        """Make an empty commit that has to succeed; returns what was said on stderr."""
        ran = self.repo.run("commit", "--quiet", "--allow-empty", "-m", "Change", *options, env=env)
        assert ran.returncode == 0, ran.stderr
        return ran.stderr

    def recorded_commit(self, message: str = "Change", *, files: Mapping[str, str] | None = None) -> str:
        """Commit and record as the hook would, without the cost of starting it; returns the commit."""
        commit = self.repo.commit(message, files=files, env={"ENVGIT": "0"})
        snapshot(self.workspace(), trigger="post-commit")
        return commit

    def count_starts(self) -> Starts:
        """From now on, note each start of envgit by a hook."""
        log, wrapper = self.prefix.with_name("starts.log"), self.prefix.with_name("counting-python")
        wrapper.write_text(f'#!/bin/sh\necho "$5" >> {log}\nexec {sys.executable} "$@"\n')
        wrapper.chmod(0o755)
        for hook in self.hooks.iterdir():
            if "# >>> envgit:" in hook.read_text():
                hook.write_text(
                    re.sub(r"(?m)^envgit_python=.*$", f"envgit_python={wrapper}", hook.read_text())
                )
        return Starts(log=log)

    @property
    def hooks(self) -> Path:
        """The repository's own hooks folder."""
        return self.repo.git_dir / "hooks"

    def add_hook(self, event: str, script: str, *, folder: Path | None = None) -> Path:
        """Write a hook of the user's, replacing what is there."""
        hook = (folder or self.hooks) / event
        hook.parent.mkdir(parents=True, exist_ok=True)
        hook.unlink(missing_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
        return hook


#: Variables for a rebase whose commits must not come out equal to their originals.
LATER = {"GIT_COMMITTER_DATE": "2040-01-01T00:00:00Z"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Starts:
    """The events that hooks have started envgit for."""

    log: Path

    def events(self) -> list[str]:
        """The events so far, in order."""
        return self.log.read_text().split() if self.log.exists() else []


def make_project(
    folder: Path, *, hooks: bool = True, commit: bool = True, foreign: Mapping[str, str] | None = None
) -> Project:
    """Make ``code`` and ``env`` in a folder and bind them, with ``hooks`` and a first snapshot or without.

    ``foreign`` are hooks that are there before, by event.
    """
    repo = make_repo(folder / "code", commit=commit)
    prefix = make_prefix(folder / "env", conda={"zlib": "1.3"}, pypi={"six": "1.0"})
    project = Project(repo=repo, prefix=prefix)
    for event, script in (foreign or {}).items():
        project.add_hook(event, script)
    if hooks:
        # Files on every Git, also on one that could do without: `test_configured` has those.
        init(open_workspace(repo.path), prefix=str(prefix), hook_files=True)
    else:
        repo.git("config", "envgit.default.prefix", str(prefix))
    return project
