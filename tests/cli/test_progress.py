"""What is shown while a command takes its time, and what Ctrl-C leaves of it."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from envgit.cli import progress
from tests.builders import conda_install, make_prefix, make_repo, run_cli
from tests.server import Slow

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo
    from tests.channel import Channel

LONGEST = 60
#: What a terminal is told: colours, where the cursor goes, what is cleared.
ESCAPES = re.compile(r"\x1b\[[?0-9;]*[a-zA-Z]")


@pytest.fixture
def recorded(tmp_path: Path, http_channel: Channel, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with one conda package recorded, whose file has to come over HTTP."""
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    repo = make_repo(tmp_path / "repo")
    prefix = conda_install(http_channel, ["variant=1.0=cpu_0", "prefixed"], tmp_path / "env")
    run_cli("init", "--prefix", prefix, "--manual", cwd=repo.path)
    assert http_channel.server is not None
    http_channel.server.requests.clear()  # the installation's
    return repo


def envgit(*words: str, repo: Repo, stderr: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "envgit", *words]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    return subprocess.Popen(command, cwd=repo.path, env=env, stdout=subprocess.PIPE, stderr=stderr)


def read_all(terminal: int) -> str:
    """All that was written to a terminal nobody writes to any more."""
    shown = b""
    while True:
        try:
            chunk = os.read(terminal, 1 << 16)
        except OSError:  # how Linux says that the other end is closed
            chunk = b""
        if not chunk:
            os.close(terminal)
            return shown.decode()
        shown += chunk


def on_terminal(*words: str, repo: Repo) -> tuple[int, str]:
    """Run a command whose stderr is a terminal; its exit code and what was shown there."""
    ours, its = pty.openpty()
    with envgit(*words, repo=repo, stderr=its) as process:
        os.close(its)
        shown = read_all(ours)
        process.communicate(timeout=LONGEST)
    return process.returncode, shown


def wait_for_request(channel: Channel) -> None:
    assert channel.server is not None
    for _ in range(LONGEST * 40):
        if channel.server.count("*variant*.conda"):
            return
        time.sleep(0.025)
    raise AssertionError("no package was asked for")


def left_behind(repo: Repo) -> list[str]:
    """What was being built; part of a download may stay, for the next time to go on with."""
    cache = repo.path.with_name("cache")
    return [str(path) for path in cache.rglob("*") if ".envgit-" in path.name]


def test_without_a_terminal_each_piece_of_work_is_one_line(recorded: Repo) -> None:
    ran = run_cli("checkout", "HEAD", cwd=recorded.path)

    assert ran.code == 0
    lines = ran.stderr.splitlines()
    assert re.fullmatch(r"Downloading 2 packages \([\d.]+ (bytes|kB)\)", lines[0])
    assert lines[1] == "Linking 2 packages"
    assert lines[-1].startswith("Use it: ")
    assert len(lines) == 3
    assert "\x1b" not in ran.stderr


def test_json_is_alone_on_stdout(recorded: Repo) -> None:
    ran = run_cli("checkout", "HEAD", "--json", cwd=recorded.path)
    assert ran.stdout.startswith("{")
    assert "Linking" not in ran.stdout
    assert "Linking 2 packages" in ran.stderr


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet_commands_say_nothing_but_their_results(recorded: Repo, option: str) -> None:
    for words in (["snapshot", option], ["checkout", "HEAD", option], ["run", "HEAD", option, "--", "true"]):
        ran = run_cli(*words, cwd=recorded.path)
        assert (ran.code, ran.stderr) == (0, ""), words
    code, shown = on_terminal("checkout", "HEAD", "-p", "../other", option, repo=recorded)
    assert (code, shown) == (0, "")


def test_quiet_commands_say_what_went_wrong(recorded: Repo) -> None:
    ran = run_cli("checkout", "nothing-of-the-kind", "--quiet", cwd=recorded.path)
    assert (ran.code, ran.stderr.startswith("Error: ")) == (1, True)


def test_quiet_push_tells_what_was_refused_and_nothing_else(tmp_path: Path) -> None:
    ours, theirs = make_repo(tmp_path / "ours"), make_repo(tmp_path / "theirs", bare=True)
    ours.git("remote", "add", "origin", str(theirs.path))
    ours.git("push", "--quiet", "origin", "HEAD")
    prefix = make_prefix(tmp_path / "env", conda={"zlib": "1.3"})
    run_cli("init", "--prefix", prefix, "--manual", cwd=ours.path)
    assert run_cli("push", "--quiet", cwd=ours.path) == (0, "", "")

    hook = theirs.git_dir / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    run_cli("tag", "paper-v1", cwd=ours.path)
    ran = run_cli("push", "--quiet", cwd=ours.path)
    assert ran.code == 1
    assert [line for line in ran.stderr.splitlines() if not line.startswith("warning: ")] == []


