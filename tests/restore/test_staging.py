"""The staging folder: beside its target, gone afterwards, and swept when its process was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from envgit.errors import Conflict, RestoreFailed
from envgit.restore.prefix.claims import Stage, left_of, write_stage
from envgit.restore.prefix.staging import place, recover, staged, suffix_of
from tests.restore.environments import beside

PROJECT = Path(__file__).resolve().parents[2]

#: Holds a staging folder until its stdin ends.
HOLD = """\
import sys
from pathlib import Path
from envgit.restore.prefix.staging import staged
with staged(Path(sys.argv[1])) as staging:
    (staging / "lib").mkdir(parents=True)
    (staging / "lib/half").write_text("built")
    print(staging, flush=True)
    sys.stdin.read()
"""

#: Stages again and again, as restores do that share a cache.
LOOP = """\
import sys
from pathlib import Path
from envgit.restore.prefix.staging import staged
for _ in range(300):
    with staged(Path(sys.argv[1])):
        pass
"""


def holder(target: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that builds at a staging folder of ``target``, and that folder."""
    command = [sys.executable, "-c", HOLD, str(target)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_folder_is_a_sibling_named_after_its_target(tmp_path: Path) -> None:
    target = tmp_path / "new" / "it's mine"
    with staged(target) as staging:
        assert staging.parent == target.parent
        assert staging.name == target.name + suffix_of(staging, target)
        assert not staging.exists()


def test_what_was_staged_is_removed_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "env"
    with staged(target) as staging:
        staging.mkdir()
        (staging / "file").touch()
    assert beside(target) == []


@pytest.mark.parametrize("error", [RestoreFailed("no"), KeyboardInterrupt(), RuntimeError("bug")])
def test_what_was_staged_is_removed_on_any_failure(error: BaseException, tmp_path: Path) -> None:
    target = tmp_path / "env"
    with pytest.raises(type(error)):
        _fail_while_staging(target, error)
    assert beside(target) == []


def _fail_while_staging(target: Path, error: BaseException) -> None:
    with staged(target) as staging:
        staging.mkdir()
        (staging / "read-only").mkdir(mode=0o500)
        raise error


def test_two_restores_of_one_target_do_not_meet(tmp_path: Path) -> None:
    with staged(tmp_path / "env") as one, staged(tmp_path / "env") as other:
        assert one != other


def test_folder_of_a_killed_process_is_swept_by_the_next_restore(tmp_path: Path) -> None:
    target = tmp_path / "env"
    process, leftover = holder(target)
    with process:
        process.send_signal(signal.SIGKILL)
    assert (leftover / "lib/half").exists()
    with staged(tmp_path / "another"):
        assert not leftover.exists()
    assert beside(target) == []


def test_folder_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    process, other = holder(tmp_path / "env")
    with process:
        with staged(tmp_path / "env"):
            assert (other / "lib/half").exists()
        assert (other / "lib/half").exists()


def test_many_who_stage_in_one_folder_do_not_disturb_each_other(tmp_path: Path) -> None:
    target = tmp_path / "downloads"
    command = [sys.executable, "-c", LOOP, str(target)]
    running = [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[1] for process in running] == [""] * 3
    assert beside(target) == []


def test_lock_of_another_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process, leftover = holder(tmp_path / "env")
    with process:
        process.send_signal(signal.SIGKILL)
    with monkeypatch.context() as another:
        another.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
        with staged(tmp_path / "another"):
            pass
    assert (leftover / "lib/half").exists()


def test_folder_without_a_lock_is_somebody_else_s(tmp_path: Path) -> None:
    lookalike = tmp_path / "env.envgit-0123abcd"
    lookalike.mkdir()
    with staged(tmp_path / "env"):
        pass
    assert lookalike.exists()


def test_name_without_room_for_a_sibling_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RestoreFailed, match="too long"), staged(tmp_path / ("x" * 250)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_parent_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RestoreFailed, match=r"cannot write .*file"), staged(tmp_path / "file" / "env"):
        pass


def staging_folder(target: Path) -> Path:
    staging = target.with_name(f"{target.name}.envgit-01234567")
    staging.mkdir(parents=True)
    (staging / "new").touch()
    return staging


