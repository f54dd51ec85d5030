"""A checkout says in one line when the commit ran in another environment, and how to bring that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.githooks.init import init
from envgit.operations.snapshot import snapshot
from envgit.operations.tag import tag
from envgit.operations.workspace import open_workspace
from tests.builders import Repo, make_prefix, make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.githooks.project import Project


@pytest.fixture
def moved_on(project: Project) -> Project:
    """Branch ``old`` ran with six 1.0, main with 2.0, which is live."""
    project.repo.git("branch", "old")
    project.upgrade("2.0")
    project.recorded_commit("With 2.0", files={"train.py": "2\n"})
    return project


def checkout(project: Project, *arguments: str) -> str:
    ran = project.repo.run("checkout", "--quiet", *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def test_commit_of_another_environment_is_advised_on_in_one_line(moved_on: Project) -> None:
    linked = moved_on.linked("old")
    assert linked is not None
    assert checkout(moved_on, "old") == (
        "envgit: this commit ran in another environment (six 2.0 → 1.0); "
        f"to bring it back: envgit checkout {linked.snapshot[:12]}\n"
    )


def test_advice_names_the_baseline_where_there_is_one(moved_on: Project) -> None:
    tag(moved_on.workspace(), "paper-v1", "old")
    assert checkout(moved_on, "old").endswith("; to bring it back: envgit checkout paper-v1\n")


def test_word_in_the_advice_resolves(moved_on: Project) -> None:
    from envgit.store.resolve import resolve

    word = checkout(moved_on, "old").split()[-1]
    assert resolve(moved_on.workspace().git, word) == moved_on.linked("old")


def test_commit_of_the_live_environment_says_nothing(moved_on: Project) -> None:
    checkout(moved_on, "old")
    assert checkout(moved_on, "main") == ""
    moved_on.upgrade("1.0")
    assert checkout(moved_on, "old") == ""


def test_checkout_records_nothing(moved_on: Project) -> None:
    before = moved_on.repo.refs()
    checkout(moved_on, "old")
    checkout(moved_on, "-b", "new")
    after = moved_on.repo.refs()
    assert {ref for ref in after if ref not in before} == {"refs/heads/new"}
    assert after["refs/heads/envgit/default"] == before["refs/heads/envgit/default"]


def test_detached_checkout_is_advised_on(moved_on: Project) -> None:
    assert "six 2.0 → 1.0" in checkout(moved_on, "--detach", "old")


def test_branch_from_before_envgit_is_silent(project: Project) -> None:
    repo = project.repo
    repo.commit("Unrecorded", files={"a.py": ""}, env={"ENVGIT": "0"})
    repo.git("branch", "unrecorded")
    project.upgrade("2.0")
    project.recorded_commit("Recorded", files={"b.py": ""})
    assert checkout(project, "unrecorded") == ""


@pytest.mark.parametrize("arguments", [("--", "train.py"), ("old", "--", "train.py"), ("-b", "new")])
def test_checkout_of_files_and_new_branches_are_silent(moved_on: Project, arguments: tuple[str, ...]) -> None:
    assert checkout(moved_on, *arguments) == ""


def test_checkout_of_the_same_commit_is_silent(moved_on: Project) -> None:
    moved_on.upgrade("3.0")
    moved_on.repo.git("branch", "same")
    assert checkout(moved_on, "same") == ""


def test_adding_a_work_tree_is_silent_and_succeeds(moved_on: Project, tmp_path: Path) -> None:
    ran = moved_on.repo.run("worktree", "add", "--quiet", str(tmp_path / "linked"), "old")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_clone_with_hooks_from_a_template_is_silent_and_succeeds(moved_on: Project, tmp_path: Path) -> None:
    template = tmp_path / "template"
    (template / "hooks").mkdir(parents=True)
    for hook in moved_on.hooks.iterdir():
        (template / "hooks" / hook.name).write_bytes(hook.read_bytes())
        (template / "hooks" / hook.name).chmod(0o755)
    ran = moved_on.repo.run(
        "clone", "--quiet", f"--template={template}", str(moved_on.repo.path), str(tmp_path / "clone")
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_unbound_clone_is_silent_about_what_it_cannot_compare(moved_on: Project, tmp_path: Path) -> None:
    moved_on.repo.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Repo(path=tmp_path / "clone")
    for hook in moved_on.hooks.iterdir():
        hook.rename(clone.git_dir / "hooks" / hook.name)
    ran = clone.run("checkout", "--quiet", "origin/old")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_repository_without_snapshots_is_silent(tmp_path: Path, project: Project) -> None:
    repo = make_repo(tmp_path / "fresh")
    init(project.workspace(), prefix=str(project.prefix))
    for hook in project.hooks.iterdir():
        hook.rename(repo.git_dir / "hooks" / hook.name)
    repo.commit("Second", env={"ENVGIT": "0"})
    ran = repo.run("checkout", "--quiet", "HEAD~1")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_damaged_snapshot_is_one_line_and_the_checkout_succeeds(moved_on: Project) -> None:
    git = moved_on.workspace().git
    linked = moved_on.linked("old")
    assert linked is not None
    blob = git.line("rev-parse", f"{linked.commit}:snapshot.json")
    (moved_on.repo.git_dir / "objects" / blob[:2] / blob[2:]).unlink()
    said = checkout(moved_on, "old")
    assert len(said.splitlines()) == 1
    assert f"{linked.tree[:12]}:snapshot.json: cannot be read" in said
    assert "; Git goes on, the environment was not compared" in said


def test_checkout_in_a_partial_clone_fetches_nothing_for_us(moved_on: Project, tmp_path: Path) -> None:
    moved_on.repo.git("config", "uploadpack.allowFilter", "true")
    clone = Repo(path=tmp_path / "clone")
    moved_on.repo.git(
        "clone", "--quiet", "--filter=blob:none", f"file://{moved_on.repo.path}", str(clone.path)
    )
    init(open_workspace(clone.path), prefix=str(moved_on.prefix))
    listing = ("rev-list", "--objects", "--missing=print", "--remotes=origin/envgit/*")
    before = clone.git(*listing)
    assert "\n?" in before
    said = clone.run("checkout", "--quiet", "old").stderr
    assert clone.git(*listing) == before
    assert said.count("\n") == 1


def test_bisect_is_silent_all_the_way_and_back(moved_on: Project) -> None:
    repo = moved_on.repo
    for number in range(4):
        moved_on.recorded_commit(f"More {number}", files={f"{number}.py": ""})
    moved_on.upgrade("3.0")
    steps = [("start", "main", "old"), ("good",), ("reset",)]
    assert [repo.run("bisect", *step).stderr.count("envgit") for step in steps] == [0, 0, 0]
    assert repo.git("symbolic-ref", "--short", "HEAD") == "main"


def test_rebase_onto_a_commit_of_another_environment_is_silent(moved_on: Project) -> None:
    repo = moved_on.repo
    checkout(moved_on, "old")
    repo.commit("Aside", files={"aside.py": ""}, env={"ENVGIT": "0"})
    moved_on.upgrade("3.0")
    assert "envgit" not in repo.run("rebase", "--quiet", "main").stderr


def test_reset_stash_and_restore_of_files_are_silent_and_record_nothing(moved_on: Project) -> None:
    repo, before = moved_on.repo, moved_on.observations()
    moved_on.upgrade("3.0")
    repo.write({"train.py": "3\n"})
    for command in (["stash"], ["stash", "pop"], ["restore", "train.py"], ["reset", "--hard", "old"]):
        ran = repo.run(*command)
        assert (ran.returncode, "envgit" in ran.stderr) == (0, False), command
    assert moved_on.observations() == before


def test_branch_made_at_a_commit_of_another_environment_is_advised_on(moved_on: Project) -> None:
    ran = moved_on.repo.run("switch", "--quiet", "-c", "new", "old")
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 1)
    assert "six 2.0 → 1.0" in ran.stderr


@pytest.mark.parametrize("command", [("switch", "--orphan", "new"), ("checkout", "--orphan", "new")])
def test_branch_without_a_commit_is_silent(moved_on: Project, command: tuple[str, ...]) -> None:
    moved_on.upgrade("3.0")
    ran = moved_on.repo.run(*command)
    assert (ran.returncode, "envgit" in ran.stderr) == (0, False)
    ran = moved_on.repo.run("checkout", "--quiet", "--force", "main")
    assert ran.returncode == 0


def test_commit_that_could_not_be_observed_is_not_advised_on(moved_on: Project) -> None:
    repo = moved_on.repo
    code = repo.commit("Unobserved", files={"a.py": ""}, env={"ENVGIT": "0"})
    tree = repo.git("rev-parse", f"{code}^{{tree}}")
    message = "unobserved\n\nUnobserved: no environment was active\nEnvironment: default\n"
    message += f"Trigger: post-commit\nCode-Commit: {code}\nCode-Tree: {tree}\n"
    tip = "refs/heads/envgit/default"
    record = repo.git("commit-tree", f"{tip}^{{tree}}", "-p", tip, stdin=message)
    repo.git("update-ref", tip, record)
    repo.git("branch", "unobserved")
    checkout(moved_on, "old")
    moved_on.upgrade("3.0")
    assert checkout(moved_on, "unobserved") == ""


def test_several_environments_are_compared_each_with_its_own(moved_on: Project, tmp_path: Path) -> None:
    serve = make_prefix(tmp_path / "serve", conda={"zlib": "1.3"})
    moved_on.repo.git("config", "envgit.serve.prefix", str(serve))
    active = moved_on.workspace(CONDA_PREFIX=str(serve))
    moved_on.repo.run("checkout", "--quiet", "old")
    snapshot(active, trigger="post-commit")

    def said(rev: str, prefix: Path) -> str:
        return moved_on.repo.run("checkout", "--quiet", rev, env={"CONDA_PREFIX": str(prefix)}).stderr

    moved_on.repo.run("checkout", "--quiet", "main")
    assert said("old", serve) == ""
    assert "(default; +six 2.0); " in said("main", serve)
    assert "(six 2.0 → 1.0); " in said("old", moved_on.prefix)
    assert said("main", tmp_path / "neither") == ""
