"""Commands run inside an environment as in an activated shell, with their own signals and exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from envgit.errors import BadFile, NotAPrefix
from envgit.operations.activation import activate
from tests.builders import make_prefix, make_venv
from tests.restore.environments import Workshop, conda_environment, conda_package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.channel import Channel


def run(
    prefix: Path, *command: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command activated, as the command line does."""
    active = activate(prefix, command, os.environ if environ is None else environ)
    return subprocess.run(
        active.command, env=dict(active.environ), capture_output=True, text=True, check=False
    )


def variables(prefix: Path, **environ: str) -> dict[str, str]:
    """The variables that a command sees."""
    ran = run(prefix, "env", "-0", environ={**os.environ, **environ})
    return dict(entry.split("=", 1) for entry in ran.stdout.split("\0") if entry)


@pytest.fixture
def conda(tmp_path: Path) -> Path:
    """A conda prefix without packages, with variables that a shell would misread."""
    state = {
        "PLAIN": "1",
        "SHELL_LIKE": "$(touch /tmp/never) `id` \"$HOME\" 'x'\nsecond line",
        "GONE": "***unset***",
    }
    return make_prefix(tmp_path / "envs" / "demo", python=None, state=state)


def write_script(prefix: Path, name: str, text: str) -> None:
    folder = prefix / "etc/conda/activate.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_conda_environment_is_entered(conda: Path) -> None:
    seen = variables(conda)
    assert seen["PATH"].split(os.pathsep)[0] == str(conda / "bin")
    assert (seen["CONDA_PREFIX"], seen["CONDA_DEFAULT_ENV"], seen["CONDA_SHLVL"]) == (str(conda), "demo", "1")


def test_values_are_taken_as_they_are(conda: Path) -> None:
    write_script(conda, "a.sh", "export SOURCED=1\n")
    seen = variables(conda, GONE="x")
    assert seen["SHELL_LIKE"] == "$(touch /tmp/never) `id` \"$HOME\" 'x'\nsecond line"
    assert seen["SOURCED"] == "1"
    assert "GONE" not in seen


def test_environment_outside_of_the_usual_folder_is_named_by_its_path(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "elsewhere", python=None)
    assert variables(prefix)["CONDA_DEFAULT_ENV"] == str(prefix)


def test_active_environment_is_left(conda: Path, tmp_path: Path) -> None:
    other, venv = tmp_path / "other", tmp_path / "venv"
    path = os.pathsep.join([str(venv / "bin"), str(other / "bin"), os.environ["PATH"]])
    seen = variables(
        conda,
        PATH=path,
        VIRTUAL_ENV=str(venv),
        CONDA_PREFIX=str(other),
        CONDA_PREFIX_1="/base",
        CONDA_SHLVL="2",
        PYTHONHOME="/wrong",
    )
    assert seen["PATH"] == os.pathsep.join([str(conda / "bin"), os.environ["PATH"]])
    assert not {"VIRTUAL_ENV", "CONDA_PREFIX_1", "PYTHONHOME"} & set(seen)


def test_packages_set_variables_and_source_scripts(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    workshop.restore(conda_environment(conda_package(channel, "activated")), prefix)
    seen = variables(prefix)
    assert (seen["ACTIVATED"], seen["ACTIVATED_BY_PACKAGE"]) == ("1", "yes")


def test_environment_s_own_variables_win_over_those_of_packages(conda: Path) -> None:
    folder = conda / "etc/conda/env_vars.d"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"PLAIN": "package", "OTHER": "package"}))
    seen = variables(conda)
    assert (seen["PLAIN"], seen["OTHER"]) == ("1", "package")


def test_scripts_are_sourced_in_order_and_may_use_bash(conda: Path) -> None:
    write_script(conda, "b.sh", 'export ORDER="${ORDER}b"\n')
    write_script(
        conda, "a.sh", 'function f { local x=(a z); export ORDER="${x[0]}"; }; f; set -- lost arguments\n'
    )
    ran = run(conda, "sh", "-c", 'echo "$ORDER:$1:$2"', "sh", "one 'two'", "$three")
    assert ran.stdout == "ab:one 'two':$three\n"


def test_venv_is_entered(tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "my venv")
    seen = variables(venv, CONDA_PREFIX="/other")
    assert seen["VIRTUAL_ENV"] == str(venv)
    assert seen["PATH"].split(os.pathsep)[0] == str(venv / "bin")
    assert "CONDA_PREFIX" not in seen
    assert run(venv, "python", "-c", "import sys; print(sys.prefix)").stdout.strip() == str(venv)


@pytest.mark.parametrize("scripts", [False, True])
def test_exit_status_is_the_command_s(scripts: bool, conda: Path) -> None:
    if scripts:
        write_script(conda, "a.sh", "false\n")
    assert run(conda, "sh", "-c", "exit 7").returncode == 7


@pytest.mark.parametrize("scripts", [False, True])
def test_signals_reach_the_command_itself(scripts: bool, conda: Path) -> None:
    if scripts:
        write_script(conda, "a.sh", "export A=1\n")
    command = ["sh", "-c", 'trap "echo caught; exit 5" TERM; echo $$; while :; do sleep 0.05; done']
    active = activate(conda, command, os.environ)
    with subprocess.Popen(
        active.command, env=dict(active.environ), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "caught\n"
    assert process.returncode == 5


def test_folder_that_is_no_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAPrefix, match="is no environment"):
        activate(tmp_path, ["true"], os.environ)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"env_vars": {"A": 1}}', '{"env_vars": {"A=B": "x"}}', "\udcff"]
)
def test_state_that_cannot_be_read_is_named(text: str, conda: Path) -> None:
    (conda / "conda-meta/state").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadFile, match="conda-meta/state"):
        activate(conda, ["true"], os.environ)
