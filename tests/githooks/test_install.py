"""Hooks go in around what is there, and out again without a trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import envgit
from envgit.errors import Conflict, EnvgitError, InvalidName, NoEnvironment, NoRepository, NotAPrefix
from envgit.githooks.events import EVENTS
from envgit.githooks.init import Initialised
from envgit.githooks.init import init as initialise
from envgit.githooks.install import installed_events, uninstall
from envgit.operations.workspace import open_workspace
from tests.builders import Repo, make_prefix, make_repo
from tests.githooks.project import Project, make_project

TOP = Path(__file__).parents[2]
OLDER = Path(__file__).with_name("older")
SEVEN = {
    "pre-commit",
    "post-commit",
    "post-merge",
    "post-applypatch",
    "post-rewrite",
    "post-checkout",
    "pre-push",
}


def init(repo: Repo, prefix: Path | None = None, **options: Any) -> Initialised:
    named = str(prefix) if prefix else None
    return initialise(open_workspace(repo.path), prefix=named, hook_files=True, **options)


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file and link below a folder."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes(),
        )
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def test_init_installs_all_seven_hooks(project: Project) -> None:
    assert set(EVENTS) == SEVEN
    assert set(installed_events(project.workspace().repository)) == SEVEN
    for event in SEVEN:
        hook = project.hooks / event
        assert os.access(hook, os.X_OK)
        assert hook.read_text().startswith("#!/bin/sh\n# >>> envgit: ")


@pytest.mark.parametrize("shell", ["sh", "dash", "bash --posix", "busybox ash"])
def test_hooks_are_posix_shell(project: Project, shell: str) -> None:
    command = shell.split()
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    for event in SEVEN:
        subprocess.run([*command, "-n", str(project.hooks / event)], check=True)


def test_init_binds_and_takes_a_first_snapshot(project: Project) -> None:
    assert project.repo.git("config", "envgit.default.prefix") == str(project.prefix)
    (observation,) = project.observations()
    assert (observation.trigger, observation.code_commit) == ("init", project.repo.head)


def test_init_twice_is_as_init_once(project: Project) -> None:
    hooks = files(project.hooks)
    init(project.repo, project.prefix)
    assert files(project.hooks) == hooks
    project.commit()
    assert len(project.sightings()) == 1


def test_init_without_a_snapshot_takes_none(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    assert init(repo, prefix, first_snapshot=False).recorded is None
    assert list(repo.refs()) == ["refs/heads/main"]


def test_manual_init_writes_no_hook_and_gives_the_lines_to_paste(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    before = files(repo.git_dir / "hooks")
    done = init(repo, prefix, manual=True)
    assert done.hooks is None
    assert 'envgit hook post-commit "$@" || :' in done.snippet
    assert files(repo.git_dir / "hooks") == before


def test_init_takes_the_active_environment_before_the_bound_one(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_prefix(tmp_path / "other")
    assert init(project.repo).prefix == str(project.prefix)
    monkeypatch.setenv("CONDA_PREFIX", str(other))
    assert init(project.repo).prefix == str(other)


def test_init_binds_a_prefix_in_the_work_tree_by_its_relative_path(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    make_prefix(repo.path / "envs/a b")
    init(repo, repo.path / "envs/a b")
    assert repo.git("config", "envgit.default.prefix") == "envs/a b"


FOREIGN = "#!/bin/sh\necho theirs\n"


def test_uninstall_restores_exactly_what_was_there(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    hooks = repo.git_dir / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "post-commit").write_text(FOREIGN)
    (hooks / "post-commit").chmod(0o750)
    (hooks / "pre-push").write_text("not executable")
    (repo.path / "scripts").mkdir()
    (hooks / "post-merge").symlink_to("../../scripts/hook.sh")
    (hooks / "commit-msg").write_text(FOREIGN)
    before = files(hooks)
    init(repo, prefix)
    assert files(hooks) != before
    uninstall(open_workspace(repo.path).repository)
    assert files(hooks) == before


def test_uninstall_keeps_every_snapshot_and_the_binding(project: Project) -> None:
    before = project.repo.refs()
    uninstall(project.workspace().repository)
    assert project.repo.refs() == before
    assert project.repo.git("config", "envgit.default.prefix") == str(project.prefix)
    assert project.commit() == ""
    assert project.sightings() == []


def test_uninstall_without_hooks_does_nothing(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    before = files(repo.git_dir)
    uninstall(open_workspace(repo.path).repository)
    assert files(repo.git_dir) == before


def test_init_after_uninstall_is_as_the_first(project: Project) -> None:
    hooks = files(project.hooks)
    uninstall(project.workspace().repository)
    init(project.repo, project.prefix)
    assert files(project.hooks) == hooks


def test_lines_the_user_added_survive_init_and_uninstall(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-commit": "#!/bin/sh\necho before >> ../log\n"})
    hook = project.hooks / "post-commit"
    hook.write_text(hook.read_text() + "echo added >> ../log\n")
    init(project.repo, project.prefix)
    project.commit()
    assert (tmp_path / "log").read_text() == "before\nadded\n"
    uninstall(project.workspace().repository)
    project.commit()
    assert (tmp_path / "log").read_text() == "before\nadded\n" * 2
    assert len(project.sightings()) == 1
    init(project.repo, project.prefix)  # and around that once more
    project.commit()
    assert (tmp_path / "log").read_text() == "before\nadded\n" * 3
    assert len(project.sightings()) == 2


def test_hook_that_another_tool_replaced_is_left_to_it(project: Project) -> None:
    project.add_hook("post-commit", FOREIGN)
    uninstall(project.workspace().repository)
    assert (project.hooks / "post-commit").read_text() == FOREIGN
    assert not (project.hooks / "pre-push").exists()


def test_init_loses_neither_of_two_foreign_hooks(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-commit": FOREIGN})
    project.add_hook("post-commit", "#!/bin/sh\necho another tool's\n")
    before = files(project.hooks)
    with pytest.raises(Conflict) as caught:
        init(project.repo, project.prefix)
    assert caught.value.message == (
        f"{project.hooks}/post-commit replaced envgit's hook, and post-commit.before-envgit beside it is "
        "the hook from before envgit"
    )
    assert caught.value.hint == "keep one of the two as post-commit, remove the other, then: envgit init"
    assert files(project.hooks) == before


def test_hook_layer_is_renewed_behind_a_tool_that_runs_it(tmp_path: Path) -> None:
    """The pre-commit framework moves what it finds to ``.legacy`` and runs it first."""
    project = make_project(tmp_path, foreign={"post-commit": FOREIGN})
    (project.hooks / "post-commit").rename(project.hooks / "post-commit.legacy")
    project.add_hook("post-commit", "#!/bin/sh\n# framework\n")
    before = files(project.hooks)
    init(project.repo, project.prefix)
    assert files(project.hooks) == before
    uninstall(project.workspace().repository)
    assert (project.hooks / "post-commit.legacy").read_text() == FOREIGN
    assert (project.hooks / "post-commit").read_text() == "#!/bin/sh\n# framework\n"


@pytest.mark.parametrize("text", ["first", "second"])
def test_launchers_of_an_older_envgit_are_renewed(tmp_path: Path, text: str) -> None:
    """Two texts that earlier versions wrote; what the user has around them stays."""
    project = make_project(tmp_path, foreign={"post-commit": "#!/bin/sh\necho before >> ../log\n"})
    current = files(project.hooks)
    older = (OLDER / f"launcher-{text}").read_text()
    for event in SEVEN:
        hook = project.hooks / event
        filled = older.replace("@EVENT@", event).replace("@PYTHON@", "/nonexistent/python")
        hook.write_text(filled.replace("@ENTRY@", "/nonexistent/entry.py").replace("@PATH@", "''"))
    assert "is gone" in project.commit(env={"PATH": "/usr/bin:/bin"})
    init(project.repo, project.prefix)
    assert files(project.hooks) == current
    project.commit()
    assert (tmp_path / "log").read_text() == "before\n" * 2
    assert len(project.sightings()) == 1
    uninstall(project.workspace().repository)
    assert (project.hooks / "post-commit").read_text() == "#!/bin/sh\necho before >> ../log\n"


def test_install_that_fails_half_way_takes_back_what_it_did(tmp_path: Path) -> None:
    """The fourth hook outgrows what may be written, as on a full disk."""
    project = make_project(tmp_path, foreign={"post-commit": FOREIGN, "post-merge": FOREIGN})
    fourth = list(EVENTS)[3]
    for event in list(EVENTS)[:3]:
        (project.hooks / event).unlink()
    (project.hooks / "post-commit.before-envgit").rename(project.hooks / "post-commit")
    hook = project.hooks / fourth
    hook.write_text(hook.read_text() + "#" * 100_000)
    before = files(project.hooks)
    script = "import os, resource; from envgit.operations.workspace import open_workspace;"
    script += "from envgit.githooks.install import install;"
    script += "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));"
    script += "install(open_workspace('.', environ=os.environ).repository, hook_files=True)"
    environ = os.environ | {"PYTHONPATH": str(TOP)}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.repo.path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be written: File too large" in ran.stderr
    assert files(project.hooks) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_read_only_hooks_folder_is_named_and_left(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    hooks = repo.git_dir / "hooks"
    hooks.mkdir(exist_ok=True)
    before = files(repo.git_dir)
    hooks.chmod(0o555)
    try:
        with pytest.raises(EnvgitError, match="cannot be written: Permission denied"):
            init(repo, prefix)
    finally:
        hooks.chmod(0o755)
    assert files(repo.git_dir) == before


@pytest.mark.parametrize(
    "place", [".cache/uv/archive-v0/x/bin", ".cache/pipx/1a2b/bin", ".local/pipx/.cache/1a2b/bin"]
)
def test_interpreter_made_for_one_command_is_warned_of(
    tmp_path: Path, place: str, sealed_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``uvx envgit init`` and ``pipx run envgit init`` have one."""
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    assert init(repo, prefix).warnings == ()
    python = sealed_environment / place / "python"
    monkeypatch.setattr("sys.executable", str(python))
    assert init(repo, prefix).warnings == (
        f"the hooks run {python}, which lies in a folder that is not kept; install envgit to stay "
        "(uv tool install envgit, pipx install envgit), then: envgit init",
    )
    assert init(repo, prefix, manual=True).warnings == ()


