"""A command runs in a snapshot's environment as in an activated shell, and the second time at once."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.operations.run import make_ready
from envgit.operations.workspace import open_workspace
from tests.builders import conda_install, make_repo, make_venv, pip_install, run_cli

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.builders import Repo
    from tests.channel import Channel

pytestmark = pytest.mark.slow

LONGEST = 60
#: What a shell sets by itself, whoever started it.
OF_SHELLS = {"_", "SHLVL", "PWD", "OLDPWD", "PS1"}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with a venv of one package recorded."""
    repo = make_repo(tmp_path / "repo")
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    envgit.init(prefix=str(make_venv(tmp_path / "env", packages=["six==1.16.0"])))
    return repo


def run(*command: str, rev: str = "HEAD") -> list[str]:
    return [sys.executable, "-m", "envgit", "run", rev, "--", *command]


def restored(rev: str = "HEAD") -> bool:
    """Whether a run had to restore or look closer; else the environment stood there untouched."""
    return make_ready(open_workspace("."), rev).restored is not None


def test_second_run_captures_nothing_and_loads_nothing_that_restores(repo: Repo) -> None:
    assert restored()
    assert not restored()
    code = (
        "import sys, os; from envgit.operations.run import make_ready;"
        "from envgit.operations.workspace import open_workspace; make_ready(open_workspace('.'), 'HEAD');"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "envgit.operations.run" in loaded
    restoring = {module for module in loaded if module.startswith("envgit.restore.")}
    assert restoring <= {"envgit.restore.cache_layout"}  # which names folders
    assert not loaded & {"envgit.plan", "envgit.grading", "envgit.capture.environment"}
    assert not loaded & {"rattler", "filelock", "rich", "yaml"}


@pytest.mark.parametrize("change", ["edited", "deleted", "added"])
def test_place_that_was_touched_is_looked_at_closely(repo: Repo, change: str) -> None:
    first = make_ready(open_workspace("."), "HEAD").prefix
    (module,) = first.glob("lib/python*/site-packages/six.py")
    if change == "edited":
        module.write_text("__version__ = 'edited'\n")
    elif change == "deleted":
        module.unlink()
    else:
        (first / "notes.txt").write_text("mine")

    second = make_ready(open_workspace("."), "HEAD")

    assert second.restored is not None
    assert (second.prefix == first) is (change == "added")
    assert not restored(), "what was found once need not be found again"
    assert make_ready(open_workspace("."), "HEAD").prefix == second.prefix


def test_place_that_another_edit_spoils_further_or_mends_is_looked_at_again(repo: Repo) -> None:
    first = make_ready(open_workspace("."), "HEAD").prefix
    (module,) = first.glob("lib/python*/site-packages/six.py")
    content = module.read_bytes()
    module.write_bytes(b"")
    assert make_ready(open_workspace("."), "HEAD").prefix != first
    module.write_bytes(content)
    assert make_ready(open_workspace("."), "HEAD").prefix == first


def test_editable_installs_from_elsewhere_are_captured_each_time(repo: Repo, tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other")
    other.commit("a package", files={"setup.py": "from setuptools import setup\nsetup(name='theirs')\n"})
    pip_install(tmp_path / "env", "-e", other.path)
    envgit.snapshot()
    assert restored()
    assert restored()


def test_exit_code_is_the_command_s(repo: Repo) -> None:
    codes = (0, 1, 127, 255)
    assert (
        tuple(subprocess.run(run("sh", "-c", f"exit {code}"), check=False).returncode for code in codes)
        == codes
    )


def test_command_that_is_not_executable_in_the_environment_is_not_taken_from_elsewhere(
    repo: Repo, tmp_path: Path
) -> None:
    place = make_ready(open_workspace("."), "HEAD").prefix
    (place / "bin/sh").write_text("#!/bin/sh\n")
    ran = subprocess.run(run("sh", "-c", "echo from elsewhere"), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (127, "")
    assert ran.stderr.endswith(f"sh: not executable in {place}\n")


def test_killed_command_ends_as_a_shell_reports_it(repo: Repo) -> None:
    for number in (signal.SIGINT, signal.SIGKILL, signal.SIGPIPE):
        line = shlex.join(run("sh", "-c", f"kill -{int(number)} $$"))
        ran = subprocess.run(["sh", "-c", f"{line}\nexit $?"], check=False, stderr=subprocess.DEVNULL)
        assert ran.returncode == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_signals_reach_the_command_which_is_the_very_process(repo: Repo, number: signal.Signals) -> None:
    script = (
        f"import os, signal, sys; signal.signal({int(number)}, lambda *_: sys.exit(42));"
        "print(os.getpid(), flush=True); signal.pause()"
    )
    with subprocess.Popen(run("python", "-c", script), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        process.send_signal(number)
        assert process.wait(LONGEST) == 42


def test_input_and_output_are_the_command_s(repo: Repo) -> None:
    sent = bytes(range(256)) * 1000
    ran = subprocess.run(run("cat"), input=sent, capture_output=True, check=True)
    assert (ran.stdout == sent, ran.stderr) == (True, b"Installing 1 distribution\n")
    again = subprocess.run(run("sh", "-c", "cat >&2"), input=sent, capture_output=True, check=True)
    assert (again.stdout, again.stderr == sent) == (b"", True)


def test_words_of_the_command_are_not_ours(repo: Repo) -> None:
    words = ["-q", "--offline", "--help", "--", "-n", "a b", ""]
    ran = run_cli("run", "HEAD", "--quiet", "--", "printf", "%s|", *words, cwd=repo.path)
    assert (ran.stdout, ran.stderr) == ("|".join(words) + "|", "")
    undivided = run_cli(
        "run", "-q", "HEAD", "python", "-c", "import sys; print(sys.argv)", "-q", cwd=repo.path
    )
    assert undivided.stdout == "['-c', '-q']\n"


def test_option_that_is_not_ours_is_no_command(repo: Repo) -> None:
    ran = run_cli("run", "HEAD", "--frobnicate", "--", "true", cwd=repo.path)
    assert (ran.code, ran.stderr.startswith("Error: ")) == (2, True)


def test_live_environment_runs_from_its_own_place_in_the_cache(repo: Repo, tmp_path: Path) -> None:
    pip_install(tmp_path / "env", "six==1.17.0")
    code = "import six, sys; print(six.__version__, sys.prefix)"
    ran = subprocess.run(run("python", "-c", code, rev="live"), capture_output=True, text=True, check=True)
    version, prefix = ran.stdout.split()
    assert version == "1.17.0"
    assert prefix.startswith(str(tmp_path / "cache"))


def test_five_runs_at_once_in_a_place_that_is_spoilt_make_one_new_place(repo: Repo, tmp_path: Path) -> None:
    first = make_ready(open_workspace("."), "HEAD").prefix
    (module,) = first.glob("lib/python*/site-packages/six.py")
    module.unlink()
    command = run("python", "-c", "import six; print(six.__version__)")

    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(5)]

    assert [process.communicate(timeout=LONGEST)[0] for process in running] == ["1.16.0\n"] * 5
    places = sorted(path.name for path in first.parent.iterdir() if path.is_dir())
    assert places == [first.name, f"{first.name}.2"]


def test_run_sees_what_an_activated_shell_sees(
    repo: Repo, channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = conda_install(channel, ["activated", "python"], tmp_path / "conda")
    envgit.init(prefix=str(prefix))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), "/mine"])))
    dump = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    place = make_ready(open_workspace("."), "HEAD").prefix

    ran = subprocess.run(run("sh", "-c", dump), capture_output=True, text=True, check=True)
    activated = activated_shell(place, dump)

    assert differences(json.loads(ran.stdout), activated) == {}
    assert activated["ACTIVATED_BY_PACKAGE"] == "yes"

    missing = subprocess.run(run("no such"), capture_output=True, text=True, check=False)
    assert (missing.returncode, missing.stdout) == (127, "")
    assert missing.stderr == f"Error: no such: no such command in {place}\n"


def activated_shell(prefix: Path, command: str) -> dict[str, str]:
    """The variables after what ``conda activate`` does: variables, PATH, the scripts of packages."""
    lines = [
        f"export CONDA_PREFIX='{prefix}' CONDA_DEFAULT_ENV='{prefix}' CONDA_SHLVL=1",
        f"export PATH='{prefix}/bin':\"$PATH\"",
        *(f"export {name}='{value}'" for name, value in package_variables(prefix).items()),
        *(f". '{script}'" for script in sorted((prefix / "etc/conda/activate.d").glob("*.sh"))),
        command,
    ]
    ran = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    variables: dict[str, str] = json.loads(ran.stdout)
    return variables


def package_variables(prefix: Path) -> dict[str, str]:
    files = sorted((prefix / "etc/conda/env_vars.d").glob("*.json"))
    return {name: value for file in files for name, value in json.loads(file.read_text()).items()}


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = (one.keys() | other.keys()) - OF_SHELLS
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}
