"""An editable install runs the recorded code: from where it was recorded, or else from a clone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.builders import make_repo, run_python
from tests.restore.distributions import (
    demo,
    dist_info,
    editable,
    files_with,
    untrue_rows,
    with_settings,
)
from tests.restore.environments import Workshop, venv_environment
from tests.restore.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.builders import Repo

MODULE_FILE = ("-c", "import demo_project; print(demo_project.__file__)")


@pytest.fixture
def workshop(indexed: Workshop) -> Workshop:
    """Restores from the test's own index alone."""
    return indexed


def git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def test_editable_of_this_repository_runs_from_its_work_tree(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "work tree", subdirectory="python")
    source = editable("file:///gone", ".", subdirectory="python")
    layer = venv_environment(demo(source))
    here = with_settings(workshop, tmp_path, repository=repo.path)
    assert here.restore(layer, prefix) == ()
    said = run_python(prefix, "-c", "import demo_project; print(demo_project.__file__)")
    assert said == str(repo.path / "python/demo_project.py")

    (note,) = workshop.restore(layer, prefix.with_name("2"))
    assert "no work tree here" in note.reason


def test_work_tree_that_is_not_at_the_commit_of_the_snapshot_is_named(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "work tree", subdirectory="python")
    layer = venv_environment(demo(editable("file:///gone", ".", subdirectory="python")))
    here = with_settings(workshop, tmp_path, repository=repo.path, code=repo.head)
    assert here.restore(layer, prefix) == ()

    (repo.path / "python/demo_project.py").write_text("edited = True\n")
    (note,) = here.restore(layer, prefix.with_name("2"))
    assert (note.grade, note.name) == ("exact", "demo-project")
    assert note.reason.startswith("it runs what lies in the work tree: ")
    assert note.reason.endswith("has changes that were not recorded: python/demo_project.py")


