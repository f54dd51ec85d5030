"""Virtual environments come back with the very Python version they had, or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import RestoreFailed
from envgit.restore.interpreters import find_interpreter
from tests.builders import make_venv, run_python
from tests.restore.environments import PYTHON, Workshop, beside, settings_for, venv_environment

if TYPE_CHECKING:
    from envgit.restore import RestoreSettings


def fake_python(
    folder: Path, version: str, *, name: str = "python3", implementation: str = "cpython"
) -> Path:
    """A program that answers as an interpreter of this version would; it is none."""
    executable = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    executable.write_text(f"#!/bin/sh\necho {implementation} {version} False\necho {executable}\n")
    executable.chmod(0o755)
    return executable


@pytest.fixture
def bare(tmp_path: Path) -> RestoreSettings:
    """Settings of a home without interpreters."""
    home = tmp_path / "home"
    home.mkdir()
    return settings_for(
        tmp_path, home=home, environ={"PATH": str(tmp_path / "bin"), "PYENV_ROOT": str(home / "none")}
    )


def test_venv_has_the_recorded_version_and_its_final_path(workshop: Workshop, prefix: Path) -> None:
    assert workshop.restore(venv_environment(), prefix) == ()
    said = run_python(prefix, "-c", "import platform, sys; print(platform.python_version(), sys.prefix)")
    assert said == f"{PYTHON} {prefix}"
    config = (prefix / "pyvenv.cfg").read_text()
    assert "include-system-site-packages = false" in config
    assert ".envgit-" not in config
    activate = (prefix / "bin/activate").read_text()
    assert str(prefix) in activate
    assert ".envgit-" not in activate
    assert beside(prefix) == []


def test_system_site_packages_come_back(workshop: Workshop, prefix: Path) -> None:
    workshop.restore(venv_environment(system_site_packages=True), prefix)
    assert "include-system-site-packages = true" in (prefix / "pyvenv.cfg").read_text()


def test_version_that_is_not_there_is_named_with_those_that_are(workshop: Workshop, prefix: Path) -> None:
    with pytest.raises(RestoreFailed, match=r"needs Python 3\.99\.7, and this machine has ") as caught:
        workshop.restore(venv_environment(python="3.99.7"), prefix)
    assert f"{PYTHON} (" in caught.value.message
    assert "uv python install 3.99.7" in caught.value.hint
    assert beside(prefix) == []


def test_where_no_version_is_named_the_first_python_found_does(tmp_path: Path, prefix: Path) -> None:
    other = make_venv(tmp_path / "other")
    settings = settings_for(tmp_path, interpreters=(other / "bin/python",))
    Workshop(settings=settings).restore(venv_environment(python=None), prefix)
    assert run_python(prefix, "-c", "import platform; print(platform.python_version())") == PYTHON


def test_venv_of_a_venv_s_interpreter_stands_on_its_own(tmp_path: Path, prefix: Path) -> None:
    other = make_venv(tmp_path / "other")
    settings = settings_for(tmp_path, interpreters=(other / "bin/python",))
    Workshop(settings=settings).restore(venv_environment(), prefix)
    shutil.rmtree(other)
    assert run_python(prefix, "-c", "import sys; print(sys.prefix)") == str(prefix)


@pytest.mark.parametrize(
    "place",
    [
        "bin",
        "home/.pyenv/versions/3.99.1/bin",
        "home/.asdf/installs/python/3.99.1/bin",
        "home/.local/share/mise/installs/python/3.99.1/bin",
        "home/.local/share/uv/python/cpython-3.99.1-linux-x86_64-gnu/bin",
        "home/miniforge3/bin",
    ],
)
def test_interpreter_is_found_where_tools_put_it(place: str, tmp_path: Path, bare: RestoreSettings) -> None:
    there = fake_python(tmp_path / place, "3.99.1", name="python3.99")
    environ = {"PATH": bare.environ["PATH"]}
    settings = settings_for(tmp_path, home=bare.home, environ=environ)
    assert find_interpreter("3.99.1", settings) == there


def test_interpreter_named_by_the_settings_is_considered(tmp_path: Path, bare: RestoreSettings) -> None:
    there = fake_python(tmp_path / "odd place", "3.99.1", name="interpreter")
    settings = settings_for(tmp_path, home=bare.home, environ=bare.environ, interpreters=(there,))
    assert find_interpreter("3.99.1", settings) == there


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\nexit 1\n",
        "#!/bin/sh\necho pypy 3.99.1 False\necho /x\n",
        "#!/bin/sh\n",
        "#!/nonexistent\n",
        "\x7f",
    ],
    ids=["failing shim", "other implementation", "silent", "broken", "no program"],
)
def test_what_is_no_cpython_is_passed_over(text: str, tmp_path: Path, bare: RestoreSettings) -> None:
    executable = fake_python(tmp_path / "bin", "3.99.1", name="python3.99")
    executable.write_text(text)
    with pytest.raises(RestoreFailed, match=r"needs Python 3\.99\.1"):
        find_interpreter("3.99.1", bare)


def test_nearby_version_does_not_do(tmp_path: Path, bare: RestoreSettings) -> None:
    fake_python(tmp_path / "bin", "3.99.2", name="python3.99")
    with pytest.raises(RestoreFailed, match=r"has .*3\.99\.2 \("):
        find_interpreter("3.99.1", bare)


def test_interpreter_whose_path_names_the_version_is_asked_first(
    tmp_path: Path, bare: RestoreSettings
) -> None:
    (tmp_path / "bin").mkdir()
    tell_tale = tmp_path / "asked"
    other = tmp_path / "bin/python3.99"
    other.write_text(f"#!/bin/sh\ntouch {tell_tale}\n")
    other.chmod(0o755)
    there = fake_python(tmp_path / "home/.pyenv/versions/3.99.1/bin", "3.99.1", name="python3.99")
    settings = settings_for(tmp_path, home=bare.home, environ={"PATH": bare.environ["PATH"]})
    assert find_interpreter("3.99.1", settings) == there
    assert not tell_tale.exists()


def test_own_interpreter_is_found_without_a_path(tmp_path: Path, bare: RestoreSettings) -> None:
    found = find_interpreter(PYTHON, bare)
    assert os.path.realpath(found) == os.path.realpath(sys.executable)


def test_uv_is_envgit_s_own_whatever_lies_on_the_path(tmp_path: Path, prefix: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "uv").write_text("#!/bin/sh\nexit 9\n")
    (folder / "uv").chmod(0o755)
    environ = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    assert shutil.which("uv", path=environ["PATH"]) == str(folder / "uv")
    Workshop(settings=settings_for(tmp_path, environ=environ)).restore(venv_environment(), prefix)
    assert Path(prefix, "bin/python").exists()
