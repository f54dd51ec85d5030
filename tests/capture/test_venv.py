"""Real virtual environments, by the tools that make them."""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from envgit.capture.machine import machine_platform
from tests.builders import make_venv, pip_install, run_python
from tests.capture.captures import captured, dist, kinds

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal


@pytest.mark.parametrize("tool", ["uv", "venv"])
def test_a_venv_tells_its_python_and_its_packages(tmp_path: Path, tool: Literal["uv", "venv"]) -> None:
    venv = make_venv(tmp_path / "venv", tool=tool, packages=["six==1.16.0"])
    found = captured(venv)
    environment = found.environment
    assert (environment.kind, environment.platform) == ("venv", machine_platform())
    assert environment.python == platform.python_version()
    assert not environment.system_site_packages
    assert [(d.name, d.version, d.owner) for d in environment.distributions] == [("six", "1.16.0", "pypi")]
    assert (environment.conda, environment.channels, found.warnings) == ((), (), ())


def test_a_plain_venv_holds_pip_by_pip(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    found = captured(tmp_path / "venv")
    pip = dist(found, "pip")
    assert (pip.owner, pip.installer, pip.requested) == ("pypi", "pip", pip.requested)
    assert pip.version == run_python(tmp_path / "venv", "-c", "import pip; print(pip.__version__)")


def test_a_venv_that_sees_the_systems_packages_says_so(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", str(tmp_path / "venv")],
        check=True,
    )
    assert captured(tmp_path / "venv").environment.system_site_packages


@pytest.mark.parametrize(
    ("text", "python", "warnings"),
    [
        ("version = 3.11.7\nversion_info = 3.11.7.final.0\n", "3.11.7", []),
        ("version_info=3.12.1.final.0\nimplementation = CPython\n", "3.12.1", []),
        ("VERSION = 3.13.0rc1\n", "3.13.0", []),
        ("home = /usr/bin\n", f"{sys.version_info[0]}.{sys.version_info[1]}", []),
        ("version_info = 3.9.18.final.0\nimplementation = PyPy\n", "3.9.18", ["interpreter"]),
    ],
)
def test_the_python_is_read_as_each_tool_writes_it(
    tmp_path: Path, text: str, python: str, warnings: list[str]
) -> None:
    venv = make_venv(tmp_path / "venv")
    (venv / "pyvenv.cfg").write_text(text)
    found = captured(venv)
    assert (found.environment.python, kinds(found)) == (python, warnings)


def test_an_upgrade_changes_version_and_digest(tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "venv", packages=["six==1.16.0"])
    before = dist(captured(venv, cache=tmp_path / "cache"), "six")
    pip_install(venv, "six==1.17.0")
    after = dist(captured(venv, cache=tmp_path / "cache"), "six")
    assert (before.version, after.version) == ("1.16.0", "1.17.0")
    assert before.digest != after.digest
