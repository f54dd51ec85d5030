"""husky keeps its hooks folder to itself and writes it anew with each ``npm install``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from envgit.errors import Conflict
from envgit.githooks.init import init
from envgit.githooks.install import installed_events
from tests.builders import make_prefix, make_repo
from tests.githooks.project import Project

if TYPE_CHECKING:
    from pathlib import Path

#: What husky 9 has below ``.husky/_``: every hook sources ``h``, which runs the project's file beside ``_``.
H = """#!/usr/bin/env sh
hook="$(dirname "$(dirname "$0")")/$(basename "$0")"
if [ -f "$hook" ]; then sh -e "$hook" "$@"; fi
"""
HOOKS = (
    "pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-commit", "applypatch-msg",
    "pre-applypatch", "post-applypatch", "pre-rebase", "post-rewrite", "post-checkout", "post-merge",
    "pre-push", "pre-auto-gc",
)  # fmt: skip


def npm_install(project: Project) -> None:
    """What ``husky`` does as the ``prepare`` script of a package."""
    project.repo.git("config", "core.hooksPath", ".husky/_")
    folder = project.repo.path / ".husky/_"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*")
    (folder / "h").write_text(H)
    for hook in HOOKS:
        (folder / hook).write_text('#!/usr/bin/env sh\n. "$(dirname "$0")/h"')
        (folder / hook).chmod(0o755)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(repo=make_repo(tmp_path / "code"), prefix=make_prefix(tmp_path / "env"))
    npm_install(project)
    return project


def paste(snippet: str) -> None:
    """Do as the snippet says with files; what is a command for a shell is left."""
    for section in snippet.partition("# once\n")[0].split("# in ")[1:]:
        where, _, lines = section.partition("\n")
        with open(where, "a") as file:
            file.write(lines)


def on_path(tmp_path: Path) -> dict[str, str]:
    """A PATH on which envgit is a command, as in a shell with the environment activated."""
    command = tmp_path / "bin/envgit"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m envgit "$@"\n')
    command.chmod(0o755)
    top = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    return {"PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": top}


def test_init_leaves_huskys_folder_alone_and_says_what_to_add_to_the_projects_hooks(project: Project) -> None:
    before = sorted((project.repo.path / ".husky").rglob("*"))
    with pytest.raises(Conflict) as caught:
        init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert caught.value.message == (
        "core.hooksPath is '.husky/_', which husky writes anew with each install; nothing was written there"
    )
    assert f"# in {project.repo.path}/.husky/post-commit\n" in caught.value.hint
    assert sorted((project.repo.path / ".husky").rglob("*")) == before
    assert project.repo.run("config", "envgit.default.prefix").returncode == 1


def test_capture_goes_on_after_husky_wrote_its_folder_anew(project: Project, tmp_path: Path) -> None:
    done = init(project.workspace(), prefix=str(project.prefix), manual=True)
    paste(done.snippet)
    assert len(installed_events(project.workspace().repository)) == 7
    path = on_path(tmp_path)
    project.commit(env=path)
    npm_install(project)
    project.commit(env=path)
    assert [trigger for trigger, _ in project.sightings()] == ["post-commit"] * 2


def test_pasted_lines_hold_nothing_of_this_machine_and_are_silent_without_envgit(project: Project) -> None:
    done = init(project.workspace(), prefix=str(project.prefix), manual=True)
    paste(done.snippet)
    text = "".join(file.read_text() for file in (project.repo.path / ".husky").iterdir() if file.is_file())
    assert str(project.prefix) not in text
    assert sys.executable not in text
    for command in (("commit", "--quiet", "--allow-empty", "-m", "x"), ("checkout", "--quiet", "-b", "side")):
        ran = project.repo.run(*command, env={"PATH": "/usr/bin:/bin"})
        assert (ran.returncode, ran.stderr) == (0, "")


def test_gate_refuses_through_husky(project: Project, tmp_path: Path) -> None:
    done = init(project.workspace(), prefix=str(project.prefix), manual=True)
    paste(done.snippet)
    project.repo.git("config", "envgit.gate", "drift")
    path = on_path(tmp_path)
    project.commit(env=path)
    project.upgrade("2.0")
    ran = project.repo.run("commit", "--allow-empty", "-m", "Refused", env=path)
    assert ran.returncode == 1
    assert "envgit.gate is drift" in ran.stderr
