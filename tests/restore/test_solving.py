"""Packages that stand in for recorded ones: on another platform, and where a file cannot be had any more."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from envgit.capture.host import observe_host
from envgit.errors import ArtifactUnavailable, RestoreFailed
from envgit.model import IndexFile
from envgit.restore.conda.solve.solving import solve_for, substitute
from tests.channel import Channel
from tests.restore.environments import (
    Bars,
    Workshop,
    conda_environment,
    conda_package,
    dist,
    record_of,
    settings_for,
    venv_environment,
)
from tests.server import Status

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import CondaPackage, Environment
    from envgit.restore.conda.solve.solving import Solved

HOST = observe_host()


def elsewhere(package: CondaPackage, **changes: Any) -> CondaPackage:
    """A package of the channel as it would be for a platform that is not this one's."""
    url = (package.url or "").replace(f"/{package.subdir}/", "/zos-z/")
    values = {"subdir": "zos-z", "url": url, "sha256": "5" * 64, "build": "other_0"} | changes
    return replace(package, **values)


def solved(environment: Environment, tmp_path: Path, **settings: Any) -> Solved:
    return solve_for(
        replace(environment, platform="zos-z"),
        host=HOST,
        settings=settings_for(tmp_path, **settings),
        progress=Bars(),
    )


def chosen(found: Solved) -> dict[str, tuple[str, str]]:
    return {package.name: (package.version, package.build) for package in found.environment.conda}


def reasons(found: Solved) -> dict[str, tuple[str, str]]:
    return {note.name: (note.grade, note.reason) for note in found.notes}


