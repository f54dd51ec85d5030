"""The live environment becomes a snapshot's, or stays as it was to the last byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

import envgit
import envgit.restore
from envgit.errors import Conflict, EnvgitError, IntegrityError, RestoreFailed
from envgit.operations.marks import read_mark, stamp_of
from tests.builders import (
    conda_install,
    make_repo,
    make_venv,
    make_wheel,
    pip_install,
    run_cli,
    run_python,
    site_packages,
)
from tests.restore.environments import beside
from tests.server import WrongBytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.builders import Repo
    from tests.channel import Channel

pytestmark = pytest.mark.slow


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    return repo


def contents(folder: Path) -> Mapping[str, tuple[int, int, bytes]]:
    """Every file below a folder with what it is: inode, mode, content."""
    return {
        str(file.relative_to(folder)): (
            file.lstat().st_ino,
            file.lstat().st_mode,
            os.fsencode(os.readlink(file)) if file.is_symlink() else file.read_bytes(),
        )
        for file in sorted(folder.rglob("*"))
        if file.is_symlink() or file.is_file()
    }


def six(prefix: Path) -> str:
    return run_python(prefix, "-c", "import six; print(six.__version__)")


@pytest.fixture
def live(repo: Repo, tmp_path: Path) -> Path:
    """A venv that is bound, recorded as `before`, then changed."""
    prefix = make_venv(tmp_path / "envs" / "live", packages=["six==1.16.0", "tabulate==0.9.0"])
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    pip_install(prefix, "six==1.17.0")
    return prefix


def test_conda_environment_goes_back_to_what_it_was(repo: Repo, channel: Channel, tmp_path: Path) -> None:
    prefix = tmp_path / "envs" / "live"
    prefix.parent.mkdir()
    conda_install(channel, ["python", "tabulate", "variant=1.0=cpu_0"], prefix)
    pip_install(prefix, "humanize==4.9.0", "six==1.16.0")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    history = (prefix / "conda-meta/history").read_text()
    conda_install(channel, ["python", "tabulate", "variant=1.1", "six=1.17.0", "prefixed"], prefix)
    pip_install(prefix, "humanize==4.10.0")
    (prefix / "share").mkdir(exist_ok=True)
    (prefix / "share/model.bin").write_bytes(b"weights")

    restored = envgit.checkout("before", in_place=True)

    assert (restored.grade, restored.prefix) == ("exact", prefix)
    verified = envgit.verify("before", files=True)
    assert verified.identical
    assert (prefix / "share/model.bin").read_bytes() == b"weights"
    assert not (prefix / "bin/prefixed").exists()
    assert run_python(prefix, "-c", "import six, humanize; print(six.__version__, humanize.__version__)") == (
        "1.16.0 4.9.0"
    )
    said = (prefix / "conda-meta/history").read_text()
    assert said.startswith(history)
    assert "variant-1.1" in said.split("==>")[-1]
    assert beside(prefix) == []


def test_venv_goes_back_and_what_stayed_is_the_same_file(live: Path) -> None:
    (tabulate,) = live.glob("lib/python*/site-packages/tabulate/__init__.py")
    (live / "notes.txt").write_text("mine")
    kept, scripts = tabulate.stat().st_ino, (live / "bin/tabulate").read_bytes()

    restored = envgit.checkout("before", in_place=True)

    assert (restored.grade, restored.reused, six(live)) == ("exact", False, "1.16.0")
    assert tabulate.stat().st_ino == kept
    assert (live / "bin/tabulate").read_bytes() == scripts
    assert (live / "notes.txt").read_text() == "mine"
    assert beside(live) == []
    mark = read_mark(live)
    assert mark is not None
    assert mark.stamp == stamp_of(live)
    assert envgit.checkout("before", in_place=True).reused


def test_old_environment_that_cannot_be_removed_is_said_and_removed_later(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path) -> None:
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as busy:
        busy.setattr("envgit.restore.prefix.staging._remove", refuse)
        restored = envgit.checkout("before", in_place=True)
    (left,) = (path for path in live.parent.iterdir() if path.is_dir() and path != live)
    assert (restored.grade, six(live), six(left)) == ("exact", "1.16.0", "1.17.0")
    assert any(f"what is left of it is {left}," in caution for caution in restored.cautions)

    envgit.checkout("before", in_place=True)

    assert beside(live) == []


def test_altered_file_of_a_package_that_stays_is_put_right(live: Path) -> None:
    (module,) = live.glob("lib/python*/site-packages/tabulate/__init__.py")
    module.write_text("broken")

    assert envgit.checkout("before", in_place=True).grade == "exact"

    verified = envgit.verify("before", files=True)
    assert verified.files is not None
    assert (verified.files.altered, verified.files.missing) == ((), ())


def test_altered_file_of_a_conda_package_that_stays_is_put_right(
    repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["variant=1.0=cpu_0", "prefixed"], tmp_path / "envs" / "live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    (prefix / "share/variant.txt").write_text("broken")
    (prefix / "bin/prefixed").unlink()

    assert envgit.checkout("before", in_place=True).grade == "exact"

    assert (prefix / "share/variant.txt").read_text() == "1.0 cpu_0\n"
    assert envgit.verify("before", files=True).identical


def test_damaged_record_of_a_package_is_named_before_anything_is_changed(
    repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["variant=1.0=cpu_0", "prefixed"], tmp_path / "envs" / "live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    (record,) = prefix.glob("conda-meta/prefixed-*.json")
    record.write_text('{"name": "prefixed"')
    before = contents(prefix)

    with pytest.raises(RestoreFailed, match=r"record is damaged: .*prefixed-.*json") as refused:
        envgit.checkout("before", in_place=True)

    assert "-p PREFIX" in refused.value.hint
    assert (contents(prefix), beside(prefix)) == (before, [])


def test_variable_whose_value_was_not_recorded_keeps_the_one_it_has(
    repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "envs" / "live")
    state = prefix / "conda-meta/state"
    state.write_text(json.dumps({"env_vars": {"TOKEN": "hunter2"}}))
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    state.write_text(json.dumps({"env_vars": {"TOKEN": "hunter3", "MORE": "1"}}))
    conda_install(channel, ["variant=1.1"], prefix)

    assert envgit.checkout("before", in_place=True).grade == "exact"

    assert json.loads(state.read_text())["env_vars"] == {"TOKEN": "hunter3"}


def test_nothing_is_changed_where_a_package_has_other_bytes(
    repo: Repo, http_channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(http_channel, ["variant=1.0=cpu_0"], tmp_path / "envs" / "live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    conda_install(http_channel, ["variant=1.1"], prefix)
    assert http_channel.server is not None
    http_channel.server.fail("*/variant-*", WrongBytes())
    before = contents(prefix)

    with pytest.raises(IntegrityError, match="variant"):
        envgit.checkout("before", in_place=True)

    assert contents(prefix) == before
    assert beside(prefix) == []


def test_what_lacks_something_does_not_take_the_place_of_what_works(repo: Repo, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "private", "1.0", files={"private.py": "VALUE = 1\n"})
    prefix = make_venv(tmp_path / "envs" / "live", packages=["six==1.16.0"])
    pip_install(prefix, wheel)
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    later = make_wheel(tmp_path, "private", "2.0", files={"private.py": "VALUE = 2\n"})
    pip_install(prefix, later, "six==1.17.0")
    shutil.rmtree(tmp_path / "uv", ignore_errors=True)
    wheel.unlink()
    before = contents(prefix)

    with pytest.raises(RestoreFailed, match=r"not all of the snapshot can be had: private"):
        envgit.checkout("before", in_place=True)

    assert contents(prefix) == before
    assert beside(prefix) == []
    assert envgit.checkout("before", in_place=True, yes=True).grade == "missing"
    assert six(prefix) == "1.16.0"


@pytest.fixture
def kernel(live: Path) -> Iterator[subprocess.Popen[str]]:
    """A Python of the live venv that waits, as a notebook's kernel does."""
    code = "print(flush=True); input()"
    python = str(live / "bin/python")
    with subprocess.Popen(
        [python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started
        started.kill()


def test_environment_in_use_is_changed_only_if_it_is_meant(live: Path, kernel: subprocess.Popen[str]) -> None:
    with pytest.raises(Conflict, match=rf"in use: python\S* \({kernel.pid}\)"):
        envgit.checkout("before", in_place=True)
    assert six(live) == "1.17.0"

    assert envgit.checkout("before", in_place=True, yes=True).grade == "exact"
    assert kernel.poll() is None


def test_environment_in_use_is_noticed_however_its_python_was_found(live: Path) -> None:
    """An activated shell starts a venv's Python by name, whose program lies elsewhere."""
    environ = {**os.environ, "VIRTUAL_ENV": str(live), "PATH": f"{live}/bin:{os.environ['PATH']}"}
    with subprocess.Popen(["python", "-c", "input()"], stdin=subprocess.PIPE, env=environ) as started:
        time.sleep(0.1)
        with pytest.raises(Conflict, match=rf"\({started.pid}\)"):
            envgit.checkout("before", in_place=True)
        started.kill()


def test_frozen_environment_says_why(repo: Repo, channel: Channel, tmp_path: Path) -> None:
    prefix = conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "envs" / "live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    conda_install(channel, ["variant=1.1"], prefix)
    (prefix / "conda-meta/frozen").write_text(json.dumps({"message": "ask Ada first"}))

    with pytest.raises(Conflict, match=r"frozen: ask Ada first"):
        envgit.checkout("before", in_place=True)
    assert envgit.checkout("before", in_place=True, yes=True).grade == "exact"
    assert (prefix / "conda-meta/frozen").exists()


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        ("base", "conda's base"),
        ("nested", "other environments lie in it"),
        ("link", "symbolic link"),
        ("work tree", "lies in it"),
    ],
)
def test_some_environments_are_never_changed_in_place(
    situation: str, reason: str, live: Path, repo: Repo, tmp_path: Path
) -> None:
    if situation == "base":
        (live / "condabin").mkdir()
    elif situation == "nested":
        (live / "envs/other/conda-meta").mkdir(parents=True)
    elif situation == "link":
        live.rename(tmp_path / "elsewhere")
        live.symlink_to(tmp_path / "elsewhere")
    else:
        repo.git("config", "envgit.cache", str(live / "cache"))
    with pytest.raises(Conflict, match=reason):
        envgit.checkout("before", in_place=True, yes=True)
    assert six(live) == "1.17.0"


