"""What was imported comes back as exactly as its file knows it, and is graded so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.errors import RestoreFailed
from envgit.operations.importing import import_file
from envgit.operations.workspace import open_workspace
from tests.builders import make_repo

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.operations.importing import Imported
    from tests.channel import Channel

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_repo(tmp_path / "repo").path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))


def imported(text: str, *, name: str = "old.yml") -> Imported:
    return import_file(open_workspace("."), name, content=text.encode(), tag="old")


def test_versions_are_solved_for_and_what_was_not_recorded_is_said(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: [variant=1.0, 'prefixed>=0.5', libzos=9]\n")
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert (tmp_path / "env/share/variant.txt").read_text() == "1.0 cpu_0\n"
    told = {package.name: (package.grade, package.reason) for package in restored.packages}
    assert told["variant"][0] == "rebuilt"
    assert told["variant"][1].endswith("cpu_0 was chosen: none was recorded")
    assert told["prefixed"] == ("substituted", "1.0 was chosen for prefixed>=0.5")
    assert told["libzos"][0] == "missing"
    assert restored.grade != "exact"
    assert any("they are solved for" in caution for caution in restored.cautions)
    assert not envgit.verify("old", prefix=str(tmp_path / "env")).identical


def test_build_that_a_file_names_is_the_one_that_comes(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: [variant=1.0=cuda_1]\n")
    envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert (tmp_path / "env/share/variant.txt").read_text() == "1.0 cuda_1\n"


def test_beginning_of_a_version_is_met_by_what_begins_so(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: [six=1.16]\n")
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert {p.name: p.reason for p in restored.packages}["six"] == "version 1.16.0 stands in for 1.16"


def test_spec_that_nothing_meets_is_refused_and_nothing_is_left(channel: Channel, tmp_path: Path) -> None:
    imported(f"channels: ['{channel.url}']\ndependencies: ['variant>=7']\n")
    with pytest.raises(RestoreFailed, match="fit together"):
        envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dependencies: [variant=1.0]\n", "names no channel"),
        ("channels: [x]\ndependencies: [{pip: [six]}]\n", "no Python to install"),
    ],
)
def test_what_cannot_be_solved_for_is_refused_before_anything(tmp_path: Path, text: str, reason: str) -> None:
    imported(text)
    with pytest.raises(RestoreFailed, match=reason):
        envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_explicit_lock_comes_back_exactly_and_is_verified_so(
    channel: Channel, tmp_path: Path, digest: str
) -> None:
    record = channel.record("variant", "1.0", "cpu_0")
    imported(f"@EXPLICIT\n{record['url']}#{record[digest]}\n", name="old.lock")
    restored = envgit.checkout("old", prefix=str(tmp_path / "env"))
    assert {package.name: package.grade for package in restored.packages} == {"variant": "exact"}
    assert envgit.verify("old", prefix=str(tmp_path / "env")).identical
