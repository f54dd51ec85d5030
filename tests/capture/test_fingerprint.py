from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.capture.fingerprint import fingerprint
from envgit.capture.host_mark import host_mark
from tests.builders import (
    CondaSpec,
    PypiSpec,
    clobber_with_pip,
    make_editable,
    make_orphan,
    make_prefix,
    make_repo,
    make_venv,
    pip_install,
    site_packages,
)
from tests.builders.dists import write_dist

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A prefix with packages of both layers."""
    requests = CondaSpec(version="2.31.0", dists={"requests": "2.31.0"})
    conda: dict[str, str | CondaSpec] = {"zlib": "1.3", "requests": requests}
    return make_prefix(tmp_path / "prefix", conda=conda, pypi={"six": "1.16.0"}, state={}, pinned=["zlib <2"])


def _touch_later(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a record is added": lambda prefix: make_prefix(prefix, conda={"xz": "5"}),
    "a record is removed": lambda prefix: next((prefix / "conda-meta").glob("zlib-*")).unlink(),
    "a record is rewritten": lambda prefix: _touch_later(next((prefix / "conda-meta").glob("zlib-*"))),
    "history grows": lambda prefix: (prefix / "conda-meta/history").open("a").write("==> x <==\n"),
    "a variable is set": lambda prefix: (prefix / "conda-meta/state").write_text('{"env_vars": {"A": "1"}}'),
    "a pin is set": lambda prefix: (prefix / "conda-meta/pinned").write_text("zlib <3\n"),
    "pip installs": lambda prefix: write_dist(prefix, "attrs", PypiSpec(version="1")),
    "pip upgrades": lambda prefix: clobber_with_pip(prefix, "six", "1.17.0"),
    "pip writes over conda's": lambda prefix: clobber_with_pip(prefix, "requests", "2.31.0"),
    "RECORD alone is rewritten": lambda prefix: _touch_later(next(site_packages(prefix).glob("six*/RECORD"))),
    "an orphan appears": lambda prefix: make_orphan(prefix, "stray", "1"),
    "a path file appears": lambda prefix: (site_packages(prefix) / "x.pth").write_text("/srv\n"),
    "a condarc appears": lambda prefix: (prefix / ".condarc").write_text("channels: [a]\n"),
    "it becomes a venv": lambda prefix: (prefix / "pyvenv.cfg").write_text("version = 3.11\n"),
}


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_changes_when(prefix: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint(str(prefix))
    assert fingerprint(str(prefix)) == before
    change(prefix)
    assert fingerprint(str(prefix)) != before


def test_it_stays_when_code_runs(prefix: Path) -> None:
    before = fingerprint(str(prefix))
    cache = site_packages(prefix) / "__pycache__"
    cache.mkdir()
    (cache / "six.cpython-311.pyc").write_bytes(b"")
    (prefix / "lib/notes.txt").write_text("")
    assert fingerprint(str(prefix)) == before


def test_it_changes_with_the_configuration_of_conda(prefix: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    before = fingerprint(str(prefix), home=str(home))
    (home / ".condarc").write_text("channels: [a]\n")
    with_file = fingerprint(str(prefix), home=str(home))
    with_variable = fingerprint(str(prefix), home=str(home), environ={"CONDA_CHANNELS": "b"})
    assert len({before, with_file, with_variable}) == 3
    assert fingerprint(str(prefix), home=str(home), environ={"EDITOR": "vi"}) == with_file


def test_it_follows_the_commit_of_an_editable_install_elsewhere(prefix: Path, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "library")
    make_editable(prefix, "library", "1.0", repo.path)
    before = fingerprint(str(prefix), repository=str(tmp_path / "project"))
    repo.commit("Next")
    assert fingerprint(str(prefix), repository=str(tmp_path / "project")) != before


def test_it_does_not_follow_the_commits_of_the_recorded_repository(prefix: Path, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "project")
    make_editable(prefix, "project", "1.0", repo.path)
    before = fingerprint(str(prefix), repository=str(repo.path))
    repo.commit("Next")
    assert fingerprint(str(prefix), repository=str(repo.path)) == before


def test_it_follows_the_metadata_of_a_develop_install(prefix: Path, tmp_path: Path) -> None:
    info = tmp_path / "old/old.egg-info/PKG-INFO"
    info.parent.mkdir(parents=True)
    info.write_text("Name: old\nVersion: 1\n")
    (site_packages(prefix) / "old.egg-link").write_text(f"{tmp_path / 'old'}\n.")
    before = fingerprint(str(prefix))
    info.write_text("Name: old\nVersion: 10\n")
    assert fingerprint(str(prefix)) != before


def test_it_changes_when_a_real_venv_gains_a_package_or_loses_its_python(tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "venv")
    empty = fingerprint(str(venv))
    pip_install(venv, "six==1.16.0")
    filled = fingerprint(str(venv))
    (venv / "bin/python").unlink()
    assert len({empty, filled, fingerprint(str(venv))}) == 3


def test_any_folder_has_one(tmp_path: Path) -> None:
    assert fingerprint(str(tmp_path)) == fingerprint(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("odd", ["loop.dist-info", "loop.pth"])
def test_links_in_a_loop_do_no_harm(prefix: Path, odd: str) -> None:
    before = fingerprint(str(prefix))
    (site_packages(prefix) / odd).symlink_to(odd)
    assert fingerprint(str(prefix)) != before


def test_it_loads_next_to_nothing(prefix: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(PROJECT)!r}); before = set(sys.modules)\n"
        "from envgit.capture.fingerprint import fingerprint\n"
        "from envgit.capture.host_mark import host_mark\n"
        f"fingerprint({str(prefix)!r}, repository='/', home='/nowhere'); host_mark()\n"
        "print(*sorted(m for m in set(sys.modules) - before if not m.startswith('envgit')))"
    )
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert loaded <= {
        *("__future__", "_blake2", "_collections_abc", "errno", "genericpath", "os", "os.path", "posixpath"),
        *("_stat", "stat", "abc", "io", "_sha2", "_sha256"),
    }  # fmt: skip


def test_the_mark_of_the_host_stays() -> None:
    assert host_mark() == host_mark()
    assert os.uname().release in host_mark()
    assert os.uname().nodename not in host_mark().split("\n")