@pytest.mark.parametrize("empty_folder", [False, True])
def test_placing_takes_a_free_place_or_an_empty_folder(empty_folder: bool, tmp_path: Path) -> None:
    target = tmp_path / "env"
    if empty_folder:
        target.mkdir()
    place(staging_folder(target), target)
    assert os.listdir(target) == ["new"]


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_placing_touches_nothing_that_stands_there(kind: str, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "env", tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "folder":
        target.mkdir()
        (target / "old").touch()
    elif kind == "file":
        target.write_text("old")
    else:
        target.symlink_to(elsewhere)
    staging = staging_folder(target)
    with pytest.raises(Conflict, match="exists and is no empty folder"):
        place(staging, target)
    assert (staging / "new").exists()
    assert os.listdir(elsewhere) == []
    assert kind != "folder" or os.listdir(target) == ["old"]


def test_only_a_staging_folder_of_this_target_has_a_suffix(tmp_path: Path) -> None:
    for wrong in (tmp_path / "env-envgit-01234567", tmp_path / "sub" / "env.envgit-01234567"):
        with pytest.raises(ValueError, match="no staging folder"):
            suffix_of(wrong, tmp_path / "env")


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="no file system here on which nothing can be locked"
)
def test_where_no_lock_can_be_held_the_restore_gives_up() -> None:
    with pytest.raises(RestoreFailed), staged(Path("/proc/self/environment")):
        pass


def test_look_alikes_that_cannot_be_locks_are_left_alone(tmp_path: Path) -> None:
    tracked, loop = tmp_path / "y.envgit-deadbee0", tmp_path / "z.envgit-deadbee1.lock"
    tracked.mkdir()
    (tracked / "thesis.tex").touch()
    tracked.with_name(f"{tracked.name}.lock").write_text("tracked, too")
    loop.symlink_to(loop)
    with staged(tmp_path / "env"):
        pass
    assert (tracked / "thesis.tex").exists()
    assert loop.is_symlink()


def test_a_folder_that_merely_looks_like_ours_is_never_removed(tmp_path: Path) -> None:
    for number, text in enumerate(("", "envgit", "envgit: staging 1, building\n")):
        lookalike = tmp_path / f"y.envgit-deadbee{number}"
        lookalike.mkdir()
        (lookalike / "thesis.tex").touch()
        lookalike.with_name(f"{lookalike.name}.lock").touch()
        lookalike.with_name(f"{lookalike.name}.stage").write_text(text)
    with staged(tmp_path / "env"):
        pass
    assert len(list(tmp_path.glob("*/thesis.tex"))) == 3


def test_a_lock_that_was_only_just_made_when_its_process_was_killed_is_swept(tmp_path: Path) -> None:
    (tmp_path / "env.envgit-01234567.lock").touch()
    with staged(tmp_path / "env"):
        pass
    assert beside(tmp_path / "env") == []


def test_ctrl_c_while_the_folder_is_removed_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink
    interrupted: list[str] = []

    def interrupt_once(path: str, **options: int) -> None:
        if not interrupted:
            interrupted.append(path)
            raise KeyboardInterrupt
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        stage_a_file(tmp_path / "env")
    assert interrupted
    assert beside(tmp_path / "env") == []


def stage_a_file(target: Path) -> None:
    with staged(target) as staging:
        staging.mkdir()
        (staging / "file").touch()


def test_what_a_stranger_s_clone_brings_is_never_taken_for_a_swap_of_ours(tmp_path: Path) -> None:
    """All of it can be tracked: folder and look-alike, a lock, a line that was ours elsewhere."""
    with staged(tmp_path / "real/src") as staging:
        staging.mkdir()
        write_stage(staging, Stage.SWAPPING)
        line = staging.with_name(f"{staging.name}.stage").read_bytes()
        write_stage(staging, Stage.BUILDING)
    for folder in ("src", "src.envgit-00000000"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "work.py").write_text(folder)
    (tmp_path / "src/.envgit-unproven").write_text("src.envgit-00000000")
    (tmp_path / "src.envgit-00000000.lock").touch()
    (tmp_path / "src.envgit-00000000.stage").write_bytes(line)
    with staged(tmp_path / "env"):
        pass
    recover(tmp_path / "src")
    assert (tmp_path / "src/work.py").read_text() == "src"
    assert (tmp_path / "src.envgit-00000000/work.py").exists()


@pytest.mark.parametrize(
    "name", ["..envgit-00000000.lock", "...envgit-00000000.lock", ".envgit-00000000.lock"]
)
def test_lock_that_is_named_after_no_target_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    with staged(tmp_path / "env"):
        pass
    assert (tmp_path / name).exists()


@pytest.mark.parametrize("left", [None, "", ".old"])
def test_note_of_a_swap_of_which_nothing_is_left_goes(left: str | None, tmp_path: Path) -> None:
    env, note = tmp_path / "env", tmp_path / "env/.envgit-unproven"
    env.mkdir()
    note.write_text("env.envgit-00000000")
    if left is not None:
        (tmp_path / f"env.envgit-00000000{left}").touch()
    recover(env)
    assert note.exists() is (left is not None)


def test_what_is_left_of_a_killed_process_is_found_and_not_touched(tmp_path: Path) -> None:
    target = tmp_path / "env"
    process, staging = holder(target)
    with process:
        assert left_of(target) == []
        process.kill()
    assert left_of(target) == [staging]
    assert left_of(tmp_path / "other") == []
    assert (staging / "lib/half").exists()