def test_hooks_in_a_tracked_folder_are_warned_of(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("config", "core.hooksPath", ".githooks")
    (warning,) = [one for one in init(repo, prefix).warnings if "is not kept" not in one]
    assert warning == (
        f"the hooks in {repo.path}/.githooks name folders of this machine: do not commit them; "
        "lines that a team can share: envgit init --manual"
    )
    repo.write({".gitignore": ".githooks/\n"})
    assert not [one for one in init(repo, prefix).warnings if "is not kept" not in one]


def test_linked_work_trees_share_the_hooks(project: Project) -> None:
    project.repo.git("worktree", "add", "--quiet", "../linked")
    linked = Repo(path=project.repo.path.parent / "linked")
    init(linked, project.prefix)
    assert set(installed_events(open_workspace(linked.path).repository)) == SEVEN
    linked.git("commit", "--quiet", "--allow-empty", "-m", "There")
    assert project.sightings()[-1] == ("post-commit", linked.head)


@pytest.mark.parametrize("hooks_path", [".githooks", ".git/hooks"])
def test_relative_hooks_path_leaves_a_linked_work_tree_without_hooks(tmp_path: Path, hooks_path: str) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("config", "core.hooksPath", hooks_path)
    init(repo, prefix)
    repo.git("worktree", "add", "--quiet", "../linked")
    linked = open_workspace(tmp_path / "linked").repository
    assert set(installed_events(open_workspace(repo.path).repository)) == SEVEN
    assert installed_events(linked) == ()


def test_hooks_path_that_cannot_be_in_a_linked_work_tree_is_a_conflict(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("config", "core.hooksPath", ".git/hooks")
    repo.git("worktree", "add", "--quiet", "../linked")
    with pytest.raises(Conflict, match="no folder in this work tree: Git runs no hooks here"):
        init(Repo(path=tmp_path / "linked"), prefix)


def test_submodule_has_hooks_of_its_own(tmp_path: Path) -> None:
    library, repo = make_repo(tmp_path / "library"), make_repo(tmp_path / "code")
    repo.git("submodule", "--quiet", "add", str(library.path), "library")
    prefix = make_prefix(tmp_path / "env")
    project = Project(repo=Repo(path=repo.path / "library"), prefix=prefix)
    done = init(project.repo, prefix)
    assert done.hooks == repo.git_dir / "modules/library/hooks"
    project.commit()
    assert len(project.sightings()) == 1
    assert set(repo.refs()) == {"refs/heads/main"}


def test_git_folder_elsewhere_is_found(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("init", "--quiet", "--separate-git-dir", str(tmp_path / "elsewhere.git"))
    assert init(repo, prefix).hooks == tmp_path / "elsewhere.git/hooks"
    project = Project(repo=repo, prefix=prefix)
    project.commit()
    assert len(project.sightings()) == 1


def test_uninstall_finds_launchers_that_another_hooks_path_hides(project: Project, tmp_path: Path) -> None:
    project.repo.git("config", "core.hooksPath", str(tmp_path / "shared"))
    assert uninstall(project.workspace().repository)[0] == project.hooks
    assert not (project.hooks / "post-commit").exists()


@pytest.mark.parametrize("hooks_path", [".git/hooks", "{repo}/.git/hooks", ".githooks", "tools/git hooks"])
def test_hooks_path_of_the_repositorys_own_is_used(tmp_path: Path, hooks_path: str) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("config", "core.hooksPath", hooks_path.format(repo=repo.path))
    init(repo, prefix)
    assert set(installed_events(open_workspace(repo.path).repository)) == SEVEN
    project = Project(repo=repo, prefix=prefix)
    project.commit()
    assert len(project.sightings()) == 1


def test_hooks_path_shared_with_other_repositories_is_left_alone(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    shared = tmp_path / "shared hooks"
    shared.mkdir()
    (shared / "post-commit").write_text(FOREIGN)
    repo.git("config", "--global", "core.hooksPath", str(shared))
    before, refs = (files(shared), files(repo.git_dir)), repo.refs()
    with pytest.raises(Conflict) as caught:
        init(repo, prefix)
    assert caught.value.message == (
        f"core.hooksPath is '{shared}', which lies outside this repository; nothing was written there"
    )
    how, *lines = caught.value.hint.splitlines()
    assert how == "envgit init --manual, and add to the hooks yourself:"
    assert lines[2:4] == [
        f"# in {shared}/post-commit",
        'command -v envgit >/dev/null && envgit hook post-commit "$@" || :',
    ]
    assert ((files(shared), files(repo.git_dir)), repo.refs()) == (before, refs)


def test_hooks_path_below_home_is_understood(tmp_path: Path, sealed_environment: Path) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("config", "core.hooksPath", "~/hooks")
    with pytest.raises(Conflict, match=f"core.hooksPath is '{sealed_environment}/hooks', which lies outside"):
        init(repo, prefix)


@pytest.mark.parametrize("hooks_path", ["", "/dev/null"])
def test_hooks_path_that_switches_hooks_off_is_a_conflict(tmp_path: Path, hooks_path: str) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("config", "core.hooksPath", hooks_path)
    before = files(repo.git_dir)
    with pytest.raises(Conflict) as caught:
        init(repo, prefix)
    assert caught.value.message == f"core.hooksPath is {hooks_path!r}: Git runs no hooks here"
    assert caught.value.hint == "git config --unset core.hooksPath"
    assert files(repo.git_dir) == before


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("branch", "envgit"), "branch envgit is in the way of branch envgit/default"),
        (("branch", "envgit/default/x"), "branch envgit/default/x is in the way of branch envgit/default"),
        (("tag", "env"), "tag env is in the way of tag env/auto/none"),
    ],
)
def test_ref_in_the_way_of_snapshots_is_a_conflict_before_anything_is_written(
    tmp_path: Path, command: tuple[str, ...], message: str
) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git(*command)
    before = files(repo.git_dir)
    with pytest.raises(Conflict) as caught:
        init(repo, prefix)
    assert caught.value.message == message
    assert files(repo.git_dir) == before


@pytest.mark.parametrize("name", ["", "-x", "../x", "a/b", "a.b", "x" * 300, "论文", "a b", "x.lock"])
def test_invalid_environment_name_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    before = files(repo.git_dir)
    with pytest.raises(InvalidName):
        initialise(open_workspace(repo.path), prefix=str(prefix), environment=name)
    assert files(repo.git_dir) == before


def test_nothing_to_bind_is_said_before_anything_is_written(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    before = files(repo.git_dir)
    with pytest.raises(NoEnvironment) as caught:
        init(repo)
    assert caught.value.message == "no environment is active and there is no .venv here"
    assert caught.value.hint == "activate one, or name it: envgit init --prefix <prefix>"
    with pytest.raises(NotAPrefix):
        init(repo, tmp_path / "nothing")
    assert files(repo.git_dir) == before


def test_bare_repository_is_refused(tmp_path: Path) -> None:
    bare = make_repo(tmp_path / "code.git", bare=True)
    with pytest.raises(NoRepository, match="is a bare repository"):
        init(bare, make_prefix(tmp_path / "env"))


@pytest.mark.parametrize("hooks_path", ["train.py", "train.py/hooks"])
def test_hooks_path_that_is_no_folder_is_a_conflict(tmp_path: Path, hooks_path: str) -> None:
    repo, prefix = make_repo(tmp_path / "code"), make_prefix(tmp_path / "env")
    repo.git("config", "core.hooksPath", hooks_path)
    with pytest.raises(Conflict) as caught:
        init(repo, prefix)
    assert caught.value.message == (
        f"core.hooksPath is '{hooks_path}', which is no folder in this work tree: Git runs no hooks here"
    )
    assert caught.value.hint == "git config --unset core.hooksPath"


def test_a_hook_from_before_envgit_comes_back_though_ours_was_deleted_by_hand(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    hook = repo.git_dir / "hooks" / "post-commit"
    hook.write_text("#!/bin/sh\necho theirs\n")
    hook.chmod(0o755)
    init(repo, make_prefix(tmp_path / "env", conda={"zlib": "1.3"}))
    hook.unlink()

    envgit.uninstall(path=repo.path)

    assert hook.read_text() == "#!/bin/sh\necho theirs\n"
    assert not hook.with_name("post-commit.before-envgit").exists()


@pytest.mark.parametrize("moment", range(1, 5))
def test_init_that_is_killed_leaves_a_foreign_hook_in_service(tmp_path: Path, moment: int) -> None:
    """Killed at its n-th change of a name in the hooks folder."""
    repo, prefix = make_repo(tmp_path / "repo"), make_prefix(tmp_path / "env")
    hook = repo.git_dir / "hooks" / "post-commit"
    hook.write_text("#!/bin/sh\necho theirs\n")
    hook.chmod(0o755)
    before = files(hook.parent)
    killed = subprocess.run([sys.executable, "-c", KILLED_INIT, repo.path, prefix, str(moment)], check=False)
    assert killed.returncode == -9
    assert "theirs" in repo.run("commit", "--allow-empty", "--message=Next").stderr
    init(repo, prefix)
    assert "theirs" in repo.run("commit", "--allow-empty", "--message=Next").stderr
    envgit.uninstall(path=repo.path)
    assert files(hook.parent) == before


def test_uninstall_after_an_init_that_was_killed_leaves_nothing_of_it(tmp_path: Path) -> None:
    repo, prefix = make_repo(tmp_path / "repo"), make_prefix(tmp_path / "env")
    hook = repo.git_dir / "hooks" / "post-commit"
    hook.write_text("#!/bin/sh\necho theirs\n")
    before = files(hook.parent)
    subprocess.run([sys.executable, "-c", KILLED_INIT, repo.path, prefix, "2"], check=False)
    assert files(hook.parent) != before
    envgit.uninstall(path=repo.path)
    assert files(hook.parent) == before


KILLED_INIT = """
import os, signal, sys
import envgit
repo, prefix, moment = sys.argv[1:]
changes = 0
def watch(event, arguments):
    global changes
    if event in ("os.rename", "os.link") and "/hooks/" in str(arguments[1]):
        changes += 1
        if changes == int(moment):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
envgit.init(path=repo, prefix=prefix, first_snapshot=False)
"""