def test_another_kind_of_environment_does_not_fit(
    repo: Repo, channel: Channel, live: Path, tmp_path: Path
) -> None:
    conda = conda_install(channel, ["python", "six"], tmp_path / "conda")
    envgit.snapshot(prefix=str(conda), tag="other-kind")

    with pytest.raises(RestoreFailed, match=r"a venv with Python .* stands there, and a conda environment"):
        envgit.checkout("other-kind", in_place=True)

    assert six(live) == "1.17.0"


def test_an_environment_that_is_gone_is_built_whole(live: Path) -> None:
    shutil.rmtree(live)
    restored = envgit.checkout("before", in_place=True)
    assert (restored.grade, restored.prefix, six(live)) == ("exact", live, "1.16.0")


def test_two_changes_at_once_end_in_one_of_both(live: Path) -> None:
    envgit.tag("after")
    command = [sys.executable, "-m", "envgit", "checkout", "--in-place"]
    running = [
        subprocess.Popen([*command, rev], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for rev in ("before", "after", "before", "after")
    ]
    ended = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * 4, ended
    assert any(envgit.verify(rev, files=True).identical for rev in ("before", "after"))
    assert beside(live) == []


KILLED = """\
import os, sys
import envgit
from envgit.operations import in_place
in_place.prove = lambda *args, **options: os._exit(9)
envgit.checkout("before", in_place=True)
"""


def test_program_that_starts_while_the_clone_is_changed_is_noticed(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = envgit.restore.change
    started: list[subprocess.Popen[bytes]] = []

    def start_meanwhile(*args: Any, **options: Any) -> object:
        command = [str(live / "bin/python"), "-c", "input()"]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE))
        return change(*args, **options)

    monkeypatch.setattr(envgit.restore, "change", start_meanwhile)
    with pytest.raises(Conflict, match="is in use"):
        envgit.checkout("before", in_place=True)
    started[0].communicate(b"\n")
    assert (six(live), beside(live)) == ("1.17.0", [])


