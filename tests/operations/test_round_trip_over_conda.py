"""What pip put over conda's files, and took away, comes back byte for byte."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest

import envgit
from tests.builders import conda_install, make_repo, pip_install
from tests.builders.venv import run_uv

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo
    from tests.channel import Channel

pytestmark = pytest.mark.slow

#: What differs between two environments that are the same: what was run, marks of our own.
_OF_A_RUN = ("conda-meta/history", ".envgit-restored.json", "conda-meta/state")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    return repo


def contents(prefix: Path) -> dict[str, str]:
    """A hash of each file and the target of each link, with the prefix written as if it lay elsewhere."""
    found = {}
    for path in prefix.rglob("*"):
        name = path.relative_to(prefix).as_posix()
        if path.is_dir() or name in _OF_A_RUN or name.endswith(".pyc"):
            continue
        content = path.readlink().as_posix().encode() if path.is_symlink() else path.read_bytes()
        if name.startswith("conda-meta/"):
            continue
        found[name] = hashlib.sha256(content.replace(bytes(prefix), b"PREFIX")).hexdigest()
    return found


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_several_over_conda_s_come_back_byte_for_byte(
    tool: str, repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    wanted = ["python", "six=1.17.0", "idna", "tabulate", "typing_extensions=4.12.2", "psutil=7.0.0"]
    prefix = conda_install(channel, wanted, tmp_path / "first")
    downgraded, same_version, other_name, compiled = (
        *("six==1.16.0", "tabulate==0.9.0"),
        *("typing-extensions==4.12.1", "psutil==6.1.1"),
    )
    python = str(prefix / "bin/python")
    if tool == "uv":
        pip_install(prefix, downgraded, same_version, other_name, compiled, options=["--reinstall"])
    else:
        run_uv("pip", "install", "--quiet", "--python", python, "pip")
        run_pip(prefix, "install", "--no-deps", "--force-reinstall", *(downgraded, same_version))
        run_pip(prefix, "install", "--no-deps", *(other_name, compiled))
    run_uv("pip", "uninstall", "--quiet", "--python", python, "idna")
    envgit.init(prefix=str(prefix))
    restored = envgit.checkout("HEAD", prefix=str(tmp_path / "other"))

    assert restored.grade == "exact", [one for one in restored.packages if one.grade != "exact"]
    verified = envgit.verify("HEAD", prefix=str(restored.prefix), files=True)
    assert verified.identical, (verified.drift, verified.files)
    before, after = contents(prefix), contents(restored.prefix)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in differing if not name.endswith("/RECORD")} == (
        # Scripts are what an installer makes of entry points, each in its own words.
        set() if tool == "uv" else {name for name in differing if name.startswith("bin/")}
    )
    owners = {d.name: d.owner for d in envgit.show("HEAD").revision.snapshot.environment.pypi}
    clobbered = {"six", "tabulate", "typing-extensions", "psutil", "idna"}
    assert {name for name, owner in owners.items() if owner == "clobbered"} == clobbered


def run_pip(prefix: Path, *arguments: str) -> None:
    """Run the pip of a prefix, which is to look at nothing but that prefix."""
    command = [str(prefix / "bin/python"), "-m", "pip", *arguments, "--quiet", "--no-input"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