def test_on_a_terminal_bars_come_and_go(recorded: Repo) -> None:
    code, shown = on_terminal("checkout", "HEAD", repo=recorded)

    assert code == 0
    plain = ESCAPES.sub("", shown)
    assert re.search(r"Downloading 2 packages .* [\d.]+/[\d.]+ (bytes|kB)", plain)
    assert re.search(r"Linking packages .* [0-2]/2 packages", plain)
    assert shown.rindex("\x1b[?25h") > shown.rindex("packages"), "the cursor is left hidden"
    assert plain.split("\r")[-2].strip("\n").startswith("Use it: ")


@pytest.mark.parametrize("seen", ["in a terminal", "in a pipe"])
def test_ctrl_c_during_a_download_is_one_line_and_leaves_nothing(
    recorded: Repo, http_channel: Channel, seen: str
) -> None:
    assert http_channel.server is not None
    http_channel.server.fail("*variant*", Slow(LONGEST))
    ours, its = pty.openpty() if seen == "in a terminal" else os.pipe()
    with envgit("checkout", "HEAD", repo=recorded, stderr=its) as process:
        os.close(its)
        wait_for_request(http_channel)
        process.send_signal(signal.SIGINT)
        shown = read_all(ours)
        output, _ = process.communicate(timeout=LONGEST)

    assert (process.returncode, output) == (130, b"")
    lines = [line for line in re.split(r"[\r\n]+", ESCAPES.sub("", shown)) if line.strip()]
    assert lines[-1] == "interrupted"
    assert [line for line in lines if not line.startswith(("Downloading", "interrupted"))] == []
    assert left_behind(recorded) == []
    assert shown.count("\x1b[?25h") == shown.count("\x1b[?25l"), "the cursor is left hidden"


def test_ctrl_c_is_told_to_scripts_as_json(recorded: Repo, http_channel: Channel) -> None:
    assert http_channel.server is not None
    http_channel.server.fail("*variant*", Slow(LONGEST))
    with envgit("checkout", "HEAD", "--json", repo=recorded, stderr=subprocess.DEVNULL) as process:
        wait_for_request(http_channel)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 130
    assert b'"kind": "interrupted"' in output


def test_long_work_is_told_of_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 3.0, 11.0, 12.0, 21.5])
    monkeypatch.setattr("envgit.cli.progress.time.monotonic", lambda: next(clock))
    lines = progress.Lines()
    lines.start("Downloading 2 packages", 34_000_000, "bytes")
    lines.notice("waiting for conda.example")
    for n in (10_000_000, 10_000_000, -20_000_000, 5_000_000):
        lines.advance(n)
    lines.finish()
    assert capsys.readouterr().err.splitlines() == [
        "Downloading 2 packages (34.0 MB)",
        "waiting for conda.example",
        "Downloading 2 packages: 20.0 MB of 34.0 MB",
        "Downloading 2 packages: 5.0 MB of 34.0 MB",
    ]


def test_work_that_was_told_of_in_part_is_told_of_when_it_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 11.0, 12.0, 13.0])
    monkeypatch.setattr("envgit.cli.progress.time.monotonic", lambda: next(clock))
    lines = progress.Lines()
    lines.start("Linking packages", 3, "packages")
    for _ in range(3):
        lines.advance(1)
    assert capsys.readouterr().err.splitlines() == [
        "Linking 3 packages",
        "Linking packages: 1 of 3 packages",
        "Linking packages: 3 of 3 packages",
    ]


@pytest.mark.parametrize(
    ("label", "total", "unit", "line"),
    [
        ("Linking packages", 59, "packages", "Linking 59 packages"),
        ("Linking packages", 1, "packages", "Linking 1 package"),
        ("Downloading 3 packages", 0, "bytes", "Downloading 3 packages"),
        ("Solving", 0, "packages", "Solving"),
    ],
)
def test_a_line_says_how_much_there_is_to_do(
    label: str, total: int, unit: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    progress.Lines().start(label, total, unit)
    assert capsys.readouterr().err == f"{line}\n"


def test_a_notice_stands_beside_the_bar_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    bars = progress.Bars()
    bars.start("Downloading", 100, "bytes")
    bars.notice("waiting for [red]conda.example\x1b")
    bars.finish()
    assert r"waiting for [red]conda.example\x1b" in capsys.readouterr().err.splitlines()


def test_a_download_that_starts_over_has_no_negative_rate() -> None:
    bars = progress.Bars()
    bars.start("Downloading", 100, "bytes")
    try:
        for n in (60, -60, 10):
            bars.advance(n)
        assert bars._bar is not None
        (task,) = bars._bar[0].tasks
        assert task.completed == 10
        assert task.speed is None or task.speed > 0
    finally:
        bars.finish()
