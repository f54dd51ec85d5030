"""A hook is on the path of every commit: what it loads and starts is kept in sight."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.githooks.project import Project

#: Runs the launcher's entry as the launcher does, then notes what was loaded.
DRIVER = """
import os, sys
log, sys.argv, leave = sys.argv[1], sys.argv[2:], os._exit
def note(code):
    with open(log, "w") as file:
        file.write(" ".join(sys.modules))
    leave(code)
os._exit = note
exec(open(sys.argv[0]).read())
"""
LIBRARIES = {
    "deepdiff", "filelock", "git", "gitdb", "numpy", "packaging", "platformdirs", "rattler", "rich", "typer",
    "click", "uv", "yaml",
}  # fmt: skip


def loaded(project: Project, event: str, *arguments: str) -> set[str]:
    """The modules that one hook loads, when started with the interpreter and arguments of its launcher."""
    driver, log = project.prefix.with_name("driver.py"), project.prefix.with_name("modules.json")
    driver.write_text(DRIVER)
    launcher = (project.hooks / event).read_text()
    pinned = dict(re.findall(r"^(envgit_\w+)=(\S+)$", launcher, re.MULTILINE))
    python, entry, path = (shlex.split(pinned[f"envgit_{name}"])[0] for name in ("python", "entry", "path"))
    ran = subprocess.run(
        [python, "-I", "-S", str(driver), str(log), entry, path, event, *arguments],
        cwd=project.repo.path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return set(log.read_text().split())


HEAD = ("0" * 39 + "1", "HEAD", "1")


@pytest.mark.parametrize(
    ("event", "arguments"),
    [("post-commit", ()), ("post-merge", ("0",)), ("post-checkout", HEAD), ("pre-push", ("origin", "url"))],
)
def test_hook_loads_no_library_when_nothing_changed(
    project: Project, event: str, arguments: tuple[str, ...]
) -> None:
    modules = loaded(project, event, *arguments)
    assert "envgit.githooks.run" in modules
    assert not {module.partition(".")[0] for module in modules} & LIBRARIES


def test_commit_in_an_unchanged_environment_loads_nothing_that_takes_time(project: Project) -> None:
    project.commit()
    modules = loaded(project, "post-commit")
    assert {module for module in modules if module.startswith("envgit")} == {
        "envgit", "envgit.bare", "envgit.errors", "envgit.release",
        "envgit.capture", "envgit.capture.condarc", "envgit.capture.editable", "envgit.capture.fingerprint",
        "envgit.capture.host_mark", "envgit.capture.locate", "envgit.capture.machine",
        "envgit.capture.reading", "envgit.capture.survey", "envgit.capture.worktree",
        "envgit.githooks", "envgit.githooks.deadline", "envgit.githooks.run", "envgit.githooks.say",
        "envgit.operations", "envgit.operations.glance", "envgit.operations.unchanged",
        "envgit.store", "envgit.store.quick_git", "envgit.store.surroundings", "envgit.store.trailers",
    }  # fmt: skip
    assert not modules & {
        "asyncio", "collections", "contextlib", "dataclasses", "enum", "functools", "hashlib", "json",
        "logging", "pathlib", "re", "signal", "site", "ssl", "subprocess", "tempfile", "typing",
    }  # fmt: skip


def test_commit_in_a_changed_environment_loads_no_library_either(project: Project) -> None:
    """Its summary compares versions as conda and PEP 440 do; only that may need one."""
    project.upgrade("2.0")
    assert "six 1.0 → 2.0" in project.commit()
    (project.prefix / "conda-meta/history").write_text("")  # so that there is something to capture
    modules = loaded(project, "post-commit")
    heavy = {"deepdiff", "git", "rattler", "rich", "typer", "click", "uv", "yaml"}
    assert not {module.partition(".")[0] for module in modules} & heavy


def test_commit_in_an_unchanged_environment_starts_git_no_more_than_it_needs(
    project: Project, tmp_path: Path
) -> None:
    project.commit()
    project.repo.git("commit", "--quiet", "--allow-empty", "--message", "x", env={"ENVGIT": "0"})
    trace = tmp_path / "trace"
    project.repo.git("config", "--global", "trace2.normalTarget", str(trace))
    project.repo.git("-c", f"alias.try=!{project.hooks / 'post-commit'}", "try")
    started = re.findall(r" cmd_name ([\w-]+)", trace.read_text())
    assert started[started.index("_run_shell_alias_") + 1 :] == [
        "config",
        "cat-file",
        "commit-tree",
        "update-ref",
    ]
