"""Two environments change places in one step, and whoever was killed on the way loses nothing."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import RestoreFailed
from envgit.operations.glance import UNPROVEN_NOTE
from envgit.restore.prefix import swap
from envgit.restore.prefix.staging import recover, remove_tree, staged
from envgit.restore.prefix.swap import UNPROVEN, swapped
from tests.restore.environments import beside

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[2]

#: Swaps a new environment in and is killed at a moment, which is a line of Python.
KILLED = """\
import os, sys
from pathlib import Path
from envgit.restore.prefix import swap
from envgit.restore.prefix.staging import staged
target, moment, at_once = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "at once"
rename, write_stage, renames = Path.rename, swap.write_stage, []

def die():
    os._exit(9)

def dying_rename(self, other):
    if len(renames) == {"before the exchange": 0, "after a rename": 1, "after two renames": 2}.get(moment):
        die()
    renames.append(self)
    return rename(self, other)

def refuse(one, other):
    raise OSError(38, "no such call")

if not at_once:
    swap._exchange_at_once = refuse
    Path.rename = dying_rename
with staged(target) as staging:
    staging.mkdir()
    (staging / "new").touch()
    if moment == "before the swap":
        die()
    with swap.swapped(staging, target):
        if moment == "unproven":
            die()
    if moment == "proven":
        die()
    Path.rename = rename
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    target = tmp_path / "envs" / "live"
    target.mkdir(parents=True)
    (target / "old").touch()
    return target


def kill(target: Path, moment: str, *, at_once: bool = True) -> None:
    command = [sys.executable, "-c", KILLED, str(target), moment, "at once" if at_once else "by renames"]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 9, ran.stderr


def stands(target: Path) -> list[str]:
    return sorted(os.listdir(target))


def test_new_environment_stays_when_it_is_proven(target: Path) -> None:
    with staged(target) as staging:
        staging.mkdir()
        (staging / "new").touch()
        with swapped(staging, target):
            assert "new" in stands(target)
            assert stands(staging) == ["old"]
    assert stands(target) == ["new"]
    assert beside(target) == []