def test_recorded_versions_come_in_this_machines_builds(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    """Newer ones that the channel has stay out, noarch packages stay the same, the result can be linked."""
    python = conda_package(channel, "python")
    psutil = conda_package(channel, "psutil", "6.1.1", requested=("psutil",))
    six = conda_package(channel, "six", "1.16.0", requested=("six",))
    found = solved(conda_environment(elsewhere(python), elsewhere(psutil), six), tmp_path)
    assert found.notes == ()
    assert found.environment.platform == HOST.platform
    assert found.environment.conda == tuple(
        replace(package, timestamp=got.timestamp)
        for package, got in zip((psutil, python, six), found.environment.conda, strict=True)
    )
    Workshop(settings=settings_for(tmp_path)).restore(found.environment, prefix)
    assert record_of(prefix, "psutil")["url"] == psutil.url


def test_version_that_the_channel_never_had_for_this_platform_gives_way(
    channel: Channel, tmp_path: Path
) -> None:
    variant = elsewhere(conda_package(channel, "variant", "1.1"), version="0.9", requested=("variant",))
    linked = elsewhere(conda_package(channel, "linked", "1.0"), requested=("linked",))
    found = solved(conda_environment(variant, linked), tmp_path)
    assert chosen(found) == {"linked": ("1.0", "h0_0"), "variant": ("1.1", "cpu_0")}
    assert reasons(found) == {}  # that the version is another one is what the proof says


def test_packages_of_one_platform_alone_are_missing_and_new_dependencies_are_said(
    channel: Channel, tmp_path: Path
) -> None:
    linked = elsewhere(conda_package(channel, "linked", "1.0"), requested=("linked",))
    libz = elsewhere(conda_package(channel, "prefixed"), name="libzos", requested=("libzos",))
    unneeded = elsewhere(conda_package(channel, "prefixed"))
    found = solved(conda_environment(linked, libz, unneeded), tmp_path)
    assert chosen(found) == {"linked": ("1.0", "h0_0"), "variant": ("1.1", "cpu_0")}
    here = HOST.platform
    assert reasons(found) == {
        "libzos": ("missing", f"no channel has it for {here}"),
        "prefixed": ("missing", f"nothing needs it on {here}"),
        "variant": ("substituted", f"not part of the snapshot, and needed on {here}"),
    }


def test_python_stays_where_distributions_need_it(channel: Channel, tmp_path: Path) -> None:
    python = elsewhere(conda_package(channel, "python"))
    variant = elsewhere(conda_package(channel, "variant", "1.1"), requested=("variant",))
    environment = conda_environment(python, variant)
    assert "python" not in chosen(solved(environment, tmp_path))
    with_layer = replace(environment, distributions=(dist("humanize", "4.0"),))
    assert "python" in chosen(solved(with_layer, tmp_path))


def test_wheel_for_one_platform_is_known_by_name_and_version_alone(tmp_path: Path) -> None:
    file = IndexFile(sha256="1" * 64)
    pure = dist("idna", "3.10", tags=("py3-none-any",), file=file, digest="d")
    built = dist("psutil", "6.1.1", tags=("cp311-cp311-zos_z",), file=file, digest="d")
    found = solved(venv_environment(pure, built), tmp_path)
    assert found.environment.distributions == (pure, replace(built, tags=(), file=None, digest=None))
    assert found.environment.platform == HOST.platform


def test_channel_is_read_by_its_mirror_and_recorded_by_its_own_name(channel: Channel, tmp_path: Path) -> None:
    own = "https://channel.example/main"
    variant = conda_package(channel, "variant", "1.1", requested=("variant",))
    recorded = elsewhere(variant, channel="main", url=f"{own}/zos-z/variant-1.1-other_0.conda")
    environment = conda_environment(recorded, channels=("main",))
    found = solved(environment, tmp_path, mirrors=((own + "/", channel.url + "/"),), offline=True)
    (package,) = found.environment.conda
    assert (package.channel, package.url) == ("main", f"{own}/{package.subdir}/{package.fn}")
    with pytest.raises(RestoreFailed, match=r"channel\.example/main cannot be read: .* on this machine"):
        solved(environment, tmp_path, offline=True)


def test_what_fits_nothing_is_said_with_the_solvers_reason(channel: Channel, tmp_path: Path) -> None:
    six = conda_package(channel, "six", "1.17.0", requested=("six",))
    lonely = Channel(path=tmp_path / "lonely", url=(tmp_path / "lonely").as_uri())
    (lonely.path / "noarch").mkdir(parents=True)
    shutil.copy(channel.path / "noarch" / str(six.fn), lonely.path / "noarch")
    _index(lonely)
    alone = replace(six, url=f"{lonely.url}/noarch/{six.fn}")
    with pytest.raises(RestoreFailed, match="fit together") as refused:
        solved(conda_environment(alone), tmp_path)
    assert "python >=3.8" in refused.value.message


def _index(channel: Channel) -> None:
    from rattler.index import index_fs

    asyncio.run(index_fs(channel.path, write_zst=False, write_shards=False))


def substituted(environment: Environment, *names: str, tmp_path: Path) -> Solved:
    lost = dict.fromkeys(names, "the recorded file cannot be had")
    return substitute(environment, lost, host=HOST, settings=settings_for(tmp_path), progress=Bars())


def test_another_build_stands_in_for_a_file_that_is_gone(
    http_channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    variant = conda_package(http_channel, "variant", "1.0", match_build="cpu_0")
    linked = conda_package(http_channel, "linked", "1.0")
    environment = replace(conda_environment(linked, variant), platform=HOST.platform)
    assert http_channel.server is not None
    http_channel.server.fail(f"/*/{variant.fn}", Status(404))
    workshop = Workshop(settings=settings_for(tmp_path))
    with pytest.raises(ArtifactUnavailable):
        workshop.restore(environment, prefix)
    found = substituted(environment, "variant", tmp_path=tmp_path)
    assert chosen(found) == {"linked": ("1.0", "h0_0"), "variant": ("1.0", "cuda_1")}
    assert linked in found.environment.conda
    said = "the recorded file cannot be had: 1.0 cuda_1 stands in for 1.0 cpu_0"
    assert reasons(found) == {"variant": ("rebuilt", said)}
    workshop.restore(found.environment, prefix)
    assert (prefix / "share/variant.txt").read_text() == "1.0 cuda_1\n"


def test_another_version_stands_in_where_there_is_no_other_build(channel: Channel, tmp_path: Path) -> None:
    variant = conda_package(channel, "variant", "1.1")
    environment = replace(
        conda_environment(conda_package(channel, "linked", "1.0"), variant), platform=HOST.platform
    )
    found = substituted(environment, "variant", tmp_path=tmp_path)
    assert chosen(found)["variant"][0] == "1.0"
    assert reasons(found)["variant"][0] == "substituted"


def test_others_stay_as_they_are_even_if_their_channel_has_them_no_more(
    channel: Channel, tmp_path: Path
) -> None:
    old = replace(conda_package(channel, "linked", "1.0"), version="0.5")
    environment = replace(
        conda_environment(old, conda_package(channel, "variant", "1.1")), platform=HOST.platform
    )
    found = substituted(environment, "variant", tmp_path=tmp_path)
    assert old in found.environment.conda


def test_nothing_stands_in_for_what_no_channel_has(channel: Channel, tmp_path: Path) -> None:
    environment = replace(conda_environment(conda_package(channel, "prefixed")), platform=HOST.platform)
    found = substituted(environment, "prefixed", tmp_path=tmp_path)
    assert reasons(found) == {"prefixed": ("missing", f"no channel has it for {HOST.platform}")}
