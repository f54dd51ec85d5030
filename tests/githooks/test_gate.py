"""The gate, where it was asked for, refuses a commit in an environment nobody has accepted."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from envgit.operations.snapshot import snapshot
from tests.builders import Repo
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess


ONCE = (
    "envgit: to commit once all the same: git commit --no-verify; or, not to be recorded: ENVGIT=0 git commit"
)


@pytest.fixture
def gated(project: Project) -> Project:
    project.repo.git("config", "envgit.gate", "drift")
    return project


def attempt(project: Project, *options: str) -> CompletedProcess[str]:
    return project.repo.run("commit", "--quiet", "--allow-empty", "-m", "Attempt", *options)


def test_gate_refuses_drift_and_names_the_way_out(gated: Project) -> None:
    gated.upgrade("2.0")
    before = gated.repo.refs()
    ran = attempt(gated)
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        "envgit: nothing was committed: the environment is not what was accepted (envgit.gate is drift)",
        "envgit: since the last snapshot: six 1.0 → 2.0",
        "envgit:   to accept this: envgit snapshot",
        ONCE,
    ]
    assert gated.repo.refs() == before


def test_gate_opens_when_the_drift_was_accepted(gated: Project) -> None:
    gated.upgrade("2.0")
    snapshot(gated.workspace())
    ran = attempt(gated)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_gate_is_open_without_drift(gated: Project) -> None:
    ran = attempt(gated)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(gated.sightings()) == 1


def test_gate_does_not_mind_what_is_no_drift(gated: Project) -> None:
    """Metadata may change without a new id, and an upgrade may be taken back."""
    with (gated.prefix / "conda-meta/history").open("a") as history:
        history.write("==> 2024-06-01 12:00:00 <==\n# update specs: ['zlib']\n")
    gated.upgrade("2.0")
    gated.upgrade("1.0")
    assert attempt(gated).returncode == 0


def test_gate_is_passed_by_with_envgit_0_and_with_n(gated: Project) -> None:
    gated.upgrade("2.0")
    assert gated.repo.run("commit", "--allow-empty", "-qm", "x", env={"ENVGIT": "0"}).returncode == 0
    assert attempt(gated, "-n").returncode == 0


def test_gate_is_open_before_the_first_snapshot(gated: Project) -> None:
    gated.repo.git("branch", "-D", "envgit/default")
    gated.upgrade("2.0")
    assert attempt(gated).returncode == 0


def test_gate_that_cannot_look_is_open(gated: Project) -> None:
    gated.prefix.rename(gated.prefix.with_name("moved"))
    ran = attempt(gated)
    assert ran.returncode == 0
    first, second = ran.stderr.splitlines()
    assert first.endswith("; Git goes on, the environment was not compared")
    assert second.endswith("; Git goes on, the environment was not recorded")


def test_gate_is_configured_by_the_user_alone(project: Project) -> None:
    project.repo.write({".envgit": "[envgit]\ngate = drift\n", ".gitconfig": "[envgit]\ngate = drift\n"})
    project.upgrade("2.0")
    assert attempt(project).returncode == 0


def test_no_gate_starts_nothing_before_a_commit(project: Project) -> None:
    starts = project.count_starts()
    project.commit()
    assert starts.events() == ["post-commit"]


def test_gate_comes_after_the_users_own_hook(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"pre-commit": "#!/bin/sh\necho theirs >&2\nexit 1\n"})
    project.repo.git("config", "envgit.gate", "drift")
    project.upgrade("2.0")
    assert attempt(project).stderr == "theirs\n"


@pytest.mark.parametrize("value", ["Drift", "DRIFT"])
def test_gate_is_known_in_any_case(project: Project, value: str) -> None:
    project.repo.git("config", "envgit.gate", value)
    project.upgrade("2.0")
    assert attempt(project).returncode == 1


def test_gate_is_open_where_no_environment_was_ever_observed(gated: Project) -> None:
    gated.repo.git("branch", "-D", "envgit/default")
    away = gated.prefix.with_name("away")
    gated.prefix.rename(away)
    assert gated.repo.run("commit", "--allow-empty", "-nqm", "Unobserved").returncode == 0
    assert gated.repo.refs("refs/heads/envgit")
    away.rename(gated.prefix)
    ran = attempt(gated)
    assert ran.returncode == 0
    assert "not compared" not in ran.stderr


def test_gate_compares_with_what_was_last_observed(gated: Project) -> None:
    away = gated.prefix.with_name("away")
    gated.prefix.rename(away)
    assert gated.repo.run("commit", "--allow-empty", "-nqm", "Unobserved").returncode == 0
    away.rename(gated.prefix)
    assert attempt(gated).returncode == 0
    gated.upgrade("2.0")
    assert attempt(gated).returncode == 1


# --- the project's own file ---


def declare(project: Project, *specs: str, pip: tuple[str, ...] = (), file: str = "environment.yml") -> None:
    """Stage a file that asks for these packages."""
    lines = ["name: demo", "dependencies:", *(f"  - {spec}" for spec in specs)]
    lines += ["  - pip:", *(f"      - {line}" for line in pip)] if pip else []
    project.repo.write({file: "\n".join(lines) + "\n"})
    project.repo.git("add", file)


def run_envgit(project: Project, *arguments: str) -> str:
    command = [sys.executable, "-m", "envgit", *arguments]
    ran = subprocess.run(command, cwd=project.repo.path, capture_output=True, text=True, check=True)
    return ran.stdout


def test_environment_that_lacks_what_the_file_asks_for_is_refused_in_a_few_lines(gated: Project) -> None:
    declare(gated, "zlib=1.4", "scipy>=1", pip=("six>=2", *(f"lib{n}" for n in range(9))))
    ran = attempt(gated)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[1:] == [
        "envgit: environment.yml asks for zlib=1.4 (1.3 is installed), scipy>=1 (not installed), "
        "six>=2 (1.0 is installed), lib0 (not installed), lib1 (not installed), and 7 more",
        "envgit:   to accept this: envgit show live --file environment.yml > environment.yml "
        "&& git add environment.yml",
        ONCE,
    ]


@pytest.mark.parametrize("file", ["environment.yml", "environment.yaml"])
def test_command_that_the_refusal_names_opens_the_gate(gated: Project, file: str) -> None:
    declare(gated, "zlib=1.4", pip=("six==2.0",), file=file)
    assert attempt(gated).returncode == 1
    gated.repo.write({file: run_envgit(gated, "show", "live", "--file", "environment.yml")})
    gated.repo.git("add", file)
    ran = attempt(gated)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_refusal_names_the_file_as_seen_from_where_the_user_is(gated: Project) -> None:
    declare(gated, "scipy")
    (gated.repo.path / "sub").mkdir()
    ran = gated.repo.run("-C", "sub", "commit", "-m", "Attempt")
    assert "environment.yml asks for scipy (not installed)" in ran.stderr
    assert " > ../environment.yml && git add ../environment.yml\n" in ran.stderr


def test_environment_that_has_all_that_the_file_asks_for_passes(gated: Project) -> None:
    declare(gated, "zlib>=1.3,<2", "conda-forge::zlib", pip=("six; python_version > '3'",))
    ran = attempt(gated)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_both_kinds_of_drift_are_told_together(gated: Project) -> None:
    declare(gated, "zlib", pip=("six<2",))
    gated.upgrade("2.0")
    said = attempt(gated).stderr
    assert "since the last snapshot: six 1.0 → 2.0" in said
    assert "environment.yml asks for six<2 (2.0 is installed)" in said


def test_file_counts_as_it_is_committed_not_as_it_lies_in_the_work_tree(gated: Project) -> None:
    declare(gated, "scipy")
    gated.repo.write({"environment.yml": "dependencies: [zlib]\n"})
    assert attempt(gated).returncode == 1
    assert attempt(gated, "--all").returncode == 0
    gated.repo.write({"environment.yml": "dependencies: [scipy]\n", "train.py": "2\n"})
    assert attempt(gated).returncode == 0
    assert gated.repo.run("commit", "-qm", "x", "train.py").returncode == 0
    assert gated.repo.run("commit", "-qm", "x", "environment.yml").returncode == 1
    assert attempt(gated, "--all").returncode == 1


def test_file_that_is_not_committed_counts_for_nothing(gated: Project) -> None:
    gated.repo.write(
        {"environment.yml": "dependencies: [scipy]\n", "sub/environment.yml": "dependencies: [scipy]"}
    )
    gated.repo.git("add", "sub")
    assert attempt(gated).returncode == 0


@pytest.mark.parametrize("content", ["<<<<<<< HEAD\na: 1\n=======\nb: 1\n>>>>>>> other\n", "{", "- 1\n"])
def test_file_that_cannot_be_read_blocks_nothing_and_is_told_in_one_line(
    gated: Project, content: str
) -> None:
    gated.repo.write({"environment.yml": content})
    gated.repo.git("add", "environment.yml")
    for _ in range(2):
        ran = attempt(gated)
        assert ran.returncode == 0
        (line,) = ran.stderr.splitlines()
        assert line.startswith("envgit: environment.yml")
        assert line.endswith("; the environment was not compared with it")


def test_link_in_place_of_the_file_is_not_followed(gated: Project) -> None:
    (gated.repo.path / "environment.yml").symlink_to("envs/dev.yml")
    gated.repo.git("add", "environment.yml")
    ran = attempt(gated)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_credentials_in_the_file_are_not_shown(gated: Project) -> None:
    declare(gated, "https://ada:hunter2@host/channel::scipy", pip=("x @ https://ada:hunter2@host/x.zip",))
    said = attempt(gated).stderr
    assert "scipy (not installed)" in said
    assert "hunter2" not in said


def test_file_speaks_of_the_default_one_of_several_environments(gated: Project) -> None:
    declare(gated, "scipy")
    gated.repo.git("config", "envgit.serve.prefix", str(gated.prefix))
    gated.repo.git("config", "envgit.default.prefix", str(gated.prefix.with_name("other")))
    other = {"CONDA_PREFIX": str(gated.prefix)}
    assert gated.repo.run("commit", "-qm", "x", env=other).returncode == 0


def test_linked_work_tree_has_an_index_of_its_own(gated: Project, tmp_path: Path) -> None:
    gated.repo.git("worktree", "add", "--quiet", "-b", "aside", str(tmp_path / "linked"))
    linked = Project(repo=Repo(path=tmp_path / "linked"), prefix=gated.prefix)
    declare(linked, "scipy")
    assert attempt(gated).returncode == 0
    ran = attempt(linked)
    assert ran.returncode == 1
    assert "environment.yml asks for scipy (not installed)" in ran.stderr


def imported(project: Project) -> set[str]:
    """Run the gate alone; returns the modules that it loads."""
    code = "import os, sys; from envgit.githooks.run import main; code = main(['pre-commit'], os.environ); "
    code += "print(*{name.split('.')[0] for name in sys.modules}); sys.exit(code)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=project.repo.path, capture_output=True, text=True, check=False
    )
    return set(ran.stdout.split())


def test_verdict_is_remembered_while_environment_and_file_stay_the_same(gated: Project) -> None:
    heavy = {"rattler", "yaml", "packaging"}
    declare(gated, "zlib")
    assert heavy & imported(gated)
    assert not heavy & imported(gated)
    declare(gated, "zlib", "scipy")
    assert heavy & imported(gated)
    assert not heavy & imported(gated)
    assert attempt(gated).returncode == 1


def test_remembered_verdict_falls_with_the_environment(gated: Project) -> None:
    declare(gated, pip=("six<2",))
    assert attempt(gated).returncode == 0
    gated.upgrade("2.0")
    assert "six<2 (2.0 is installed)" in attempt(gated).stderr
    gated.upgrade("1.0")
    assert attempt(gated).returncode == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"mark": 1}'])
def test_damaged_memory_is_no_verdict(gated: Project, content: str) -> None:
    declare(gated, "scipy")
    (gated.repo.git_dir / "envgit/gate.json").write_text(content)
    assert attempt(gated).returncode == 1