@pytest.mark.parametrize("error", [RuntimeError("not proven"), KeyboardInterrupt()])
@pytest.mark.parametrize("at_once", [True, False])
def test_old_environment_comes_back_on_any_failure(
    error: BaseException, at_once: bool, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not at_once:
        monkeypatch.setattr(swap, "_exchange_at_once", refuse)
    inode = target.stat().st_ino
    with pytest.raises(type(error)):
        fail_to_prove(target, error)
    assert (stands(target), target.stat().st_ino) == (["old"], inode)
    assert beside(target) == []


def test_old_environment_that_cannot_be_put_back_is_named_and_comes_back_later(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        exchanges = iter([swap._exchange])

        def exchange_once(one: Path, other: Path) -> None:
            for exchange in exchanges:
                return exchange(one, other)
            raise OSError(errno.EIO, "Input/output error")

        broken.setattr(swap, "_exchange", exchange_once)
        with pytest.raises(RestoreFailed, match=r"Input/output error.* is at (.*)$") as failed:
            fail_to_prove(target, RuntimeError("not proven"))
        with staged(target.with_name("another")):
            pass  # what becomes of the others is not for this one to report
        with pytest.raises(RestoreFailed, match="cannot be brought to an end"), staged(target):
            pass
    (old,) = (path for path in target.parent.glob("live.envgit-*") if path.is_dir())
    assert failed.value.message.endswith(str(old))
    assert (stands(old), "new" in stands(target)) == (["old"], True)

    recover(target)

    assert (stands(target), beside(target)) == (["old"], [])


def test_old_environment_is_named_where_something_else_took_its_place_meanwhile(target: Path) -> None:
    with pytest.raises(RestoreFailed, match=r"something else stands at .* is at (.*)$") as failed:
        replace_while_proven(target)
    old = Path(failed.value.message.rpartition(" ")[2])
    assert (stands(old), stands(target)) == (["old"], [])


def replace_while_proven(target: Path) -> None:
    with staged(target) as staging:
        staging.mkdir()
        with swapped(staging, target):
            remove_tree(target)
            target.mkdir()
            raise RuntimeError("not proven")


def write_anew(target: Path) -> str:
    (target / "results.csv").write_text("hours of work\n")
    return "results.csv"


def write_into(target: Path) -> str:
    (target / "new").write_text("hours of work\n")
    return "new"


def write_with_an_old_time(target: Path) -> str:
    (target / "results.csv").write_text("hours of work\n")
    os.utime(target / "results.csv", (1, 1))
    return "results.csv"


def move_a_folder(target: Path) -> str:
    target.with_name("project").rename(target / "project")
    return "project"


def link_into_a_folder(target: Path) -> str:
    (target / "extra").mkdir()
    os.link(target.with_name("cached"), target / "extra/mine.py")
    return "extra/mine.py"


@pytest.mark.parametrize(
    "write", [write_anew, write_into, write_with_an_old_time, move_a_folder, link_into_a_folder]
)
def test_what_was_written_into_an_unproven_environment_is_kept_and_named(
    write: Callable[[Path], str], target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target.with_name("cached").write_text("of a cache, or of the user\n")
    os.utime(target.with_name("cached"), (1, 1))
    project = target.with_name("project")
    project.mkdir()
    (project / "results.csv").write_text("hours of work\n")
    kill(target, "unproven")
    written = write(target)

    recover(target)

    kept = target.with_name("live.envgit-saved")
    assert stands(target) == ["old"]
    assert (kept / written).exists()
    assert set(beside(target)) - {"project"} == {"cached", kept.name}
    (said,) = caplog.messages
    assert f"({written}) is kept" in said
    assert said.endswith(str(kept))
    with staged(target):
        pass
    assert (kept / written).exists()


def test_what_is_kept_takes_no_place_of_what_was_kept_before(target: Path) -> None:
    for _ in range(2):
        kill(target, "unproven")
        write_anew(target)
        recover(target)
    assert beside(target) == ["live.envgit-saved", "live.envgit-saved1"]


def test_what_was_written_is_kept_where_the_proof_fails(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_and_fail_to_prove(target)
    assert stands(target) == ["old"]
    assert (target.with_name("live.envgit-saved") / "results.csv").exists()
    assert "results.csv" in caplog.text


def write_and_fail_to_prove(target: Path) -> None:
    with staged(target) as staging:
        staging.mkdir()
        with swapped(staging, target):
            write_anew(target)
            raise KeyboardInterrupt


def test_byte_code_own_marks_and_names_that_a_cache_gives_are_not_kept(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RuntimeError, match="not proven"):
        look_and_fail_to_prove(target)
    assert beside(target) == ["cached", "cached-too"]
    assert caplog.messages == []


def look_and_fail_to_prove(target: Path) -> None:
    with staged(target) as staging:
        (staging / "pkg").mkdir(parents=True)
        (staging / "pkg/code.py").write_text("x = 1\n")
        (staging / "share").mkdir()
        (staging / "share/shared").touch()
        os.link(staging / "share/shared", target.with_name("cached"))
        with swapped(staging, target):
            (target / "pkg/__pycache__").mkdir()
            (target / "pkg/__pycache__/code.cpython-311.pyc").touch()
            (target / ".envgit-restored.json").touch()
            os.link(target / "share/shared", target.with_name("cached-too"))
            raise RuntimeError("not proven")


def test_change_of_another_process_that_is_undone_is_said(
    target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kill(target, "unproven")
    recover(target)
    assert caplog.messages == [f"envgit: a change of {target} that had not been proven was undone"]


def test_kill_while_what_was_written_is_kept_loses_nothing(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(target, "unproven")
    write_anew(target)
    with monkeypatch.context() as killed:
        killed.setattr(swap, "_say", die)
        with pytest.raises(SystemExit):
            recover(target)
    recover(target)
    with staged(target):
        pass
    assert stands(target) == ["old"]
    assert beside(target) == ["live.envgit-saved"]
    assert stands(target.with_name("live.envgit-saved")) == ["new", "results.csv"]


def die(_line: str) -> None:
    raise SystemExit


def test_note_that_names_no_staging_folder_of_this_place_goes(target: Path) -> None:
    (target.parent / "other.envgit-00000000").mkdir()
    for text in ("..", ".", "", "../live", "live", "other.envgit-00000000", "\0"):
        (target / UNPROVEN).write_text(text)
        recover(target)
        assert stands(target) == ["old"]
    assert beside(target) == ["other.envgit-00000000"]


def test_pipe_in_the_place_of_the_note_is_not_waited_for(target: Path) -> None:
    os.mkfifo(target / UNPROVEN)
    recover(target)
    assert stands(target) == ["old"]


def test_hooks_and_swaps_mean_the_same_note() -> None:
    """A hook cannot load the one, for it has to start at once."""
    assert UNPROVEN_NOTE == UNPROVEN


def refuse(_one: Path, _other: Path) -> None:
    raise OSError(errno.ENOSYS, "no such call")


def fail_to_prove(target: Path, error: BaseException) -> None:
    with staged(target) as staging:
        staging.mkdir()
        (staging / "new").touch()
        with swapped(staging, target):
            raise error


@pytest.mark.parametrize(
    ("moment", "at_once", "outcome"),
    [
        ("before the swap", True, "old"),
        ("unproven", True, "old"),
        ("proven", True, "new"),
        ("before the exchange", False, "old"),
        ("after a rename", False, "old"),
        ("after two renames", False, "old"),
        ("unproven", False, "old"),
        ("proven", False, "new"),
    ],
)
def test_what_a_killed_swap_left_is_put_right(moment: str, at_once: bool, outcome: str, target: Path) -> None:
    kill(target, moment, at_once=at_once)
    if at_once:
        assert target.is_dir()

    recover(target)

    assert stands(target) == [outcome]
    with staged(target):
        pass
    assert stands(target) == [outcome]
    assert beside(target) == []


def test_swap_under_way_is_left_alone(target: Path) -> None:
    with staged(target) as staging:
        staging.mkdir()
        (staging / "new").touch()
        with swapped(staging, target):
            recover(target)
            assert "new" in stands(target)


def test_old_environment_is_kept_where_something_else_took_its_place(target: Path) -> None:
    kill(target, "unproven")
    target.rename(target.with_name("aside"))
    target.mkdir()
    (target / "thesis.tex").touch()
    with staged(target):
        pass
    assert stands(target) == ["thesis.tex"]
    (old,) = (path for path in target.parent.glob("live.envgit-*") if path.is_dir())
    assert stands(old) == ["old"]


def test_recovering_what_is_whole_or_not_there_changes_nothing(target: Path, tmp_path: Path) -> None:
    recover(target)
    recover(tmp_path / "nowhere" / "at all")
    assert stands(target) == ["old"]
