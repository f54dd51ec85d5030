"""A checkout restores the commit's environment to the cache, where this very clone was told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.githooks.init import init
from envgit.operations.places import cached_places
from envgit.restore import exclusive
from envgit.store import contents
from tests.builders import Repo, make_repo, make_venv, make_wheel, pip_install
from tests.githooks.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

BEFORE = (
    "envgit: this commit ran in another environment (−tool); it is being restored, as envgit.restore says "
    "(Ctrl-C leaves it)"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Branch ``old`` ran in an empty venv; the live one holds a tool."""
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    project = Project(repo=make_repo(tmp_path / "code"), prefix=make_venv(tmp_path / "env"))
    init(project.workspace(), prefix=str(project.prefix))
    project.repo.git("branch", "old")
    pip_install(project.prefix, make_wheel(tmp_path / "wheels", "tool", "1.0"))
    project.recorded_commit("With a tool", files={"train.py": "2\n"})
    return project


@pytest.fixture
def told(project: Project) -> Project:
    project.repo.git("config", "envgit.restore", "true")
    return project


def place(project: Project) -> Path:
    """Where the environment of ``old`` comes back."""
    workspace, linked = project.workspace(), project.linked("old")
    assert linked is not None
    return next(cached_places(workspace.cache, contents.read_snapshot(workspace.git, linked)))


def checkout(project: Project, rev: str = "old") -> list[str]:
    ran = project.repo.run("checkout", "--quiet", rev)
    assert ran.returncode == 0, ran.stderr
    assert project.repo.head == project.repo.git("rev-parse", rev)
    return ran.stderr.splitlines()


def test_environment_comes_back_in_the_cache_with_a_line_before_and_one_after(told: Project) -> None:
    bound = sorted(told.prefix.rglob("*"))
    before, after = checkout(told)
    linked = told.linked("old")
    assert linked is not None
    assert before == BEFORE
    assert after.startswith("envgit: it is restored in ")
    assert after.endswith(
        " s (exact), and the bound environment is as it was; "
        f"to use it: envgit run {linked.snapshot[:12]} -- <command>, or PATH={place(told)}/bin:$PATH"
    )
    assert (place(told) / "bin/python").exists()
    assert sorted(told.prefix.rglob("*")) == bound
    assert checkout(told, "main") == []
    assert checkout(told)[1].startswith("envgit: it was there already (exact), ")


def test_run_finds_what_a_checkout_restored(told: Project) -> None:
    checkout(told)
    code = "import sys; print(sys.prefix)"
    command = [sys.executable, "-m", "envgit", "run", "HEAD", "--", "python", "-c", code]
    ran = subprocess.run(command, cwd=told.repo.path, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(place(told))


def in_the_users(project: Project) -> None:
    project.repo.git("config", "--global", "envgit.restore", "true")


def in_a_tracked_file_that_is_included(project: Project) -> None:
    project.repo.commit("Settings", files={"settings": "[envgit]\nrestore = true\n"}, env={"ENVGIT": "0"})
    project.repo.git("config", "include.path", "../settings")
    assert project.repo.git("config", "envgit.restore") == "true"


def in_tracked_files_alone(project: Project) -> None:
    text = "[envgit]\nrestore = true\n"
    project.repo.commit("Settings", files={".gitconfig": text, ".envgit": text}, env={"ENVGIT": "0"})


def nowhere(_project: Project) -> None:
    """As it is by default."""


@pytest.mark.parametrize(
    "say_so", [in_the_users, in_a_tracked_file_that_is_included, in_tracked_files_alone, nowhere]
)
def test_nothing_but_this_clones_own_configuration_switches_it_on(
    project: Project, say_so: Callable[[Project], None]
) -> None:
    say_so(project)
    (line,) = checkout(project)
    assert "to bring it back: envgit checkout" in line
    assert not place(project).exists()


def test_command_line_alone_does_not_switch_it_on(project: Project) -> None:
    ran = project.repo.run("-c", "envgit.restore=true", "checkout", "--quiet", "old")
    assert "to bring it back: envgit checkout" in ran.stderr
    assert not place(project).exists()


def test_linked_work_trees_go_by_the_clones_configuration(told: Project, tmp_path: Path) -> None:
    told.repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), "main")
    ran = Repo(path=tmp_path / "linked").run("checkout", "--quiet", "old")
    assert "it is restored in" in ran.stderr


def test_what_only_a_remote_recorded_is_advised_on_and_not_restored(told: Project, tmp_path: Path) -> None:
    told.repo.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Project(repo=Repo(path=tmp_path / "clone"), prefix=told.prefix)
    init(clone.workspace(), prefix=str(told.prefix), first_snapshot=False)
    clone.repo.run("update-ref", "-d", "refs/heads/envgit/default")
    clone.repo.git("config", "envgit.restore", "true")
    (line,) = checkout(clone, "origin/old")
    assert "recorded by origin" in line
    assert not place(told).exists()


def test_what_cannot_be_restored_is_told_and_the_checkout_stands(
    told: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "file"))
    before, after = checkout(told)
    assert before == BEFORE
    assert after.startswith("envgit: not restored: ")
    assert "; the checkout stands; by hand: envgit checkout " in after


def run_hook(project: Project, code: str = "") -> subprocess.Popen[str]:
    """Start the hook as Git does after a checkout of ``old``."""
    main, old = (project.repo.git("rev-parse", rev) for rev in ("main", "old"))
    arguments = ["post-checkout", main, old, "1"]
    script = f"import os, sys; from envgit.githooks.run import main; end = main({arguments}, os.environ)"
    return subprocess.Popen(
        [sys.executable, "-c", f"{script}\n{code}\nsys.exit(end)"],
        cwd=project.repo.path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_may_take_longer_than_a_hook_may(told: Project) -> None:
    told.repo.git("config", "envgit.deadline", "3")
    with exclusive(place(told), cache=Path(os.environ["ENVGIT_CACHE"])):
        hook = run_hook(told)
        assert hook.stderr is not None
        assert hook.stderr.readline() == BEFORE + "\n"
        time.sleep(3.2)
    _, said = hook.communicate()
    assert said.startswith("envgit: it is restored in ")
    assert hook.returncode == 0


def test_ctrl_c_leaves_the_checkout_as_it_is_and_nothing_behind(told: Project) -> None:
    with exclusive(place(told), cache=Path(os.environ["ENVGIT_CACHE"])):
        hook = run_hook(told)
        assert hook.stderr is not None
        assert hook.stderr.readline() == BEFORE + "\n"
        hook.send_signal(signal.SIGINT)
        _, said = hook.communicate()
    assert (hook.returncode, said.count("\n")) == (0, 1)
    assert said.startswith("envgit: not restored: interrupted; the checkout stands; by hand: ")
    assert not place(told).parent.exists()


def test_nothing_that_restores_is_loaded_unless_it_is_switched_on(project: Project) -> None:
    shown = run_hook(project, "print(*(name for name in sys.modules if name.startswith('envgit.')))")
    loaded, _ = shown.communicate()
    assert "envgit.operations.advice" in loaded.split()
    restoring = ("envgit.restore", "envgit.operations.checkout", "envgit.githooks.bringing_back")
    assert not [name for name in loaded.split() if name.startswith(restoring)]
