"""A checkout of what cannot come back as it was: on another platform, or with a file that is gone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

import pytest

import envgit
from envgit.errors import ArtifactUnavailable, IntegrityError
from envgit.model import Environment, Host
from envgit.operations.stand_ins import build_faithfully
from envgit.restore import Silent
from tests.builders import conda_install, make_repo
from tests.formats.environments import conda
from tests.restore.environments import settings_for
from tests.server import Status, WrongBytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.channel import Channel

pytestmark = pytest.mark.slow

HOST = Host(platform="linux-64", system="Linux", machine="x86_64")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_repo(tmp_path / "repo").path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))


def test_lock_of_another_platform_is_solved_anew_and_graded_so(channel: Channel, tmp_path: Path) -> None:
    lock = tmp_path / "theirs.lock"
    lines = (f"{channel.url}/zos-z/{name}-h0_9.conda#{'5' * 64}" for name in ("variant-1.0", "libzos-2.1"))
    lock.write_text("\n".join(["# platform: zos-z", "@EXPLICIT", *lines]) + "\n")
    restored = envgit.checkout(str(lock), prefix=str(tmp_path / "mine"))
    assert (tmp_path / "mine/share/variant.txt").read_text() == "1.0 cpu_0\n"
    assert {package.name: package.grade for package in restored.packages} == {
        "variant": "rebuilt",
        "libzos": "missing",
        "environment": "rebuilt",
    }
    assert any("solved anew" in caution for caution in restored.cautions)


def test_file_that_is_gone_is_substituted_only_where_that_is_allowed(
    http_channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(http_channel, ["variant=1.0=cpu_0", "linked=1.0"], tmp_path / "a")
    envgit.init(prefix=str(prefix))
    envgit.tag("paper-v1")
    assert http_channel.server is not None
    http_channel.server.fail("/*/variant-1.0-cpu_0.conda", Status(404))
    target = tmp_path / "b"
    with pytest.raises(ArtifactUnavailable, match=r"variant 1\.0 cpu_0"):
        envgit.checkout("paper-v1", prefix=str(target))
    assert not os.path.lexists(target)
    restored = envgit.checkout("paper-v1", prefix=str(target), allow_substitutes=True)
    grades = {package.name: (package.grade, package.reason) for package in restored.packages}
    assert grades["variant"] == (
        "rebuilt",
        "the recorded file cannot be had: 1.0 cuda_1 stands in for 1.0 cpu_0",
    )
    assert grades["linked"][0] == "exact"
    assert restored.grade == "rebuilt"


def test_where_nothing_can_stand_in_the_loss_is_still_named(tmp_path: Path) -> None:
    wanted = Environment(
        kind="conda",
        platform="linux-64",
        conda=(conda("six", url="https://conda.example/linux-64/six-1.0-h0_0.conda"),),
    )

    def build(_: Environment) -> NoReturn:
        error = ArtifactUnavailable("six cannot be had: 404 Not Found")
        error.lost = {"six": "the recorded file cannot be had"}
        raise error

    settings = settings_for(tmp_path, allow_substitutes=True, offline=True)
    with pytest.raises(ArtifactUnavailable) as lost:
        build_faithfully(wanted, build, host=HOST, settings=settings, progress=Silent())
    cause, outcome = lost.value.message.splitlines()
    assert cause == "six cannot be had: 404 Not Found"
    assert outcome.startswith(
        "  and nothing can stand in for it: the channel https://conda.example cannot be"
    )


def test_file_that_was_replaced_is_substituted_and_nothing_else_is_downloaded_twice(
    http_channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(http_channel, ["variant=1.0=cpu_0", "linked=1.0"], tmp_path / "a")
    envgit.init(prefix=str(prefix))
    envgit.tag("paper-v1")
    assert http_channel.server is not None
    http_channel.server.requests.clear()
    http_channel.server.fail("/*/variant-1.0-cpu_0.conda", WrongBytes())
    with pytest.raises(IntegrityError, match=r"variant 1\.0 cpu_0"):
        envgit.checkout("paper-v1", prefix=str(tmp_path / "b"))
    restored = envgit.checkout("paper-v1", prefix=str(tmp_path / "b"), allow_substitutes=True)
    grades = {package.name: (package.grade, package.reason) for package in restored.packages}
    assert grades["variant"] == (
        "rebuilt",
        "the recorded file is not the file that can be had: 1.0 cuda_1 stands in for 1.0 cpu_0",
    )
    assert http_channel.server.count("/*/linked-1.0-*") == 1


def test_file_that_is_gone_is_substituted_in_place_too(http_channel: Channel, tmp_path: Path) -> None:
    prefix = conda_install(http_channel, ["variant=1.0=cpu_0", "linked=1.0"], tmp_path / "envs" / "live")
    envgit.init(prefix=str(prefix))
    envgit.tag("paper-v1")
    conda_install(http_channel, ["variant=1.1", "linked=1.0"], prefix)
    before = (prefix / "share/variant.txt").read_text()
    assert http_channel.server is not None
    http_channel.server.fail("/*/variant-1.0-cpu_0.conda", Status(404))
    with pytest.raises(ArtifactUnavailable, match=r"variant 1\.0 cpu_0"):
        envgit.checkout("paper-v1", in_place=True)
    assert (prefix / "share/variant.txt").read_text() == before

    restored = envgit.checkout("paper-v1", in_place=True, allow_substitutes=True)

    assert {package.name: package.grade for package in restored.packages}["variant"] == "rebuilt"
    assert (prefix / "share/variant.txt").read_text() == "1.0 cuda_1\n"
    assert os.listdir(prefix.parent) == ["live"]
