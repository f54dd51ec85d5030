"""What goes from the cache that repositories share, what stays, and what a killed cleaning leaves."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.operations.clean import clean, find_unneeded
from envgit.operations.marks import read_mark, write_mark
from envgit.operations.repositories import known_repositories, note_repository
from envgit.operations.sizes import Sizes
from envgit.operations.workspace import open_outside, open_workspace
from envgit.plan import of_size
from envgit.render.cleaning import cleaning_view
from envgit.render.screen import plain
from envgit.restore import exclusive, stock
from tests.builders import conda_install, make_prefix, make_repo, make_venv, run_cli

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.operations.clean import Cleaning
    from tests.builders import Repo
    from tests.channel import Channel

pytestmark = pytest.mark.slow

KILLED = """
import os, signal
from envgit.operations.clean import clean, find_unneeded
from envgit.operations.workspace import open_workspace
from envgit.restore.prefix import staging
staging.remove_tree = lambda folder: os.kill(os.getpid(), signal.SIGKILL)
workspace = open_workspace(".")
clean(workspace, find_unneeded(workspace))
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def repo(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """The repository that is worked in."""
    repo = make_repo(tmp_path / "repo")
    monkeypatch.chdir(repo.path)
    return repo


@pytest.fixture
def outdated(repo: Repo, channel: Channel, tmp_path: Path) -> Path:
    """A restored environment of one conda package that nothing needs any more, as the live one moved on."""
    prefix = conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "env")
    envgit.init(prefix=str(prefix))
    restored = envgit.checkout("HEAD").prefix
    envgit.init(prefix=str(make_prefix(tmp_path / "later", conda={"zlib": "1.3"})))
    return long_ago(restored)


def long_ago(place: Path) -> Path:
    os.utime(place / ".envgit-restored.json", (0, 0))
    return place


def found() -> Cleaning:
    return find_unneeded(open_workspace("."))


def kinds(cleaning: Cleaning) -> list[str]:
    return [one.kind for one in cleaning.unneeded]


def clean_up() -> Cleaning:
    workspace = open_workspace(".")
    cleaning = find_unneeded(workspace)
    cleaned = clean(workspace, cleaning)
    assert (cleaned.removed, cleaned.stays) == (cleaning.unneeded, ())
    return cleaning


def neighbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Another repository that recorded the same environment and has a baseline of it."""
    other = make_repo(tmp_path / "neighbour")
    with monkeypatch.context() as patch:
        patch.chdir(other.path)
        envgit.init(prefix=str(tmp_path / "env"))
        envgit.tag("theirs")
        long_ago(envgit.checkout("theirs").prefix)
    return other


def test_what_nothing_needs_goes_and_what_belongs_to_the_head_stays(
    outdated: Path, channel: Channel, cache: Path, tmp_path: Path
) -> None:
    envgit.init(prefix=str(conda_install(channel, ["variant=1.1"], tmp_path / "env")))
    current = long_ago(envgit.checkout("HEAD").prefix)
    assert {one.path.name for one in found().unneeded} == {outdated.name, "variant-1.0-cpu_0"}

    clean_up()

    assert not outdated.exists()
    assert sorted(path.name for path in (cache / "environments").iterdir()) == [current.name]
    packages = [path.name for path in (cache / "conda/sha256").iterdir() if path.is_dir()]
    assert packages == ["variant-1.1-cpu_0"]
    assert list(cache.glob("conda/**/variant-1.0-*")) == []
    assert kinds(found()) == []
    assert envgit.checkout("HEAD").reused
    assert [path for path in cache.rglob("*") if ".envgit-" in path.name and path.name[0] != "."] == []


def test_outside_of_a_repository_it_goes_by_all_that_are_known(
    outdated: Path, repo: Repo, cache: Path, tmp_path: Path
) -> None:
    inside = found()
    assert inside.unneeded
    (tmp_path / "nowhere").mkdir()
    outside = find_unneeded(open_outside(tmp_path / "nowhere", os.environ))
    assert outside == inside
    ran = run_cli("clean", "--dry-run", "--json", cwd=tmp_path / "nowhere")
    assert [one["path"] for one in json.loads(ran.stdout)["unneeded"]] == [
        str(one.path) for one in inside.unneeded
    ]


def test_what_a_baseline_names_stays(outdated: Path) -> None:
    envgit.tag("paper-v1", read_snapshot(outdated))
    assert kinds(found()) == []
    envgit.untag("paper-v1")
    assert kinds(found()) == ["environment", "package"]


def read_snapshot(place: Path) -> str:
    mark = read_mark(place)
    assert mark is not None
    return mark.snapshot


def test_what_another_repository_needs_stays_until_that_is_gone(
    repo: Repo, channel: Channel, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "env")
    other = neighbour(tmp_path, monkeypatch)
    assert kinds(found()) == []

    shutil.rmtree(other.path)
    cleaning = clean_up()

    assert cleaning.gone == (str(other.path / ".git"),)
    assert kinds(cleaning) == ["environment", "package"]
    assert known_repositories(cache).repositories == ()


def test_lost_registry_is_made_up_for_by_the_marks_of_environments(
    repo: Repo, channel: Channel, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "env")
    neighbour(tmp_path, monkeypatch)
    shutil.rmtree(cache / "repositories")
    assert kinds(found()) == []


def test_while_an_entry_is_damaged_nothing_goes_that_it_may_stand_for(outdated: Path, cache: Path) -> None:
    note_repository(cache, "/somewhere/.git")
    (entry,) = (f for f in (cache / "repositories").iterdir() if f.read_text() == "/somewhere/.git")
    entry.write_bytes(b"\0\xff")
    mark = read_mark(outdated)
    assert mark is not None

    cleaning = found()
    assert [doubt.path for doubt in cleaning.doubts] == [entry]
    assert kinds(cleaning) == ["environment"], "it is known whose it is, but not whose its package is"

    os.utime(write(outdated, repository=""), (0, 0))
    assert kinds(clean_up()) == []
    assert outdated.exists()
    assert not entry.exists()
    assert kinds(found()) == ["environment", "package"]


def write(place: Path, *, repository: str) -> Path:
    mark = read_mark(place)
    assert mark is not None
    write_mark(place, replace(mark, repository=repository))
    return place / ".envgit-restored.json"


def test_what_a_repository_may_need_that_cannot_be_read_stays(
    repo: Repo, channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "env")
    other = neighbour(tmp_path, monkeypatch)
    shutil.rmtree(other.git_dir / "objects")

    cleaning = found()

    assert kinds(cleaning) == []
    assert [doubt.path for doubt in cleaning.doubts] == [other.path / ".git"]


def test_environment_that_a_program_runs_from_stays(repo: Repo, tmp_path: Path) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "env")))
    place = envgit.checkout("HEAD").prefix
    envgit.init(prefix=str(make_prefix(tmp_path / "later", conda={"zlib": "1.3"})))
    long_ago(place)
    assert kinds(found()) == ["environment"]

    command = [str(place / "bin/python"), "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        cleaning = found()
        assert kinds(cleaning) == []
        assert [(kept.path, "in use by python" in kept.reason) for kept in cleaning.kept] == [(place, True)]
        process.communicate(b"\n")

    os.utime(place / ".envgit-restored.json")
    assert [kept.reason for kept in found().kept] == ["it was used a moment ago"]


def test_nothing_goes_while_a_restore_is_under_way(outdated: Path, cache: Path, tmp_path: Path) -> None:
    workspace = open_workspace(".")
    cleaning = find_unneeded(workspace)
    with exclusive(tmp_path / "elsewhere", cache=cache):
        stays = clean(workspace, cleaning).stays
    assert {kept.reason for kept in stays} == {"a restore is under way"}
    assert len(stays) == 2
    assert outdated.exists()
    assert clean(workspace, cleaning).stays == ()
    assert sorted(path.name for path in (cache / "locks").iterdir()) == ["cleaning.lock"]


def test_what_is_not_ours_is_left_alone_and_links_are_not_followed(
    outdated: Path, cache: Path, tmp_path: Path
) -> None:
    places = cache / "environments"
    named, unmarked, linked = places / "mine", places / ("a" * 32), places / ("b" * 32)
    for folder in (named, unmarked):
        folder.mkdir()
        (folder / "thesis.txt").write_text("years of work")
    outside = shutil.copytree(outdated, tmp_path / "outside", symlinks=True)
    linked.symlink_to(outside)
    (cache / "wheels").symlink_to(outside)
    (outside / ("c" * 64)).mkdir()
    (cache / "conda/sha256/not-1.0-0").mkdir()

    assert {one.path.name for one in clean_up().unneeded} == {outdated.name, "variant-1.0-cpu_0"}

    assert (named / "thesis.txt").exists()
    assert (unmarked / "thesis.txt").exists()
    assert (outside / ("c" * 64)).exists()
    assert (cache / "conda/sha256/not-1.0-0").exists()


def test_cache_folder_that_is_a_link_is_not_looked_into(outdated: Path, cache: Path, tmp_path: Path) -> None:
    (cache / "environments").rename(tmp_path / "moved")
    (cache / "environments").symlink_to(tmp_path / "moved")
    assert "environment" not in kinds(found())


def test_killed_cleaning_leaves_nothing_half_and_the_next_one_goes_on(outdated: Path, cache: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", KILLED], check=False)

    assert ran.returncode == -9
    assert not outdated.exists()
    assert not (cache / "conda/sha256/variant-1.0-cpu_0").exists()
    assert set(kinds(found())) == {"leftover"}
    assert found().frees > 0
    clean_up()
    assert kinds(found()) == []
    assert sorted(path.name for path in cache.iterdir()) == ["conda", "environments", "locks", "repositories"]


def test_downloads_that_were_broken_off_and_unneeded_wheels_go(
    repo: Repo, cache: Path, tmp_path: Path
) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "env")))
    partial, wheel = cache / "conda/partial" / f"{'d' * 64}.part", cache / "wheels" / ("e" * 64)
    for folder in (partial.parent, wheel):
        folder.mkdir(parents=True)
    partial.write_bytes(b"half")
    (wheel / "six-1.16.0-py2.py3-none-any.whl").write_bytes(b"whole")

    assert kinds(clean_up()) == ["wheel", "download"]
    assert not partial.exists()
    assert not wheel.exists()


def test_drafts_that_a_kill_left_go_and_those_that_are_being_written_stay(cache: Path) -> None:
    wheel, seals = cache / "wheels" / ("e" * 64), cache / "conda/seals/sha256"
    drafts = [folder / f".draft-{age}" for folder in (wheel, seals) for age in ("old", "new")]
    for file in (*drafts, seals / "six-1.16.0-0"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"half")
        if not file.name.endswith("new"):
            os.utime(file, (1, 1))
    found = list(stock.leftovers_in(cache))
    assert sorted(found) == sorted(file for file in drafts if file.name.endswith("old"))
    stock.remove_leftovers(cache)
    assert sorted(path.name for path in seals.iterdir()) == [".draft-new", "six-1.16.0-0"]
    assert [path.name for path in wheel.iterdir()] == [".draft-new"]


def test_file_with_a_name_elsewhere_is_not_freed(tmp_path: Path) -> None:
    one, other, elsewhere = tmp_path / "one", tmp_path / "other", tmp_path / "elsewhere"
    for folder in (one, other, elsewhere):
        folder.mkdir()
    (one / "a").write_bytes(b"x" * 100_000)
    os.link(one / "a", other / "a")
    (one / "b").write_bytes(b"x" * 10_000)
    os.link(one / "b", elsewhere / "b")

    sizes = Sizes()
    alone = sizes.add(one)
    first = sizes.freed
    sizes.add(other)

    assert alone >= 110_000
    assert first < 100_000, "other has what one has"
    assert 100_000 <= sizes.freed < 115_000
    assert sizes.total >= 110_000
    assert sizes.freed < sizes.total


def test_without_a_terminal_nothing_goes_that_was_not_agreed_to(outdated: Path, repo: Repo) -> None:
    for options in ([], ["--dry-run"], ["--dry-run", "--yes"], ["--json"]):
        ran = run_cli("clean", *options, cwd=repo.path)
        assert ran.code == 0
        assert outdated.name[:12] in ran.stdout
        assert outdated.exists(), options
    listed = run_cli("clean", cwd=repo.path)
    assert "to remove this frees" in listed.stdout
    assert outdated.name not in listed.stdout
    assert "to remove it: envgit clean --yes" in listed.stderr
    assert "uv cache clean" in listed.stderr

    told = json.loads(run_cli("clean", "--yes", "--json", cwd=repo.path).stdout)
    assert told["removed"] is True
    assert [one["kind"] for one in told["unneeded"]] == ["environment", "package"]
    assert told["unneeded"][0]["repository"] == str(repo.git_dir)
    assert 0 < told["frees"] <= told["size"]
    assert not outdated.exists()
    quiet = run_cli("clean", "--quiet", cwd=repo.path)
    assert (quiet.stderr, "there is nothing to remove" in quiet.stdout) == ("", True)


def test_what_was_removed_is_said_with_what_that_freed(outdated: Path, repo: Repo) -> None:
    frees = found().frees
    ran = run_cli("clean", "--yes", cwd=repo.path)
    assert ran.stderr.splitlines()[0] == f"Removed 1 environment and 1 package, which freed {of_size(frees)}"
    assert run_cli("clean", "--yes", cwd=repo.path).stderr.startswith("note:")


def test_what_environments_that_stay_share_is_said_not_to_be_freed(
    outdated: Path, cache: Path, tmp_path: Path
) -> None:
    (text,) = cache.glob("conda/sha256/variant-*/share/variant.txt")
    os.link(text, tmp_path / "elsewhere")
    cleaning = found()
    page = plain(cleaning_view(cleaning))
    assert cleaning.frees < cleaning.size
    assert f"{of_size(cleaning.frees)} of {of_size(cleaning.size)}" in " ".join(page.split())
    assert "environments or packages that stay share the other files" in " ".join(page.split())
    table, _, _ = page.partition("\n\n")
    assert len(table.splitlines()) == 3, "a line each, and the heading"


def test_mark_that_names_what_is_no_path_says_nothing_of_a_repository(outdated: Path) -> None:
    for repository in ("a\0b", "\ud800"):
        os.utime(write(outdated, repository=repository), (0, 0))
        assert kinds(found()) == ["environment", "package"]
    clean_up()
    assert not outdated.exists()


def test_folder_among_the_entries_of_repositories_is_passed_over(outdated: Path, cache: Path) -> None:
    folder = cache / "repositories" / ("a" * 32)
    folder.mkdir()
    assert clean_up().doubts == ()
    assert folder.exists()


@pytest.mark.parametrize(("answer", "goes"), [(b"y\n", True), (b"\n", False)])
def test_on_a_terminal_it_is_asked_first(outdated: Path, repo: Repo, answer: bytes, *, goes: bool) -> None:
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "envgit", "clean"]
    with subprocess.Popen(command, cwd=repo.path, stdin=its, stderr=its, stdout=subprocess.PIPE) as process:
        os.write(ours, answer)
        output, _ = process.communicate(timeout=60)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    os.close(its)
    assert process.returncode == 0
    assert outdated.name[:12] in output.decode()
    assert "Remove it? [y/N]" in shown
    assert outdated.exists() is not goes