@pytest.fixture
def half(live: Path) -> Mapping[str, tuple[int, int, bytes]]:
    """What the live environment held before a change of it was killed, right before the proof."""
    before = contents(live)
    ran = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, check=False)
    assert ran.returncode == 9, ran.stderr
    assert six(live) == "1.16.0"
    assert beside(live) != []
    return before


@pytest.mark.parametrize(
    "look",
    [
        partial(envgit.status),
        partial(envgit.verify),
        partial(envgit.snapshot),
        partial(envgit.diff),
        partial(envgit.show, "live"),
        partial(envgit.tag, "again"),
    ],
    ids=lambda look: look.func.__name__,
)
def test_whoever_looks_first_after_a_kill_finds_the_old_environment(
    look: Callable[[], object], half: Mapping[str, tuple[int, int, bytes]], live: Path
) -> None:
    look()
    assert contents(live) == half
    assert beside(live) == []


def test_a_commit_after_a_kill_removes_nothing_and_says_why_it_knows_nothing(
    half: Mapping[str, tuple[int, int, bytes]], live: Path, repo: Repo
) -> None:
    there = beside(live)

    said = repo.run("commit", "--allow-empty", "--quiet", "-m", "Change").stderr

    assert "is not proven yet" in said
    assert "Unobserved: it was being changed" in repo.git("log", "-1", "--format=%B", "envgit/default")
    assert beside(live) == there
    envgit.status()
    assert contents(live) == half


