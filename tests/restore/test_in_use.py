"""Who runs from an environment is found, however it was started."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from envgit.restore import running_from
from tests.builders import make_venv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WAIT = "import os; print(flush=True); os.chdir('/'); print(flush=True); input()"


@contextmanager
def started(*command: str, folder: Path, **environ: str) -> Iterator[int]:
    """A Python that waits in another folder than it was started in; gives its process id."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PWD"}}
    with subprocess.Popen(
        [*command, "-c", _WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        env={**inherited, **environ},
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        yield process.pid
        process.kill()


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    return make_venv(tmp_path / "project/.venv")


def found(prefix: Path) -> list[int]:
    return [one.pid for one in running_from(prefix)]


@pytest.mark.parametrize(
    "command",
    [
        ("sh", "-c", 'cd project; exec .venv/bin/python "$@"', "sh"),
        ("sh", "-c", 'cd project/.venv/bin; exec ./python "$@"', "sh"),
        ("sh", "-c", 'PATH={venv}/bin:$PATH exec python "$@"', "sh"),
        ("sh", "-c", 'cd project; PATH=.venv/bin:$PATH exec python "$@"', "sh"),
        ("{venv}/bin/python",),
    ],
    ids=["relative", "in its folder", "by PATH", "by a relative PATH", "absolute"],
)
def test_python_of_a_venv_is_found(command: tuple[str, ...], venv: Path, tmp_path: Path) -> None:
    words = [word.replace("{venv}", str(venv)) for word in command]
    with started(*words, folder=tmp_path) as pid:
        assert found(venv) == [pid]


def test_python_started_by_a_relative_path_is_found_without_a_shell(venv: Path) -> None:
    """No shell says in ``PWD`` where that was: it is the folder that the process still is in."""
    command = [".venv/bin/python", "-c", "print(flush=True); input()"]
    environ = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PWD"}}
    with subprocess.Popen(
        command, cwd=venv.parent, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert found(venv) == [process.pid]
        process.kill()


def test_python_of_another_venv_of_the_same_interpreter_is_not(venv: Path, tmp_path: Path) -> None:
    other = make_venv(tmp_path / "other/.venv")
    with started("sh", "-c", 'exec .venv/bin/python "$@"', "sh", folder=other.parent):
        assert found(venv) == []
    with started(os.path.realpath(sys.executable), folder=venv.parent, PATH=f"{venv}/bin"):
        assert found(venv) == []


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no system here that tells what is mapped")
def test_program_from_elsewhere_that_has_loaded_a_file_of_it_is_found(tmp_path: Path) -> None:
    """As an embedded Python does, or a shell that was told of a library."""
    library = tmp_path / "env/lib/libdemo.so.1"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"library" * 1000)
    code = "import mmap, sys; f = open(sys.argv[1], 'rb')"
    command = [
        sys.executable,
        "-c",
        f"{code}; m = mmap.mmap(f.fileno(), 0, access=1); print(flush=True); input()",
        str(library),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert found(tmp_path / "env") == [process.pid]
        assert found(tmp_path / "en") == []
        process.kill()
