"""Hooks in Git's configuration: what Git 2.54 and later run whatever the hooks folder holds."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from envgit.errors import Conflict
from envgit.githooks.events import EVENTS
from envgit.githooks.hook_config import install_configured, runs_configured_hooks
from envgit.githooks.init import init
from envgit.githooks.install import install, installed_events, uninstall
from tests.builders import make_prefix, make_repo
from tests.githooks.project import LATER, Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = "#!/bin/sh\necho theirs >> ../log\n"


@pytest.fixture
def newer_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install as for a Git that runs hooks from its configuration."""
    monkeypatch.setattr("envgit.githooks.install.runs_configured_hooks", lambda _git: True)


def configured(project: Project, event: str) -> str:
    return project.repo.git("config", "--get", f"hook.envgit-{event}.command")


def run_as_git(
    project: Project, event: str, *arguments: str, stdin: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a configured hook as run-command.c of Git does: in a shell, with ``"$@"`` appended."""
    appended = ' "$@"' if arguments else ""
    command = configured(project, event)
    return subprocess.run(
        ["sh", "-c", command + appended, command, *arguments],
        cwd=project.repo.path,
        env=os.environ | (env or {}),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def make_configured(folder: Path, **options: Any) -> Project:
    project = make_project(folder, hooks=False, **options)
    init(project.workspace(), prefix=str(project.prefix))
    return project


def skip_without_configured_hooks(project: Project) -> None:
    if not runs_configured_hooks(project.workspace().git):
        version = project.repo.git("version")
        pytest.skip(f"{version} runs no hooks from its configuration; 2.54 and later do")


# --- which kind ---


def test_git_before_2_54_gets_hook_files_and_a_later_one_none(tmp_path: Path) -> None:
    project = make_configured(tmp_path)
    version = tuple(int(part) for part in project.repo.git("version").split()[2].split(".")[:2])
    in_config = project.repo.run("config", "--get-regexp", r"^hook\.envgit").stdout != ""
    assert in_config == (version >= (2, 54))
    assert (project.hooks / "post-commit").exists() != in_config
    assert set(installed_events(project.workspace().repository)) == set(EVENTS)


def test_hook_files_can_be_asked_for(tmp_path: Path, newer_git: None) -> None:
    project = make_project(tmp_path, hooks=False)
    folder = install(project.workspace().repository, hook_files=True)
    assert folder == project.hooks
    assert not (project.repo.git_dir / "config.envgit").exists()


@pytest.mark.usefixtures("newer_git")
class TestInTheConfiguration:
    """Where Git runs them from there."""

    def test_no_hook_file_is_written(self, tmp_path: Path) -> None:
        project = make_project(tmp_path, hooks=False, foreign={"post-commit": FOREIGN})
        before = sorted(project.hooks.iterdir())
        file = install(project.workspace().repository)
        assert file == project.repo.git_dir / "config.envgit"
        assert sorted(project.hooks.iterdir()) == before
        assert (project.hooks / "post-commit").read_text() == FOREIGN
        for event in EVENTS:
            assert project.repo.git("config", "--get-all", f"hook.envgit-{event}.event") == event

    def test_hook_files_of_an_older_git_are_taken_out(self, tmp_path: Path) -> None:
        project = make_project(tmp_path, hooks=False, foreign={"post-commit": FOREIGN})
        install(project.workspace().repository, hook_files=True)
        install(project.workspace().repository)
        assert (project.hooks / "post-commit").read_text() == FOREIGN
        assert not (project.hooks / "pre-push").exists()

    @pytest.mark.parametrize("hooks_path", ["/nonexistent/shared", ".husky/_", "", "/dev/null"])
    def test_hooks_path_of_another_is_no_matter(self, tmp_path: Path, hooks_path: str) -> None:
        project = make_project(tmp_path, hooks=False)
        project.repo.git("config", "core.hooksPath", hooks_path)
        install(project.workspace().repository)
        assert "envgit_run" in configured(project, "post-commit")

    def test_installing_twice_is_as_once(self, tmp_path: Path) -> None:
        project = make_project(tmp_path, hooks=False)
        install(project.workspace().repository)
        once = [(project.repo.git_dir / name).read_bytes() for name in ("config", "config.envgit")]
        install(project.workspace().repository)
        assert [(project.repo.git_dir / name).read_bytes() for name in ("config", "config.envgit")] == once

    def test_uninstall_leaves_the_configuration_as_it_was(self, tmp_path: Path) -> None:
        project = make_project(tmp_path, hooks=False)
        project.repo.git("config", "include.path", "../mine.config")
        before = (project.repo.git_dir / "config").read_bytes()
        install(project.workspace().repository)
        assert uninstall(project.workspace().repository) == (project.repo.git_dir / "config",)
        assert (project.repo.git_dir / "config").read_bytes() == before
        assert not (project.repo.git_dir / "config.envgit").exists()
        assert uninstall(project.workspace().repository) == ()

    def test_an_older_git_that_inits_later_takes_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = make_project(tmp_path, hooks=False)
        install(project.workspace().repository)
        monkeypatch.setattr("envgit.githooks.install.runs_configured_hooks", lambda _git: False)
        install(project.workspace().repository)
        assert project.repo.run("config", "--get-regexp", r"^hook\.").stdout == ""
        assert (project.hooks / "post-commit").exists()

    def test_a_configuration_that_cannot_be_written_leaves_nothing(self, tmp_path: Path) -> None:
        project = make_project(tmp_path, hooks=False)
        (project.repo.git_dir / "config.lock").touch()
        with pytest.raises(Conflict, match="config is locked"):
            install(project.workspace().repository)
        assert not (project.repo.git_dir / "config.envgit").exists()

    @pytest.mark.parametrize("name", ["with space", 'it\'s "quoted" `x` $(x) \\ #;', "new\nline", "論文"])
    def test_any_folder_name_will_do(
        self, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The interpreter and the search path are quoted for the shell, and that for Git."""
        odd = tmp_path / name
        odd.mkdir()
        (odd / "python").write_text('#!/bin/sh\nprintf "%s|" "$@" > ../said\n')
        (odd / "python").chmod(0o755)
        monkeypatch.setattr("sys.executable", str(odd / "python"))
        project = make_project(tmp_path / "project", hooks=False)
        install(project.workspace().repository)
        ran = run_as_git(project, "post-rewrite", "a b", "'c'")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert (tmp_path / "project/said").read_text().endswith("|post-rewrite|a b|'c'|")

    def test_it_records(self, tmp_path: Path) -> None:
        project = make_configured(tmp_path)
        project.upgrade("2.0")
        project.repo.commit("Change", files={"a.py": ""}, env={"ENVGIT": "0"})
        ran = run_as_git(project, "post-commit")
        assert ran.returncode == 0
        assert ran.stderr.startswith("envgit: six 1.0 → 2.0 (snapshot ")
        assert project.sightings() == [("post-commit", project.repo.head)]

    def test_rebase_is_linked_from_its_input(self, tmp_path: Path) -> None:
        project = make_configured(tmp_path)
        old = project.recorded_commit("One", files={"a.py": ""})
        off = {"ENVGIT": "0"} | LATER
        project.repo.git("commit", "--quiet", "--amend", "-m", "Two", env=off)
        ran = run_as_git(project, "post-rewrite", "amend", stdin=f"{old} {project.repo.head}\n")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert project.linked() is not None

    def test_one_record_where_the_hook_file_fires_too(self, tmp_path: Path) -> None:
        """As after an upgrade of Git, or with the line that a team shares."""
        project = make_configured(tmp_path)
        install(project.workspace().repository, hook_files=True)
        project.upgrade("2.0")
        project.commit()
        for _ in range(2):
            install_twice(project)
            assert run_as_git(project, "post-commit").stderr == ""
            assert len(project.sightings()) == 1

    def test_the_gate_refuses_and_nothing_else_does(self, tmp_path: Path) -> None:
        project = make_configured(tmp_path)
        project.upgrade("2.0")
        assert run_as_git(project, "pre-commit").returncode == 0
        project.repo.git("config", "envgit.gate", "drift")
        refused = run_as_git(project, "pre-commit")
        assert refused.returncode != 0
        assert "envgit.gate is drift" in refused.stderr
        assert run_as_git(project, "pre-commit", env={"ENVGIT": "0"}).returncode == 0

    def test_interpreter_that_is_gone_costs_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = make_project(tmp_path, hooks=False)
        monkeypatch.setattr("sys.executable", "/nonexistent/python")
        install(project.workspace().repository)
        bare = {"PATH": "/usr/bin:/bin"}
        said = "envgit: /nonexistent/python is gone, the environment was not recorded; run: envgit init\n"
        for event, arguments in (("post-commit", ()), ("post-merge", ("0",)), ("post-rewrite", ("rebase",))):
            ran = run_as_git(project, event, *arguments, env=bare)
            assert (ran.returncode, ran.stderr) == (0, said)

    def test_envgit_that_is_gone_costs_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = make_project(tmp_path, hooks=False)
        install(project.workspace().repository)
        gone = project.repo.git_dir / "config.envgit"
        gone.write_text(gone.read_text().replace("/hooks/run", "/nowhere/run"))
        for event, arguments in (("post-commit", ()), ("pre-push", ("origin", "url"))):
            ran = run_as_git(project, event, *arguments, env={"PATH": "/usr/bin:/bin"})
            assert ran.returncode == 0
            assert ran.stderr.endswith("is gone, the environment was not recorded; run: envgit init\n")
            assert ran.stderr.count("\n") == 1

    def test_included_file_that_is_gone_is_no_trouble(self, tmp_path: Path) -> None:
        project = make_project(tmp_path, hooks=False)
        install(project.workspace().repository)
        (project.repo.git_dir / "config.envgit").unlink()
        assert project.commit() == ""


def install_twice(project: Project) -> None:
    """Both kinds at once, as no `init` leaves them."""
    with ExitStack() as undo:
        install_configured(project.workspace().repository, undo)
        undo.pop_all()


# --- where Git is new enough, all of it through Git ---


def test_git_itself_runs_them_and_the_foreign_hook(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False, foreign={"post-commit": FOREIGN})
    skip_without_configured_hooks(project)
    init(project.workspace(), prefix=str(project.prefix))
    project.upgrade("2.0")
    assert project.commit().startswith("envgit: six 1.0 → 2.0 (snapshot ")
    assert (tmp_path / "log").read_text() == "theirs\n"
    base = project.repo.head
    for number in range(3):
        project.repo.commit(f"Change {number}", files={f"{number}.py": ""})
    project.repo.git("rebase", "--quiet", "--force-rebase", base, env=LATER)
    assert [trigger for trigger, _ in project.sightings()] == ["post-commit"] * 4 + ["post-rewrite"]
    assert all(project.linked(f"HEAD~{number}") for number in range(3))


def test_git_itself_runs_them_whatever_hooks_path_says(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    project = Project(repo=repo, prefix=prefix)
    skip_without_configured_hooks(project)
    repo.git("config", "--global", "core.hooksPath", str(tmp_path / "shared"))
    init(project.workspace(), prefix=str(prefix))
    project.commit()
    assert len(project.sightings()) == 1


def test_config_hook_and_file_hook_both_fire_and_leave_one_record(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    skip_without_configured_hooks(project)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    install_twice(project)
    starts = project.count_starts()
    for version in ("2.0", "3.0"):
        project.upgrade(version)
        project.commit()
    project.commit()
    assert starts.events().count("post-commit") == 3
    assert len(project.sightings()) == 3
    base = project.repo.git("rev-parse", "HEAD~2")
    project.repo.git("rebase", "--quiet", "--force-rebase", base, env=LATER)
    assert [trigger for trigger, _ in project.sightings()] == ["post-commit"] * 3 + ["post-rewrite"]
