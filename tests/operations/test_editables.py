"""What runs after a checkout is the code that an editable install ran when it was recorded."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.errors import Conflict
from envgit.render.screen import plain
from envgit.render.text import snapshot_view
from tests.builders import make_repo, make_venv, pip_install, run_python
from tests.restore.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo

pytestmark = pytest.mark.slow

MODULE = "demo_project.py"
SAYS = ("-c", "import demo_project as demo; print(getattr(demo, 'VALUE', 'as committed'))")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    return repo


@pytest.fixture
def library(tmp_path: Path) -> Repo:
    """A project in a local repository, without a remote."""
    return make_project(tmp_path / "library")


@pytest.fixture
def live(repo: Repo, library: Repo, tmp_path: Path) -> Path:
    """A bound venv that runs the library from where it lies."""
    prefix = make_venv(tmp_path / "envs" / "live")
    pip_install(prefix, "-e", library.path)
    envgit.init(prefix=str(prefix), first_snapshot=False)
    return prefix


def edit(library: Repo, value: str) -> None:
    library.write({MODULE: f"VALUE = {value!r}\n"})


@pytest.mark.parametrize("later", ["the same", "other changes", "none", "another commit"])
def test_recorded_changes_run_whatever_became_of_the_folder(
    later: str, live: Path, library: Repo, tmp_path: Path
) -> None:
    edit(library, "by hand")
    assert "with a patch for " in envgit.snapshot(patch=True, tag="baseline").note
    assert re.search(r"patches +\S", plain(snapshot_view(envgit.show("baseline"))))
    if later == "other changes":
        edit(library, "later")
    elif later == "none":
        library.git("checkout", "--quiet", "--", ".")
    elif later == "another commit":
        library.commit(files={MODULE: "VALUE = 'committed later'\n"})

    restored = envgit.checkout("baseline", prefix=str(tmp_path / "b"))

    assert (restored.grade, restored.cautions) == ("exact", ())
    assert run_python(tmp_path / "b", *SAYS) == "by hand"
    assert envgit.checkout("baseline", prefix=str(tmp_path / "b")).reused


def test_folder_that_moved_on_or_was_changed_is_not_what_runs(
    live: Path, library: Repo, tmp_path: Path
) -> None:
    envgit.tag("baseline")
    commit = library.head
    edit(library, "later")
    dirty = envgit.checkout("baseline", prefix=str(tmp_path / "dirty"))
    library.commit()
    moved = envgit.checkout("baseline", prefix=str(tmp_path / "moved"))

    for place in ("dirty", "moved"):
        assert run_python(tmp_path / place, *SAYS) == "as committed"
    assert (dirty.grade, moved.grade) == ("exact", "exact")
    clone = "demo-project: it runs from a clone, src/demo-project"
    assert dirty.cautions == (f"{clone}: {library.path} has changes that were not recorded: {MODULE}",)
    assert moved.cautions == (
        f"{clone}: {library.path} is at {library.head[:12]}, and {commit[:12]} was recorded",
    )
    assert envgit.verify("baseline", prefix=str(tmp_path / "moved")).same_id


@pytest.mark.parametrize("runs_from", ["folder", "clone"])
def test_code_that_was_changed_since_the_restore_is_not_taken_for_what_was_recorded(
    runs_from: str, live: Path, library: Repo, tmp_path: Path
) -> None:
    envgit.tag("baseline")
    if runs_from == "clone":
        edit(library, "meanwhile")
    first = envgit.checkout("baseline")
    folder = library.path if runs_from == "folder" else first.prefix / "src/demo-project"
    assert envgit.checkout("baseline").reused
    (folder / MODULE).write_text("VALUE = 'later'\n")

    second = envgit.checkout("baseline")

    assert (second.grade, second.reused, second.prefix == first.prefix) == ("exact", False, False)
    assert f"{folder} has changes that were not recorded: {MODULE}" in second.cautions[0]
    assert run_python(second.prefix, *SAYS) == "as committed"
    verified = envgit.verify("baseline", prefix=str(first.prefix))
    assert (verified.same_id, verified.identical) == (True, False)
    assert verified.strayed[0].reason == f"{folder} has changes that were not recorded: {MODULE}"
    assert envgit.verify("baseline", prefix=str(second.prefix)).identical
    with pytest.raises(Conflict, match="demo-project has changed since"):
        envgit.checkout("baseline", prefix=str(first.prefix))


def test_a_place_without_the_recorded_changes_is_not_used_again_for_a_baseline_with_them(
    live: Path, library: Repo, tmp_path: Path
) -> None:
    envgit.tag("clean")
    envgit.checkout("clean", prefix=str(tmp_path / "b"))
    edit(library, "by hand")
    envgit.snapshot(patch=True, tag="baseline")
    library.git("checkout", "--quiet", "--", ".")

    with pytest.raises(Conflict, match=f"{library.path} lacks the changes that were recorded"):
        envgit.checkout("baseline", prefix=str(tmp_path / "b"))


def test_in_place_what_was_changed_by_hand_gives_way_to_what_was_recorded(live: Path, library: Repo) -> None:
    envgit.tag("clean")
    edit(library, "by hand")
    envgit.snapshot(patch=True, tag="baseline")
    edit(library, "later")

    for baseline, value in (("clean", "as committed"), ("baseline", "by hand"), ("clean", "as committed")):
        assert envgit.checkout(baseline, in_place=True).grade == "exact"
        assert run_python(live, *SAYS) == value
    assert (library.path / MODULE).read_text() == "VALUE = 'later'\n"


def test_in_place_a_clone_that_holds_the_recorded_changes_stays(live: Path, library: Repo) -> None:
    edit(library, "by hand")
    envgit.snapshot(patch=True, tag="baseline")
    edit(library, "later")

    first, second = (envgit.checkout("baseline", in_place=True) for _ in range(2))
    assert (first.reused, second.reused, second.grade) == (False, True, "exact")
    (live / "src/demo-project" / MODULE).write_text("VALUE = 'in the clone'\n")
    third = envgit.checkout("baseline", in_place=True)

    assert (third.reused, third.grade, run_python(live, *SAYS)) == (False, "exact", "by hand")
    assert sorted(os.listdir(live / "src")) == ["demo-project", "demo-project.1"]


def test_changes_that_are_not_recorded_are_warned_of(live: Path, library: Repo, repo: Repo) -> None:
    assert envgit.snapshot().warnings == ()
    edit(library, "by hand")
    expected = f"demo-project: uncommitted changes in {library.path} are not recorded: {MODULE}"

    (of_tag,) = envgit.tag("baseline").warnings
    (of_snapshot,) = envgit.snapshot().warnings

    assert of_tag.message == of_snapshot.message
    assert of_tag.message.startswith(expected)
    assert not [w for w in envgit.snapshot(patch=True).warnings if "uncommitted changes" in w.message]