def test_editable_of_another_repository_runs_from_where_it_still_stands(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    source = editable(repo.path.as_uri(), "https://gone.example/r", commit=repo.head)
    assert workshop.restore(venv_environment(demo(source)), prefix) == ()
    said = run_python(prefix, "-c", "import demo_project; print(demo_project.__file__)")
    assert said == str(repo.path / "demo_project.py")


@pytest.mark.parametrize("remote", [None, "https://127.0.0.1:9/r"], ids=["no remote", "remote without it"])
def test_editable_of_a_repository_that_moved_on_is_cloned_into_the_environment(
    remote: str | None, workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other", subdirectory="python")
    commit = repo.head
    repo.commit("Move on", files={"python/demo_project.py": "raise SystemExit('newer')\n"})
    folder = (repo.path / "python").as_uri()
    source = editable(folder, remote, commit=commit, subdirectory="python")
    (note,) = workshop.restore(venv_environment(demo(source)), prefix)
    assert (note.grade, note.reason) == (
        "exact",
        f"it runs from a clone, src/demo-project: {repo.path}/python is at {repo.head[:12]}, "
        f"and {commit[:12]} was recorded",
    )
    said = run_python(prefix, "-c", "import demo_project; print(demo_project.__file__)")
    assert said == str(prefix / "src/demo-project/python/demo_project.py")
    assert files_with(prefix, ".envgit-") == []
    assert untrue_rows(prefix, "demo_project") == []
    url = json.loads((dist_info(prefix, "demo_project") / "direct_url.json").read_text())["url"]
    assert url == (prefix / "src/demo-project/python").as_uri()
    belongs_to = git(prefix / "src/demo-project", "remote", "get-url", "origin")
    assert belongs_to == (remote or repo.path.as_uri())
    assert not (prefix / "src/demo-project/.git/objects/info/alternates").exists()


def test_environment_does_not_run_from_another_environment_s_clone(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    source = editable("file:///gone", repo.path.as_uri(), commit=repo.head)
    workshop.restore(venv_environment(demo(source)), prefix)
    cloned = (prefix / "src/demo-project").as_uri()
    again = editable(cloned, repo.path.as_uri(), commit=repo.head)
    second = prefix.with_name("second")
    assert workshop.restore(venv_environment(demo(again)), second) == ()
    said = run_python(second, "-c", "import demo_project; print(demo_project.__file__)")
    assert said == str(second / "src/demo-project/demo_project.py")


def test_commit_that_is_gone_is_missing_in_git_s_words(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    source = editable("file:///gone", repo.path.as_uri(), commit="1" * 40)
    (note,) = workshop.restore(venv_environment(demo(source)), prefix)
    assert note.reason.startswith("commit 111111111111 of file://")
    assert not (prefix / "src/demo-project").exists()


def _edit(repo: Repo) -> None:
    repo.write({"demo_project.py": "raise SystemExit('dirty')\n"})


def _stage(repo: Repo) -> None:
    _edit(repo)
    repo.git("add", "--all")


def _delete(repo: Repo) -> None:
    (repo.path / "demo_project.py").unlink()


@pytest.mark.parametrize(
    ("change", "remote"), [(_edit, None), (_stage, "https://127.0.0.1:9/r"), (_delete, None)]
)
def test_folder_with_changes_is_left_alone_and_a_clone_stands_in_for_it(
    change: Callable[[Repo], None], remote: str | None, workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    change(repo)
    before = repo.git("status", "--porcelain")
    source = editable(repo.path.as_uri(), remote, commit=repo.head)
    (note,) = workshop.restore(venv_environment(demo(source)), prefix)
    assert note.reason.endswith(f"{repo.path} has changes that were not recorded: demo_project.py")
    assert run_python(prefix, *MODULE_FILE) == str(prefix / "src/demo-project/demo_project.py")
    assert repo.git("status", "--porcelain") == before


def _build(repo: Repo) -> None:
    repo.write({"python/demo_project.egg-info/PKG-INFO": "", "python/build/lib.py": "", "python/new.py": ""})


def _touch(repo: Repo) -> None:
    os.utime(repo.path / "python/demo_project.py", (1, 1))


def _edit_beside(repo: Repo) -> None:
    repo.write({"README": "about another project\n"})


@pytest.mark.parametrize("change", [_build, _touch, _edit_beside])
def test_folder_with_the_same_tracked_files_is_used_as_it_is(
    change: Callable[[Repo], None], workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other", subdirectory="python")
    repo.commit(files={"README": "about\n", ".gitignore": "build\n"})
    change(repo)
    folder = repo.path / "python"
    source = editable(folder.as_uri(), None, commit=repo.head, subdirectory="python")
    assert workshop.restore(venv_environment(demo(source)), prefix) == ()
    assert run_python(prefix, *MODULE_FILE) == str(folder / "demo_project.py")


def test_commit_that_no_branch_leads_to_any_more_is_cloned(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    source = editable(repo.path.as_uri(), None, commit=repo.head)
    repo.git("commit", "--quiet", "--amend", "--message", "Other words")
    workshop.restore(venv_environment(demo(source)), prefix)
    assert git(prefix / "src/demo-project", "rev-parse", "HEAD") == source.commit


def test_commit_that_the_folder_s_repository_lacks_is_missing_and_both_are_named(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    source = editable(repo.path.as_uri(), None, commit="1" * 40)
    (note,) = workshop.restore(venv_environment(demo(source)), prefix)
    assert note.grade == "missing"
    assert note.reason.startswith(f"commit 111111111111 of {repo.path.as_uri()} cannot be cloned: ")
    assert note.reason.endswith(f"{repo.path} is at {repo.head[:12]}, and 111111111111 was recorded")
    assert not (prefix / "src/demo-project").exists()


def test_folder_that_is_no_repository_any_more_is_not_taken_for_the_commit(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    source = editable(repo.path.as_uri(), None, commit=repo.head)
    shutil.rmtree(repo.path / ".git")
    (note,) = workshop.restore(venv_environment(demo(source)), prefix)
    assert (note.grade, "is in no Git repository that can be read" in note.reason) == ("missing", True)


def test_code_that_was_at_no_commit_comes_with_a_word(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    shutil.rmtree(repo.path / ".git")
    (note,) = workshop.restore(venv_environment(demo(editable(repo.path.as_uri(), None))), prefix)
    assert (note.grade, note.reason) == (
        "exact",
        f"its code is at no commit, and is what {repo.path} holds now",
    )


def test_nothing_that_the_folder_s_repository_is_set_up_to_run_is_run(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = make_project(tmp_path / "other")
    commit = repo.head
    repo.commit(files={"demo_project.py": "later\n"})
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/was-run'\ncat\n")
    program.chmod(0o755)
    for name in ("post-checkout", "pre-commit", "fsmonitor"):
        shutil.copy(program, repo.path / ".git/hooks" / name)
    for name in ("core.fsmonitor", "diff.external", "uploadpack.packObjectsHook"):
        repo.git("config", name, str(program))
    for recorded in (commit, repo.head):
        source = editable(repo.path.as_uri(), None, commit=recorded)
        workshop.restore(venv_environment(demo(source)), prefix.with_name(recorded))
    assert not (tmp_path / "was-run").exists()


def _with_submodule(tmp_path: Path) -> Repo:
    """The project, with a module in a submodule beside it."""
    library = make_repo(tmp_path / "library", files={"library.py": "VALUE = 1\n"})
    repo = make_project(tmp_path / "other")
    repo.git("submodule", "--quiet", "add", library.path.as_uri(), "library")
    repo.commit("Add the library")
    return repo


def test_clone_has_the_submodules_of_the_commit(workshop: Workshop, tmp_path: Path, prefix: Path) -> None:
    repo = _with_submodule(tmp_path)
    repo.write({"library/library.py": "VALUE = 'dirty'\n"})
    source = editable(repo.path.as_uri(), None, commit=repo.head)
    workshop.restore(venv_environment(demo(source)), prefix)
    assert run_python(prefix, "-c", "from library import library; print(library.VALUE)") == "1"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"offline": True}, "cloning its submodules needs the network"),
        ({}, "its submodules cannot be cloned"),
    ],
)
def test_submodules_that_cannot_be_had_are_the_reason_why_it_is_missing(
    settings: dict[str, bool], reason: str, workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    repo = _with_submodule(tmp_path)
    _edit(repo)
    shutil.rmtree(tmp_path / "library")
    source = editable(repo.path.as_uri(), None, commit=repo.head)
    (note,) = with_settings(workshop, tmp_path, **settings).restore(venv_environment(demo(source)), prefix)
    assert (note.grade, reason in note.reason) == ("missing", True)
    assert not (prefix / "src/demo-project").exists()
