"""The process that links: it ends with its parent, and its parent survives it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import RestoreFailed
from envgit.restore import staged
from envgit.restore.conda import calling
from tests.restore.environments import Workshop, beside, conda_environment, conda_package
from tests.server import Slow

if TYPE_CHECKING:
    from tests.channel import Channel

PROJECT = Path(__file__).resolve().parents[2]

#: Restores the variant package of a channel into a prefix: ``python -c … CHANNEL PREFIX FOLDER``.
RESTORE = """\
import sys
from pathlib import Path
from tests.channel import Channel
from tests.restore.environments import Workshop, conda_environment, conda_package, settings_for
channel = Channel(path=Path(sys.argv[1]), url=sys.argv[2])
workshop = Workshop(settings=settings_for(Path(sys.argv[4])))
print("ready", flush=True)
workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), Path(sys.argv[3]))
"""


#: Ends as py-rattler sometimes does.
CRASH = """\
import os, signal, sys
print("last words", file=sys.stderr, flush=True)
os.kill(os.getpid(), signal.SIGSEGV)
"""


def restoring(channel: Channel, prefix: Path, folder: Path) -> subprocess.Popen[str]:
    """A process that restores, and is at it."""
    command = [sys.executable, "-c", RESTORE, str(channel.path), channel.url, str(prefix), str(folder)]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def wait_for_request(channel: Channel) -> None:
    """Wait until the package is being downloaded."""
    assert channel.server is not None
    for _ in range(400):
        if channel.server.count("*variant*"):
            return
        time.sleep(0.025)
    raise AssertionError("nothing was asked for within 10 seconds")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_a_restore_is_interrupted(
    sent: signal.Signals, http_channel: Channel, tmp_path: Path, workshop: Workshop, prefix: Path
) -> None:
    assert http_channel.server is not None
    http_channel.server.fail("*variant*", Slow(30))
    with restoring(http_channel, prefix, tmp_path) as process:
        wait_for_request(http_channel)
        process.send_signal(sent)
        process.wait(timeout=10)
    http_channel.server.heal()
    assert not prefix.exists()
    if sent == signal.SIGINT:  # the one that a process can clean up after
        assert beside(prefix) == []
        assert not list((tmp_path / "cache/conda").glob("downloads*"))
    workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    assert beside(prefix) == []
    assert not list((tmp_path / "cache/conda").glob("downloads*"))


def test_child_ends_when_its_parent_is_killed(http_channel: Channel, tmp_path: Path, prefix: Path) -> None:
    assert http_channel.server is not None
    http_channel.server.fail("*variant*", Slow(30))
    with restoring(http_channel, prefix, tmp_path) as process:
        wait_for_request(http_channel)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            pytest.skip("this system does not list the children of a process")
        (child,) = map(int, children.read_text().split())
        process.kill()
    for _ in range(200):
        if not Path(f"/proc/{child}").exists():
            return
        time.sleep(0.025)
    raise AssertionError("the child still runs 5 seconds after its parent was killed")


def test_child_that_crashes_early_is_a_failed_restore(
    channel: Channel, workshop: Workshop, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_BOOT", CRASH)
    with pytest.raises(RestoreFailed, match=r"ended early \(exit -11\)") as caught:
        workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert caught.value.hint == "last words"
    assert beside(prefix) == []


def test_child_that_claims_what_it_did_not_do_is_found_out(
    channel: Channel, workshop: Workshop, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "_BOOT", 'print(\'["done", {"fetched": [], "spoilt": []}]\')')
    with pytest.raises(RestoreFailed, match=r"variant 1\.1 was not linked"):
        workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert beside(prefix) == []


def test_child_needs_nothing_of_the_caller_s_folder_or_variables(
    channel: Channel, workshop: Workshop, prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "rattler.py").write_text("raise SystemExit('poisoned')\n")
    monkeypatch.chdir(trap)
    monkeypatch.setenv("PYTHONPATH", str(trap))
    monkeypatch.setenv("PYTHONHOME", str(trap))
    workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert (prefix / "share/variant.txt").exists()


def test_two_restores_at_once_share_one_cache(channel: Channel, tmp_path: Path, prefix: Path) -> None:
    prefixes = [prefix.with_name(f"env{n}") for n in range(3)]
    processes = [restoring(channel, one, tmp_path) for one in prefixes]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert all((one / "share/variant.txt").read_text() == "1.1 cpu_0\n" for one in prefixes)
    with staged(prefix):
        pass
    assert beside(prefix) == ["env0", "env1", "env2"]
