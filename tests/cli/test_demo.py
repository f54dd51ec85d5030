"""`envgit demo`, told to its end on each kind of packages, and where there are none."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.builders import run_cli
from tests.channel.catalogue import from_index
from tests.channel.package import pack
from tests.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.builders.command import Ran
    from tests.channel import Channel

pytestmark = pytest.mark.slow

INDEX_CHANNEL = """\
import asyncio, sys
from rattler.index import index_fs
asyncio.run(index_fs(sys.argv[1], write_zst=True, write_shards=False))
"""
#: Nothing listens there.
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo makes its folder."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def channel_url(channel: Channel, tmp_path: Path) -> Iterator[str]:
    """The session's channel with the package that the demo upgrades, over HTTP."""
    copy = tmp_path / "channel"
    shutil.copytree(channel.path, copy, ignore=shutil.ignore_patterns("repodata*"))
    for version in ("2024.2", "2025.2"):
        tree = tmp_path / version
        tree.mkdir()
        pack(from_index(tree, "pytz", version), tree, copy)
    # py-rattler may crash at exit: what it did is told by its files.
    subprocess.run([sys.executable, "-c", INDEX_CHANNEL, str(copy)], check=False)
    with Server(copy) as server:
        yield server.url


def assert_told(ran: Ran, source: str) -> None:
    """Check the course of the story: what was calculated, what moved, and that the same id came back."""
    assert ran.code == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert f"Packages: {source}" in ran.stdout
    assert re.findall(r"America/Asuncion +(\S+)", ran.stdout) == ["13:00", "12:00", "13:00"]
    assert "envgit: pytz 2024.2 → 2025.2" in ran.stdout
    assert "grade: exact" in ran.stdout
    recorded, restored = re.findall(r"^(?:paper-v1|\.\./restored) +([0-9a-f]{64})$", ran.stdout, re.MULTILINE)
    assert recorded == restored
    assert "The same id: the same environment." in ran.stdout


def test_story_on_the_python_index(tmp_path: Path, temporary: Path, sealed_environment: Path) -> None:
    before = sorted(sealed_environment.rglob("*"))
    ran = run_cli("demo", "--no-channel", cwd=tmp_path)
    assert_told(ran, "the Python index, and no conda channel (conda-forge: not asked)")
    assert list(temporary.iterdir()) == []
    assert sorted(sealed_environment.rglob("*")) == before


def test_story_on_a_conda_channel(
    channel_url: str, tmp_path: Path, temporary: Path, sealed_environment: Path
) -> None:
    before = sorted(sealed_environment.rglob("*"))
    ran = run_cli("demo", "--channel", channel_url, cwd=tmp_path)
    assert_told(ran, f"conda channel {channel_url}, and the Python index for what pip puts on top")
    assert re.search(r"Snapshot \w+: \d+ conda and 1 pip packages", ran.stdout)
    assert list(temporary.iterdir()) == []
    assert sorted(sealed_environment.rglob("*")) == before


def test_the_users_own_settings_have_no_say_and_the_folder_can_be_kept(
    tmp_path: Path, temporary: Path
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(f"[core]\n    hooksPath = {hooks}\n[commit]\n    gpgSign = true\n")
    foreign = {
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_DIR": str(tmp_path / "no-repository"),
        "CONDA_PREFIX": str(tmp_path / "no-environment"),
        "PYTHONHASHSEED": "0",
        "ENVGIT": "0",
    }
    assert_told(run_cli("demo", "--no-channel", "--keep", cwd=tmp_path, env=foreign), "the Python index")
    (folder,) = temporary.glob("envgit-demo-*")
    assert (folder / "paper/.git").is_dir()
    assert run_cli("status", "--exit-code", cwd=folder / "paper").code == 0


def test_without_packages_the_error_says_what_was_tried(tmp_path: Path, temporary: Path) -> None:
    offline = {
        "HTTPS_PROXY": NOWHERE,
        "https_proxy": NOWHERE,
        "UV_DEFAULT_INDEX": f"{NOWHERE}/simple",
        "UV_INDEX": "",
        "UV_FIND_LINKS": "",
        "UV_HTTP_RETRIES": "0",
        "PIP_CONFIG_FILE": "/dev/null",
    }
    ran = run_cli("demo", cwd=tmp_path, env=offline)
    assert ran.code == 1
    assert re.match(
        r"Error: no packages can be reached: conda channel conda-forge \(.+\), the Python index \(.+\)\n"
        r"Hint: .*envgit demo --channel URL",
        ran.stderr,
    )
    assert list(temporary.iterdir()) == []


def test_a_channel_without_the_packages_is_an_error_that_names_it(
    channel: Channel, tmp_path: Path, temporary: Path
) -> None:
    ran = run_cli("demo", "--channel", channel.url, cwd=tmp_path)
    assert ran.code == 1
    assert ran.stderr.startswith(f"Error: conda channel {channel.url} cannot be used: ")
    assert "pytz" in ran.stderr
    assert list(temporary.iterdir()) == []
