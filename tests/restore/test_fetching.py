"""Conda packages over a real HTTP server that fails as servers and networks do, and from a spoilt cache."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed
from envgit.restore import available
from tests.restore.environments import (
    Workshop,
    beside,
    conda_environment,
    conda_package,
    record_of,
    settings_for,
)
from tests.server import Dropped, Server, Status, Truncated, WrongBytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from envgit.model import CondaPackage
    from tests.channel import Channel

VARIANT = "/*/variant-1.1-*"


def server_of(channel: Channel) -> Server:
    assert channel.server is not None
    return channel.server


def cached_file(workshop: Workshop) -> Path:
    """A file of the variant package in the package cache."""
    (file,) = workshop.settings.cache.glob("conda/sha256/variant-1.1-cpu_0/share/variant.txt")
    return file


@pytest.mark.parametrize(
    "fault",
    [Status(503), Status(429), Truncated(0.5), Dropped()],
    ids=["busy", "too-many", "truncated", "dropped"],
)
def test_passing_trouble_is_sat_out(
    fault: Status | Truncated | Dropped, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server = server_of(http_channel)
    server.fail(VARIANT, fault, times=1)
    workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    assert (prefix / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert server.count(VARIANT) == 2
    assert workshop.bars.done == [workshop.bars.started[0][1], 1]


def test_package_that_is_gone_is_named_with_its_url(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, Status(404))
    package = conda_package(http_channel, "variant", "1.1")
    with pytest.raises(ArtifactUnavailable, match=r"variant 1\.1 cpu_0 cannot be had from") as caught:
        workshop.restore(conda_environment(package), prefix)
    assert str(package.url) in caught.value.message
    assert "404" in caught.value.message
    assert not prefix.exists()
    assert beside(prefix) == []
    assert not list(workshop.settings.cache.glob("conda/downloads*"))


def test_wrong_bytes_from_a_server_are_refused(
    channel: Channel, http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, WrongBytes())
    package = conda_package(http_channel, "variant", "1.1")
    _refuses_and_keeps_nothing(package, workshop, prefix)
    assert workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix) == ()


def test_wrong_bytes_in_a_local_file_are_refused(
    channel: Channel, workshop: Workshop, prefix: Path, tmp_path: Path
) -> None:
    package = conda_package(channel, "variant", "1.1")
    spoilt = tmp_path / "spoilt" / package.subdir / str(package.fn)
    spoilt.parent.mkdir(parents=True)
    shutil.copy(channel.artifact("variant", "1.0", "cpu_0"), spoilt)
    _refuses_and_keeps_nothing(replace(package, url=spoilt.as_uri()), workshop, prefix)
    assert workshop.restore(conda_environment(package), prefix) == ()


def _refuses_and_keeps_nothing(package: CondaPackage, workshop: Workshop, prefix: Path) -> None:
    with pytest.raises(
        IntegrityError, match=f"expected sha256 {package.sha256}, got [0-9a-f]{{64}}"
    ) as caught:
        workshop.restore(conda_environment(package), prefix)
    assert "variant 1.1 cpu_0" in caught.value.message
    assert str(package.url).removeprefix("file://") in caught.value.message
    assert beside(prefix) == []
    assert not list(workshop.settings.cache.glob("conda/sha256/variant-*"))


def test_right_sha256_with_a_wrong_md5_is_accepted(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    package = conda_package(channel, "variant", "1.1", md5="0" * 32)
    assert workshop.restore(conda_environment(package), prefix) == ()


def test_what_a_local_mirror_has_needs_no_network(channel: Channel, tmp_path: Path) -> None:
    canonical = "https://conda.example/c"
    package = conda_package(channel, "variant", "1.1")
    assert package.url is not None
    environment = conda_environment(replace(package, url=package.url.replace(channel.url, canonical)))
    for mirror, there in ((channel.url, {package.fn}), ((tmp_path / "gone").as_uri(), set())):
        pass


def test_mirror_is_asked_first_and_the_recorded_url_kept(
    http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    canonical = "https://conda.example/forge"
    package = conda_package(http_channel, "variant", "1.1")
    recorded = str(package.url).replace(http_channel.url, canonical)
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((f"{canonical}/", f"{http_channel.url}/"),)))
    workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1", url=recorded)), prefix)
    assert server_of(http_channel).count(VARIANT) == 1
    assert record_of(prefix, "variant")["url"] == recorded
    assert record_of(prefix, "variant")["channel"].rstrip("/") == canonical


@pytest.mark.parametrize("fault", [Status(404), WrongBytes()], ids=["gone", "wrong"])
def test_next_route_is_tried_when_a_mirror_fails(
    fault: Status | WrongBytes, channel: Channel, http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, fault)
    mirrors = ((channel.url, http_channel.url),)
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=mirrors))
    workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert server_of(http_channel).count(VARIANT) == 1
    assert (prefix / "share/variant.txt").exists()


def test_wrong_bytes_are_reported_rather_than_that_others_are_gone(
    http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    server_of(http_channel).fail(VARIANT, WrongBytes())
    package = conda_package(http_channel, "variant", "1.1")
    gone = (tmp_path / "gone").as_uri()
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((http_channel.url, gone),)))
    with pytest.raises(IntegrityError) as caught:
        workshop.restore(conda_environment(package), prefix)
    assert "No such file" in caught.value.hint


def test_tokens_of_a_mirror_are_not_shown(http_channel: Channel, tmp_path: Path, prefix: Path) -> None:
    server_of(http_channel).fail("*", Status(404))
    package = conda_package(http_channel, "variant", "1.1")
    secret = http_channel.url.replace("http://", "http://ada:hunter2@")
    workshop = Workshop(settings=settings_for(tmp_path, mirrors=((http_channel.url, secret),)))
    with pytest.raises(ArtifactUnavailable) as caught:
        workshop.restore(conda_environment(package), prefix)
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_offline_restore_of_what_is_not_cached_says_so_and_asks_nobody(
    http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    workshop = Workshop(settings=settings_for(tmp_path, offline=True))
    with pytest.raises(ArtifactUnavailable, match="not in the package cache") as caught:
        workshop.restore(conda_environment(conda_package(http_channel, "variant", "1.1")), prefix)
    assert "--offline" in caught.value.hint
    assert server_of(http_channel).count() == 0


def _append(file: Path) -> None:
    with file.open("a") as opened:
        opened.write("tampered\n")


def _truncate(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_append, _truncate, os.unlink], ids=["altered", "truncated", "removed"])
def test_spoilt_cache_entry_is_found_and_fetched_again(
    spoil: Callable[[Path], None], http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(
        *(conda_package(http_channel, name, "1.1") for name in ("variant", "linked"))
    )
    workshop.restore(environment, prefix)
    spoil(cached_file(workshop))
    second = prefix.with_name("second")
    workshop.restore(environment, second)
    assert (second / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert cached_file(workshop).read_text() == "1.1 cpu_0\n"
    assert server_of(http_channel).count(VARIANT) == 2
    assert server_of(http_channel).count("/*/linked-1.1-*") == 1


def test_spoilt_cache_entry_that_cannot_be_fetched_again_is_refused(
    http_channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(http_channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    _append(cached_file(workshop))
    server_of(http_channel).fail("*", Status(404))
    with pytest.raises(ArtifactUnavailable, match=r"variant 1\.1 cpu_0"):
        workshop.restore(environment, prefix.with_name("second"))
    assert beside(prefix) == []


def test_cache_that_cannot_be_written_is_named(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    workshop.settings.cache.write_text("a file where a folder should be")
    with pytest.raises(RestoreFailed, match=f"cannot write {workshop.settings.cache}"):
        workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert beside(prefix) == []
