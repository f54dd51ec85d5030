"""The pre-commit framework itself, either way round, and as what runs envgit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from envgit.githooks.init import init
from envgit.githooks.install import uninstall
from tests.githooks.project import LATER, Project, make_project

TOP = Path(__file__).parents[2]
TYPES = ("post-commit", "post-merge", "post-rewrite", "post-checkout", "pre-push", "pre-commit")
#: A hook of the user's, which the framework runs at every stage.
OWN = f"""\
default_install_hook_types: [{", ".join(TYPES)}]
repos:
- repo: local
  hooks:
  - id: theirs
    name: theirs
    entry: sh -c 'echo theirs >> ../log'
    language: system
    always_run: true
    pass_filenames: false
"""


def framework(project: Project, *arguments: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=project.repo.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def project(tmp_path: Path) -> Project:
    pytest.importorskip("pre_commit", reason="the pre-commit framework is not installed")
    if shutil.which("bash") is None:
        pytest.skip("no bash here, which the framework's hooks are written for")
    project = make_project(tmp_path, hooks=False)
    project.repo.commit("Configure", files={".pre-commit-config.yaml": OWN}, env={"ENVGIT": "0"})
    return project


def works(project: Project) -> None:
    """A commit, a merge and a rebase are recorded once each, and the user's hook runs at each."""
    repo, log = project.repo, project.prefix.with_name("log")
    repo.git("checkout", "--quiet", "-b", "side")
    project.commit()
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    project.commit()
    repo.git("rebase", "--quiet", "--force-rebase", "HEAD~1", env=LATER)
    triggers = [trigger for trigger, _ in project.sightings()]
    assert triggers == ["post-commit", "post-merge", "post-commit", "post-rewrite"]
    assert project.linked() is not None
    assert len(log.read_text().splitlines()) >= 6


def test_framework_that_installs_over_us_still_runs_us(project: Project) -> None:
    """It moves our hooks to ``.legacy``, so that their name no longer says the event."""
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    framework(project, "install")
    assert (project.hooks / "post-commit.legacy").exists()
    works(project)
    framework(project, "uninstall")
    uninstall(project.workspace().repository)
    assert not [hook for hook in project.hooks.iterdir() if not hook.name.endswith(".sample")]


def test_framework_that_we_install_over_still_runs(project: Project) -> None:
    framework(project, "install")
    before = {hook: hook.read_bytes() for hook in project.hooks.iterdir()}
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    works(project)
    uninstall(project.workspace().repository)
    assert {hook: hook.read_bytes() for hook in project.hooks.iterdir()} == before


def test_each_installed_again_over_the_other_makes_no_second_record(project: Project) -> None:
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    framework(project, "install")
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    framework(project, "install")
    works(project)


# --- the framework runs envgit, by `.pre-commit-hooks.yaml` ---


@pytest.fixture
def driven(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without hooks of ours, whose framework is told to run envgit's."""
    provider = make_project(tmp_path / "provider", hooks=False).repo
    rev = provider.commit(
        "Hooks", files={".pre-commit-hooks.yaml": (TOP / ".pre-commit-hooks.yaml").read_text()}
    )
    ids = "".join(f"  - id: envgit-{event}\n" for event in TYPES)
    configuration = f"{OWN}- repo: {provider.path}\n  rev: {rev}\n  hooks:\n{ids}"
    project.repo.commit("Configure", files={".pre-commit-config.yaml": configuration}, env={"ENVGIT": "0"})
    command = tmp_path / "bin/envgit"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{TOP}" exec {sys.executable} -m envgit "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    init(project.workspace(), prefix=str(project.prefix), manual=True)
    framework(project, "install", "--install-hooks")
    return project


@pytest.mark.slow
def test_framework_can_run_envgit_itself(driven: Project) -> None:
    works(driven)
    driven.upgrade("2.0")
    ran = driven.repo.run("commit", "--allow-empty", "-m", "Upgrade")
    assert "envgit: six 1.0 → 2.0 (snapshot " in ran.stdout + ran.stderr


@pytest.mark.slow
def test_gate_refuses_through_the_framework(driven: Project) -> None:
    driven.repo.git("config", "envgit.gate", "drift")
    driven.upgrade("2.0")
    ran = driven.repo.run("commit", "--allow-empty", "-m", "Refused")
    assert ran.returncode == 1
    assert "envgit.gate is drift" in ran.stdout + ran.stderr


@pytest.mark.slow
def test_snapshots_go_along_with_a_push_through_the_framework(driven: Project) -> None:
    driven.repo.git("config", "envgit.push", "true")
    driven.repo.git("init", "--quiet", "--bare", "../remote.git")
    driven.repo.git("remote", "add", "origin", "../remote.git")
    for _ in range(2):  # code goes first
        driven.commit()
        driven.repo.git("push", "--quiet", "origin", "main")
    assert "refs/heads/envgit/default" in driven.repo.git("ls-remote", "origin")


@pytest.mark.slow
def test_framework_and_our_own_hooks_leave_one_record(driven: Project) -> None:
    init(driven.workspace(), prefix=str(driven.prefix), hook_files=True, first_snapshot=False)
    driven.upgrade("2.0")
    driven.commit()
    driven.commit()
    assert [trigger for trigger, _ in driven.sightings()] == ["post-commit"] * 2