def test_environment_that_is_being_changed_is_not_looked_at(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []

    def look(*_: object, **__: object) -> None:
        for refused in (envgit.status, envgit.snapshot, envgit.verify):
            with pytest.raises(EnvgitError, match="has not ended") as unproven:
                refused()
            looked.append(unproven.value.kind)
        raise RestoreFailed("that was all")

    monkeypatch.setattr("envgit.operations.in_place.prove", look)
    with pytest.raises(RestoreFailed, match="that was all"):
        envgit.checkout("before", in_place=True)
    assert looked == ["unproven"] * 3
    assert six(live) == "1.17.0"


def test_file_that_prints_whenever_python_starts_is_named(live: Path) -> None:
    (site_packages(live) / "noisy.pth").write_text("import sys; print('hello')\n")
    with pytest.raises(RestoreFailed, match=r"prints: .*noisy\.pth"):
        envgit.checkout("before", in_place=True)
    assert beside(live) == []


def test_note_that_a_wheel_brought_long_ago_does_not_keep_others_out(live: Path) -> None:
    (live / ".envgit-unproven").write_text("..")
    assert envgit.checkout("before", in_place=True).grade == "exact"
    assert six(live) == "1.16.0"


@pytest.mark.parametrize("name", ["frozen", "state", "pinned"])
def test_pipe_among_conda_s_own_files_is_not_waited_for(
    name: str, repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "envs/live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    conda_install(channel, ["variant=1.1"], prefix)
    os.mkfifo(prefix / "conda-meta" / name)
    ran = run_cli("checkout", "before", "--in-place", "--yes", cwd=repo.path, timeout=100)
    assert ran.code == 0, ran.stderr
