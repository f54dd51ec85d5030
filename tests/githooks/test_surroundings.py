"""Hooks run in whatever surroundings a commit is made in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from envgit.githooks.init import init
from tests.builders import Repo, make_prefix, make_repo
from tests.githooks.project import LATER, Project


def test_envgit_0_is_silent_and_records_nothing(project: Project) -> None:
    shutil.rmtree(project.prefix)  # so that anything that ran would complain
    before = project.repo.refs()
    project.repo.git("config", "envgit.gate", "drift")
    assert project.commit(env={"ENVGIT": "0"}) == ""
    assert project.repo.run("checkout", "-q", "-b", "side", env={"ENVGIT": "0"}).stderr == ""
    assert project.repo.refs("refs/heads/envgit") == {
        ref: oid for ref, oid in before.items() if ref.startswith("refs/heads/envgit")
    }


@pytest.mark.parametrize("value", ["1", "", "yes"])
def test_other_values_of_envgit_switch_nothing_off(project: Project, value: str) -> None:
    project.commit(env={"ENVGIT": value})
    assert len(project.sightings()) == 1


def test_git_that_envgit_started_runs_no_hook_of_ours(project: Project) -> None:
    starts = project.count_starts()
    project.commit(env={"ENVGIT_HOOK": "1"})
    assert starts.events() == []
    assert project.sightings() == []


def test_user_hook_on_the_refs_that_envgit_writes_makes_no_loop(project: Project) -> None:
    """A reference-transaction hook that commits would otherwise never end."""
    project.add_hook("reference-transaction", "#!/bin/sh\necho $1 >> ../transactions\n")
    starts = project.count_starts()
    project.commit()
    assert starts.events() == ["post-commit"]
    assert (project.prefix.parent / "transactions").exists()


@pytest.mark.parametrize(
    "name",
    [
        "with space",
        'it\'s "quoted" `x` $(x)',
        "données 论文 🎉",
        "new\nline",
        "100% *?[a]",
        "back\\slash",
        "-x",
    ],
)
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    repo = make_repo(folder / f"{name} code")
    project = Project(repo=repo, prefix=make_prefix(folder / f"{name} env"))
    init(project.workspace(), prefix=str(project.prefix))
    assert project.commit() == ""
    make_prefix(project.prefix, conda={"zlib": "1.3"})
    assert project.commit().startswith("envgit: +zlib 1.3 (snapshot ")
    assert project.sightings()[-1] == ("post-commit", repo.head)


def test_folder_name_that_is_no_text_will_do(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    repo = make_repo(folder / "code")
    project = Project(repo=repo, prefix=make_prefix(folder / "env"))
    init(project.workspace(), prefix=str(project.prefix))
    assert project.commit() == ""
    shutil.rmtree(project.prefix)
    assert "caf\\udce9/env does not exist" in project.commit()


def test_envgit_may_live_where_names_are_odd(tmp_path: Path, project: Project) -> None:
    """The interpreter and the search path are pinned in the hook, quoted."""
    import envgit

    odd = tmp_path / 'it\'s an "odd" place $HOME'
    shutil.copytree(
        Path(envgit.__file__).parent, odd / "envgit", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(Path(envgit.__file__).parent.parent / "hooks", odd / "hooks", dirs_exist_ok=True)
    (odd / "python").symlink_to(sys.executable)
    script = "import sys; sys.path.insert(0, sys.argv[1]); from envgit.githooks.install import install;"
    script += "from envgit.operations.workspace import open_workspace; import os;"
    script += "sys.executable = sys.argv[2]; repository = open_workspace('.', environ=os.environ).repository;"
    script += "install(repository, hook_files=True)"
    subprocess.run(
        [sys.executable, "-c", script, str(odd), str(odd / "python")], cwd=project.repo.path, check=True
    )
    assert "odd" in (project.hooks / "post-commit").read_text()
    assert project.commit() == ""
    assert len(project.sightings()) == 1


POISONED = {
    "PYTHONPATH": "a folder with modules of the same names",
    "PYTHONHOME": "/nonexistent",
    "PYTHONSTARTUP": "/nonexistent",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "ascii",
    "PYTHONVERBOSE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "0",
}


def test_python_variables_of_the_users_shell_do_not_reach_the_hook(project: Project, tmp_path: Path) -> None:
    poison = tmp_path / "poison"
    for module in ("json", "os", "subprocess", "envgit", "dataclasses", "sitecustomize"):
        (poison / module).mkdir(parents=True)
        (poison / module / "__init__.py").write_text("raise SystemExit('poisoned')\n")
    project.upgrade("2.0")
    said = project.commit(env=POISONED | {"PYTHONPATH": str(poison)})
    assert said.startswith("envgit: six 1.0 → 2.0 (snapshot ")
    assert len(said.splitlines()) == 1


def test_modules_in_the_work_tree_are_not_imported(project: Project) -> None:
    for module in ("json", "os", "subprocess", "envgit", "typing", "usercustomize"):
        project.repo.write({f"{module}.py": "raise SystemExit('theirs')\n", f"{module}/__init__.py": ""})
    assert project.repo.run("commit", "--allow-empty", "-qm", "x").stderr == ""
    assert len(project.sightings()) == 1


@pytest.mark.parametrize("locale", ["C", "POSIX", "tr_TR.UTF-8", "de_DE.ISO-8859-1", ""])
def test_any_locale_will_do(project: Project, locale: str) -> None:
    project.upgrade("2.0")
    said = project.commit(env={"LC_ALL": locale, "LANG": locale, "LANGUAGE": "de"})
    assert said.startswith("envgit: six 1.0 ")
    assert project.observations()[0].summary == "six 1.0 → 2.0"


def test_path_with_git_alone_will_do(project: Project, tmp_path: Path) -> None:
    """A graphical Git client starts with hardly any PATH."""
    (tmp_path / "bin").mkdir()
    git = shutil.which("git")
    assert git is not None
    (tmp_path / "bin/git").symlink_to(git)
    project.upgrade("2.0")
    for number in (1, 2):
        project.repo.commit(f"Change {number}", files={f"{number}.py": ""}, env={"ENVGIT": "0"})
    path = {"PATH": str(tmp_path / "bin")}
    assert project.commit(env=path).startswith("envgit: six 1.0 → 2.0 (snapshot ")
    ran = project.repo.run("rebase", "--quiet", "--force-rebase", "HEAD~1", env=path | LATER)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert project.linked() is not None


def test_no_home_will_do(project: Project, sealed_environment: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "HOME"}
    ran = subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "-m", "x"],
        cwd=project.repo.path,
        env=environ,
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert len(project.sightings()) == 1


def test_open_stdin_hangs_nothing(project: Project) -> None:
    """As a client that keeps a pipe open for as long as it lives."""
    commands = (
        ("commit", "--quiet", "--allow-empty", "-m", "x"),
        ("checkout", "--quiet", "-b", "side"),
        ("commit", "--quiet", "--amend", "--allow-empty", "-m", "y"),
        ("merge", "--quiet", "main"),
        ("rebase", "--quiet", "--force-rebase", "HEAD~1"),
    )
    for command in commands:
        with subprocess.Popen(
            ["git", *command],
            cwd=project.repo.path,
            env=os.environ | (LATER if "rebase" in command else {}),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            assert running.wait(timeout=20) == 0
    triggers = [trigger for trigger, _ in project.sightings()]
    assert triggers == ["post-commit", "post-commit", "post-merge", "post-rewrite"]


@pytest.mark.parametrize("event", ["pre-commit", "post-commit", "post-merge", "post-applypatch"])
def test_hook_without_an_input_is_given_none(project: Project, event: str) -> None:
    """As from a tool that runs hooks by itself, and leaves them its own input, which does not end."""
    project.repo.git("config", "envgit.gate", "drift")
    reader = project.prefix.with_name("reading-python")
    reader.write_text("#!/bin/sh\nwhile read -r line; do :; done\necho read to its end >&2\n")
    reader.chmod(0o755)
    hook = project.hooks / event
    hook.write_text(re.sub(r"(?m)^envgit_python=.*$", f"envgit_python={reader}", hook.read_text()))
    with subprocess.Popen(
        [str(hook)], cwd=project.repo.path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.wait(timeout=20) == 0
        assert running.stderr is not None
        assert running.stderr.read() == b"read to its end\n"


def test_closed_streams_are_no_trouble(project: Project) -> None:
    project.upgrade("2.0")
    script = "git commit --quiet --allow-empty -m x <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", script], cwd=project.repo.path, check=False).returncode == 0
    assert len(project.sightings()) == 1


def test_reader_of_stderr_that_went_away_is_no_trouble(project: Project) -> None:
    project.upgrade("2.0")
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "-m", "x"],
        cwd=project.repo.path,
        stderr=write,
        check=False,
    )
    os.close(write)
    assert ran.returncode == 0
    assert len(project.sightings()) == 1


def test_active_environment_is_recorded_and_not_the_one_envgit_lives_in(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    active = make_prefix(tmp_path / "active", conda={"zlib": "1.3"})
    project = Project(repo=repo, prefix=active)
    init(project.workspace(CONDA_PREFIX=str(active)))
    project.repo.git("config", "--unset", "envgit.default.prefix")
    project.commit(env={"CONDA_PREFIX": str(active)})
    assert project.observations()[0].snapshot == project.observations()[-1].snapshot
    assert project.observations()[-1].summary == "2 conda packages, Python 3.11.7"
    said = project.commit()  # nothing active: the interpreter of the hook stands in for nothing
    assert "no environment is bound to this repository, and none is active" in said
    assert len(project.sightings()) == 1


def test_active_environment_that_is_not_the_bound_one_is_said(project: Project, tmp_path: Path) -> None:
    other = make_prefix(tmp_path / "other")
    said = project.commit(env={"CONDA_PREFIX": str(other)})
    assert said == (
        f"envgit: the active environment {other} is not the bound one, {project.prefix}, "
        f"which is meant here; to bind the active one: envgit init --prefix {other}\n"
    )
    assert project.commit(env={"CONDA_PREFIX": str(project.prefix)}) == ""


def test_active_one_of_several_bound_environments_is_recorded(project: Project, tmp_path: Path) -> None:
    other = make_prefix(tmp_path / "other", conda={"xz": "5.4"})
    init(project.workspace(), prefix=str(other), environment="serve")
    project.commit(env={"CONDA_PREFIX": str(other)})
    assert [o.trigger for o in project.observations("serve")] == ["post-commit", "init"]
    assert [o.trigger for o in project.observations("default")] == ["init"]


def test_commit_from_a_subfolder_is_recorded(project: Project) -> None:
    project.repo.write({"deep/down/a.py": ""})
    below = Repo(path=project.repo.path / "deep/down")
    below.git("commit", "--quiet", "--allow-empty", "-m", "From below")
    assert project.sightings() == [("post-commit", project.repo.head)]


def test_commit_through_a_link_to_the_work_tree_is_recorded(project: Project, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project.repo.path)
    Repo(path=tmp_path / "link").git("commit", "--quiet", "--allow-empty", "-m", "Through a link")
    assert project.sightings() == [("post-commit", project.repo.head)]


def test_umask_of_a_shared_machine_is_kept(project: Project) -> None:
    before = os.umask(0o077)
    try:
        shutil.rmtree(project.repo.git_dir / "envgit")
        project.commit()
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o077 for path in (project.repo.git_dir / "envgit").rglob("*")}
    assert modes == {0}
