"""Environments that conda itself made are changed in place: its records tell of files in another way."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.errors import RestoreFailed
from tests.builders import conda_install, make_repo, run_cli, run_python, site_packages

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from envgit.model import CondaPackage
    from tests.builders import Repo
    from tests.channel import Channel

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    return repo


def as_conda_does(prefix: Path) -> Path:
    """Tell in records what conda would: ``paths_data`` of noarch Python packages has paths in the package.

    Byte code is made, and listed in ``files`` alone. The installer of these tests would be misled by that.
    """
    site = site_packages(prefix).relative_to(prefix).as_posix()
    for file in (prefix / "conda-meta").glob("*.json"):
        record = json.loads(file.read_text())
        if record.get("noarch") == "python":
            for entry in record["paths_data"]["paths"]:
                entry["_path"] = entry["_path"].replace(site, "site-packages", 1)
            record["files"] += [_compiled(prefix, path) for path in record["files"] if path.endswith(".py")]
            file.write_text(json.dumps(record))
    return prefix


def _compiled(prefix: Path, path: str) -> str:
    folder, _, name = path.rpartition("/")
    code = f"{folder}/__pycache__/{name.removesuffix('.py')}.cpython-311.pyc"
    (prefix / code).parent.mkdir(exist_ok=True)
    (prefix / code).write_bytes(b"code")
    return code


@pytest.fixture
def live(channel: Channel, tmp_path: Path) -> Path:
    """An environment recorded as `before`, then one more package and another version."""
    prefix = conda_install(channel, ["python", "six=1.16.0"], tmp_path / "envs/live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    return as_conda_does(conda_install(channel, ["python", "six=1.17.0", "tabulate", "idna"], prefix))


def found(prefix: Path, *names: str) -> list[str]:
    """What lies in the folder of modules under these names."""
    return sorted(entry.name for entry in site_packages(prefix).iterdir() if entry.name.startswith(names))


def test_package_that_is_removed_leaves_nothing(live: Path, repo: Repo) -> None:
    assert found(live, "tabulate", "idna") != []

    ran = run_cli("checkout", "before", "--in-place", cwd=repo.path)

    assert (ran.code, "grade: exact" in ran.stdout) == (0, True), ran.stderr
    assert found(live, "tabulate", "idna") == []
    assert not (live / "bin/tabulate").exists()
    assert run_python(live, "-c", "import importlib.util as u; print(u.find_spec('tabulate'))") == "None"


def test_package_that_changes_its_version_has_one_version(live: Path) -> None:
    envgit.tag("after")
    for rev, version in (("before", "1.16.0"), ("after", "1.17.0"), ("before", "1.16.0")):
        assert envgit.checkout(rev, in_place=True).grade == "exact"
        assert found(live, "six-") == [f"six-{version}.dist-info"]
        assert run_python(live, "-c", "import six; print(six.__version__)") == version
        assert envgit.verify(rev, files=True).identical


def test_file_of_the_users_in_the_folder_of_a_removed_package_stays(live: Path) -> None:
    mine = site_packages(live) / "idna/mine.py"
    mine.write_text("x = 1\n")
    assert envgit.checkout("before", in_place=True).grade == "exact"
    assert [entry.name for entry in mine.parent.iterdir()] == ["mine.py"]


def test_what_would_be_left_of_a_removed_package_is_a_failure(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(folder: Path, packages: Iterable[CondaPackage]) -> None:
        for package in packages:
            (folder / "conda-meta" / f"{package.dist_name}.json").unlink()

    monkeypatch.setattr("envgit.restore.changing.change.unlink_packages", forget)
    with pytest.raises(RestoreFailed, match=r"files of removed packages would stay: .*site-packages/idna"):
        envgit.checkout("before", in_place=True)
    assert found(live, "tabulate") != []


def test_file_that_a_package_shares_with_a_removed_one_is_its_own_again(
    channel: Channel, tmp_path: Path
) -> None:
    """The last one that was linked had its way: conda warns of it, and goes on."""
    prefix = conda_install(channel, ["python", "six=1.16.0"], tmp_path / "envs/live")
    envgit.init(prefix=str(prefix))
    envgit.tag("before")
    as_conda_does(conda_install(channel, ["python", "six=1.16.0", "tabulate"], prefix))
    shared = site_packages(prefix) / "six.py"
    original = shared.read_bytes()
    shared.unlink()
    shared.write_bytes(b"not_six = 1\n")
    (file,) = (prefix / "conda-meta").glob("tabulate-*.json")
    record = json.loads(file.read_text())
    record["files"].append(shared.relative_to(prefix).as_posix())
    digest = hashlib.sha256(shared.read_bytes()).hexdigest()
    record["paths_data"]["paths"].append(
        {"_path": "site-packages/six.py", "path_type": "hardlink", "sha256_in_prefix": digest}
    )
    file.write_text(json.dumps(record))

    assert envgit.checkout("before", in_place=True).grade == "exact"

    assert shared.read_bytes() == original


def test_history_that_is_a_pipe_is_not_waited_for(live: Path, repo: Repo) -> None:
    history = live / "conda-meta/history"
    history.unlink()
    os.mkfifo(history)
    ran = run_cli("checkout", "before", "--in-place", cwd=repo.path, timeout=120)
    assert ran.code == 0, ran.stderr
    assert history.is_file()
