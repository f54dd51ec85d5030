"""Programs that do a part of a restore end with it, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from envgit import restore
from envgit.restore import children

_OURS = """\
import os, sys
from envgit.restore import children
children.run(["sh", "-c", sys.argv[1]], environ=os.environ, patience=100)
"""
#: Says who it is, and has a child of its own, as uv has builds.
_ENDLESS = "sleep 100 & echo $$ $! > {file}; wait"


def _is_there(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_until(condition: object, seconds: float = 20) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())


needs_proc = pytest.mark.skipif(
    not os.path.isdir("/proc/self"), reason="which processes there are is read from /proc"
)


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_program_and_what_it_started_end_with_us(how: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "numbers"
    script = _ENDLESS.format(file=file)
    with subprocess.Popen([sys.executable, "-c", _OURS, script], stderr=subprocess.DEVNULL) as ours:
        assert _wait_until(lambda: file.exists() and len(file.read_text().split()) == 2)
        numbers = [int(word) for word in file.read_text().split()]
        assert all(map(_is_there, numbers))
        ours.send_signal(how)
    assert _wait_until(lambda: not any(map(_is_there, numbers)))


def test_a_program_that_comes_to_no_end_is_stopped() -> None:
    ended = children.run(["sh", "-c", "echo begun; sleep 100"], environ=os.environ, patience=1)
    assert (ended.code, ended.stdout) == (None, "begun\n")


@needs_proc
def test_what_a_program_leaves_running_is_not_waited_for_and_ends() -> None:
    ended = children.run(["sh", "-c", "sleep 100 & echo $!"], environ=os.environ, patience=60)
    assert ended.code == 0
    assert _wait_until(lambda: not _is_there(int(ended.stdout)))


def test_output_may_be_had_as_it_would_be_seen() -> None:
    script = "echo one; echo two >&2; echo three"
    ended = children.run(["sh", "-c", script], environ=os.environ, patience=60, merged=True)
    assert (ended.lines, ended.stderr) == (["one", "two", "three"], "")


def test_of_endless_output_the_end_is_kept() -> None:
    script = "import sys; sys.stderr.write('x' * 5_000_000 + 'why it failed'); sys.exit(3)"
    ended = children.run([sys.executable, "-c", script], environ=os.environ, patience=60)
    assert ended.code == 3
    assert ended.stderr.endswith("xxwhy it failed")
    assert len(ended.stderr) < 500_000


def test_a_program_that_is_not_there_is_an_error_that_names_it() -> None:
    ended = children.run(["no-such-program"], environ=os.environ, patience=60)
    assert (ended.code, ended.stderr) == (1, "no-such-program: No such file or directory\n")


def test_no_program_of_a_restore_is_started_in_another_way() -> None:
    """The worker that links conda's packages watches its own end of a pipe."""
    modules = Path(restore.__file__).parent
    starting = [file.name for file in modules.rglob("*.py") if "import subprocess" in file.read_text()]
    assert sorted(starting) == ["calling.py", "children.py"]
