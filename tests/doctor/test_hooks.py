"""What the doctor finds in the hooks."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from envgit.doctor.launcher import launcher_ailments
from envgit.githooks.events import EVENTS
from envgit.githooks.hook_config import runs_configured_hooks
from envgit.githooks.launcher import configured_command
from tests.builders import Repo, make_repo
from tests.doctor.visits import follow, found, mended, said, the_only
from tests.githooks.project import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.githooks.project import Project


def rewrite(project: Project, pattern: str, replacement: str) -> None:
    """Change a line of every launcher."""
    for event in EVENTS:
        hook = project.hooks / event
        changed, count = re.subn(pattern, replacement, hook.read_text(), count=1, flags=re.MULTILINE)
        assert count == 1
        hook.write_text(changed)


def test_installed_hooks_are_counted_and_no_finding(project: Project) -> None:
    assert found(project.repo, "hooks") == []
    assert said(project.repo, "hooks") == f"{len(EVENTS)} of {len(EVENTS)} installed in {project.hooks}"


def test_repository_without_hooks_is_broken_until_init(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    finding = the_only(project.repo, "hooks")
    assert finding.severity == "broken"
    assert finding.message == f"no hook in {project.hooks} runs envgit: commits are not recorded"
    assert mended(project.repo, finding)
    assert found(project.repo) == []


def test_clone_without_hooks_is_told_to_init(project: Project, tmp_path: Path) -> None:
    project.repo.git("clone", "--quiet", str(project.repo.path), str(tmp_path / "clone"))
    clone = Repo(path=tmp_path / "clone")
    assert {f.area: f.command for f in found(clone) if f.severity == "broken"} == {
        "hooks": "envgit init",
        "binding": "envgit init",
    }


def test_hook_that_another_tool_replaced_is_broken_until_init(project: Project) -> None:
    project.add_hook("post-commit", "#!/bin/sh\n")
    finding = the_only(project.repo, "hooks")
    assert finding.severity == "broken"
    assert finding.message == (
        f"no longer run envgit in {project.hooks}: post-commit (another tool's: post-commit)"
    )
    assert mended(project.repo, finding)


def test_launcher_behind_the_pre_commit_framework_is_no_finding(project: Project) -> None:
    hook = project.hooks / "post-commit"
    hook.rename(project.hooks / "post-commit.legacy")
    project.add_hook("post-commit", '#!/bin/sh\n"$0.legacy" "$@"\n')
    assert found(project.repo, "hooks") == []
    (project.hooks / "post-commit.legacy").chmod(0o644)
    assert mended(project.repo, the_only(project.repo, "hooks"))


def test_hook_that_is_not_executable_is_broken_until_it_is(project: Project) -> None:
    (project.hooks / "post-commit").chmod(0o644)
    finding = the_only(project.repo, "hooks")
    assert (finding.severity, finding.message) == (
        "broken",
        "post-commit: not executable, so that Git passes it over",
    )
    assert mended(project.repo, finding)


@pytest.mark.parametrize("what", ["python", "entry", "path"])
def test_interpreter_or_envgit_that_is_gone_is_broken_until_init(project: Project, what: str) -> None:
    rewrite(project, rf"envgit_{what}=\S+", f"envgit_{what}='/gone/my own'")
    finding = the_only(project.repo, "hooks")
    assert (finding.severity, finding.message) == (
        "broken",
        "every hook: /gone/my own is gone, with which envgit was to be started",
    )
    assert mended(project.repo, finding)


@pytest.mark.parametrize("folder", ["''", "/tmp"])
def test_search_path_without_envgit_is_broken_until_init(project: Project, folder: str) -> None:
    rewrite(project, r"envgit_path=\S+", f"envgit_path={folder}")
    finding = the_only(project.repo, "hooks")
    assert finding.severity == "broken"
    assert finding.message.startswith("every hook: envgit is in none of the folders it is looked for in: ")
    assert mended(project.repo, finding)


def test_interpreter_that_cannot_be_executed_is_broken(project: Project, tmp_path: Path) -> None:
    (tmp_path / "python").touch()
    rewrite(project, r"envgit_python=\S+", f"envgit_python={tmp_path / 'python'}")
    assert the_only(project.repo, "hooks").message.endswith("cannot be executed")


def test_launcher_of_an_earlier_version_is_a_warning_until_init(project: Project) -> None:
    rewrite(project, r"^# It never stops Git.*$", "# As it was written once.")
    finding = the_only(project.repo, "hooks")
    assert (finding.severity, finding.message) == (
        "warning",
        "every hook: written by another version of envgit",
    )
    assert mended(project.repo, finding)


def test_launcher_of_another_envgit_is_a_note(project: Project, tmp_path: Path) -> None:
    entry = tmp_path / "site/envgit/githooks/entry.py"
    entry.parent.mkdir(parents=True)
    entry.touch()
    (tmp_path / "site/envgit/release.py").write_text('__version__ = "0.0.9"\n')
    rewrite(project, r"envgit_entry=\S+", f"envgit_entry={entry}")
    finding = the_only(project.repo, "hooks")
    assert finding.severity == "note"
    assert finding.message.startswith("every hook: starts envgit 0.0.9, while this is ")
    assert mended(project.repo, finding)


def test_launcher_in_gits_configuration_is_read_as_one_in_a_file() -> None:
    """A Git that runs such hooks is not needed to read one."""
    command = os.fsdecode(configured_command("post-commit"))
    assert list(launcher_ailments(command, command)) == []
    (gone,) = launcher_ailments(command.replace(shlex.quote(sys.executable), "/gone/python"), command)
    assert gone.message == "/gone/python is gone, with which envgit was to be started"
    (older,) = launcher_ailments(f"# once\n{command}", command)
    assert older.severity == "warning"


@pytest.mark.parametrize("name", ["with space", "it's", "new\nline", "a=b;c"])
def test_interpreter_of_any_name_is_found(name: str, tmp_path: Path) -> None:
    command = os.fsdecode(configured_command("post-commit"))
    python = tmp_path / name
    python.symlink_to(sys.executable)
    moved = command.replace(shlex.quote(sys.executable), shlex.quote(str(python)))
    assert moved != command
    assert list(launcher_ailments(moved, command)) == []


def test_lines_of_the_users_own_around_a_launcher_are_no_finding(project: Project) -> None:
    hook = project.hooks / "post-commit"
    hook.write_text(hook.read_text() + "echo mine\n")
    assert found(project.repo, "hooks") == []


def test_envgit_0_in_the_shell_is_a_warning(project: Project) -> None:
    finding = the_only(project.repo, "hooks", ENVGIT="0")
    assert (finding.severity, finding.command) == ("warning", "unset ENVGIT")


@pytest.mark.parametrize(("name", "value"), [("ENVGIT_HOOK", "1"), ("ENVGIT_CHAIN", ":post-commit in /code")])
def test_variable_of_envgits_own_in_the_shell_is_a_warning(project: Project, name: str, value: str) -> None:
    finding = the_only(project.repo, "hooks", **{name: value})
    assert (finding.severity, finding.command) == ("warning", f"unset {name}")
    assert finding.message.startswith(f"{name} is set in this shell: ")
    assert found(project.repo, "hooks", **{name: ""}) == []


@pytest.mark.parametrize("ending", ["exit 0", "exit", 'exec other-tool "$@"'])
def test_line_above_the_launcher_that_ends_the_hook_is_a_warning(project: Project, ending: str) -> None:
    hook = project.hooks / "post-commit"
    hook.write_text(hook.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n\n{ending}\n"))
    finding = the_only(project.repo, "hooks")
    assert finding.severity == "warning"
    assert finding.message == f"post-commit: line 3 ({ending}) may end the hook before it comes to envgit"


@pytest.mark.parametrize(
    "line", ["exec 2>&1", "exec >log", "exec </dev/null", "exec {fd}<x", "  exit 1", "exits"]
)
def test_line_above_the_launcher_that_goes_on_is_no_finding(project: Project, line: str) -> None:
    hook = project.hooks / "post-commit"
    hook.write_text(hook.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{line}\n") + "exit 0\n")
    assert found(project.repo, "hooks") == []


@pytest.mark.parametrize("hooks_path", ["", "/dev/null"])
@pytest.mark.parametrize("scope", ["--local", "--global"])
def test_hooks_path_that_switches_hooks_off_is_reported_by_doctor(
    project: Project, hooks_path: str, scope: str
) -> None:
    project.repo.git("config", scope, "core.hooksPath", hooks_path)
    finding = the_only(project.repo, "hooks")
    assert finding.severity == "broken"
    assert "Git runs no hooks here" in finding.message
    assert mended(project.repo, finding)
    assert found(project.repo, "hooks") == []


def test_relative_hooks_path_that_a_linked_work_tree_does_not_have_is_inert(
    project: Project, tmp_path: Path
) -> None:
    project.repo.git("config", "core.hooksPath", ".githooks")
    (project.repo.path / ".git/info/exclude").write_text(".githooks\n")
    follow(project.repo, the_only(project.repo, "hooks"))
    assert found(project.repo, "hooks") == []
    project.repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    linked = Repo(path=tmp_path / "linked")
    finding = the_only(linked, "hooks")
    assert finding.severity == "broken"
    assert finding.message == (
        f"core.hooksPath leads to {linked.path}/.githooks, which is not there: no hook runs in this work tree"
    )
    linked.git("commit", "--quiet", "--allow-empty", "-m", "Not recorded")
    assert project.sightings() == []
    assert mended(linked, finding)
    linked.git("commit", "--quiet", "--allow-empty", "-m", "Recorded")
    assert [commit for _, commit in project.sightings()] == [linked.head]


@pytest.mark.parametrize("hooks_path", ["", "/dev/null", ".githooks", "/nowhere/hooks"])
def test_hooks_path_is_no_matter_where_git_runs_hooks_from_its_configuration(
    tmp_path: Path, hooks_path: str
) -> None:
    project = make_project(tmp_path, hooks=False)
    if not runs_configured_hooks(project.workspace().git):
        pytest.skip("this Git runs no hooks from its configuration (2.54 does)")
    project.repo.git("config", "core.hooksPath", hooks_path)
    finding = the_only(project.repo, "hooks")
    assert (finding.severity, finding.command) == ("broken", "envgit init")
    assert mended(project.repo, finding)
    assert found(project.repo, "hooks") == []


def test_linked_work_tree_that_shares_the_hooks_is_no_finding(project: Project, tmp_path: Path) -> None:
    project.repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    assert found(Repo(path=tmp_path / "linked"), "hooks") == []


def test_hooks_path_outside_is_broken_until_its_hooks_call_envgit(project: Project, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    project.repo.git("config", "--global", "core.hooksPath", str(shared))
    finding = the_only(project.repo, "hooks")
    assert finding.severity == "broken"
    if runs_configured_hooks(project.workspace().git):
        pytest.skip("this Git needs no hooks there")
    assert "lies outside this repository, and hooks there do not run envgit" in finding.message
    follow(project.repo, finding)
    for event in EVENTS:
        project.add_hook(event, f'#!/bin/sh\nenvgit hook {event} "$@" || :\n', folder=shared)
    assert found(project.repo, "hooks") == []
    (shared / "post-commit").chmod(0o644)
    finding = the_only(project.repo, "hooks")
    assert (finding.severity, finding.command) == ("broken", f"chmod +x {shared}/post-commit")
    assert mended(project.repo, finding)
    (shared / "post-commit").write_text("#!/bin/sh\nexit 0\nenvgit hook post-commit\n")
    assert "line 2 (exit 0) may end the hook" in the_only(project.repo, "hooks").message


def test_bare_repository_needs_no_hooks(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "bare", bare=True)
    assert found(repo) == []
    assert said(repo, "hooks") == "a bare repository: no commit is made here"


def test_hooks_folder_that_was_deleted_is_broken_until_init(project: Project) -> None:
    shutil.rmtree(project.hooks)
    assert mended(project.repo, the_only(project.repo, "hooks"))
