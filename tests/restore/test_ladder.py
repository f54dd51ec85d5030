"""Where the file of a conda package is looked for: caches, archives, mirrors, its URL, its twin."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from conda_package_handling.api import transmute

from envgit.errors import ArtifactUnavailable, IntegrityError
from envgit.model import CondaPackage, Origin
from envgit.restore import available
from envgit.restore.conda.supply.routes import Ladder
from tests.restore.environments import (
    Workshop,
    beside,
    conda_environment,
    conda_package,
    record_of,
    settings_for,
)
from tests.server import Server, Status, WrongBytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.channel import Channel

CANONICAL = "https://conda.example/team/forge"
FN = "variant-1.1-cpu_0.conda"


def far(channel: Channel, **changes: Any) -> CondaPackage:
    """The variant package as recorded at a host that there is not."""
    return conda_package(channel, "variant", "1.1", url=f"{CANONICAL}/linux-64/{FN}", **changes)


def put(channel: Channel, place: Path) -> Path:
    """Copy the file of the variant package to a place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(channel.artifact("variant", "1.1"), place)
    return place


def origin_of(package: CondaPackage, tmp_path: Path, **changes: Any) -> Origin | None:
    """Where a package would be had from."""
    return available(conda_environment(package), settings_for(tmp_path, **changes)).get(str(package.fn))


def test_nearest_place_comes_first(channel: Channel, tmp_path: Path) -> None:
    cache = put(channel, tmp_path / "pkgs" / FN)
    archived = put(channel, tmp_path / "archive/linux-64" / FN)
    settings = settings_for(
        tmp_path,
        environ={"CONDA_PKGS_DIRS": str(cache.parent)},
        archives=(str(tmp_path / "archive"), "https://archive.example"),
        mirrors=((CANONICAL, "https://mirror.example/forge"),),
    )
    url = f"{CANONICAL}/linux-64/{FN}"
    routes = [(route.kind, route.place) for route in Ladder(settings).routes(url, hashed=True)]
    assert routes == [
        ("user-cache", str(cache)),
        ("archive", str(archived)),
        ("archive", f"https://archive.example/conda.example/team/forge/linux-64/{FN}"),
        ("archive", f"https://archive.example/team/forge/linux-64/{FN}"),
        ("archive", f"https://archive.example/linux-64/{FN}"),
        ("mirror", f"https://mirror.example/forge/linux-64/{FN}"),
        ("recorded", url),
    ]
    offline = Ladder(replace(settings, offline=True)).routes(url, hashed=True)
    assert [route.place for route in offline] == [str(cache), str(archived)]


def _by_variable(name: str, suffix: str = "") -> Callable[[Path], dict[str, Any]]:
    return lambda root: {"environ": {name: f"{root}{suffix}"}}


def _by_condarc(root: Path) -> dict[str, Any]:
    file = root.parent / "condarc"
    file.write_text("pkgs_dirs:\n  - ~/elsewhere\n  - $ROOTS/root/pkgs\n")
    return {"condarc": (file,), "environ": {"ROOTS": str(root.parent)}}


def _by_path(root: Path) -> dict[str, Any]:
    (root / "bin").mkdir()
    (root / "bin/conda").touch(0o755)
    (root.parent / "bin").mkdir()
    (root.parent / "bin/conda").symlink_to(root / "bin/conda")
    return {"environ": {"PATH": str(root.parent / "bin")}}


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        ("pkgs", _by_variable("CONDA_PKGS_DIRS", "/pkgs")),
        ("pkgs", lambda root: {"environ": {"CONDA_PKGS_DIRS": f"/gone{os.pathsep}{root}/pkgs"}}),
        ("pkgs", _by_variable("MAMBA_ROOT_PREFIX")),
        ("pkgs", _by_variable("CONDA_EXE", "/bin/conda")),
        ("pkgs", _by_path),
        ("pkgs", _by_condarc),
        (".conda/pkgs", lambda root: {"home": root}),
        (".mamba/pkgs", lambda root: {"home": root}),
        ("micromamba/pkgs", lambda root: {"home": root}),
        (".local/share/mamba/pkgs", lambda root: {"home": root}),
    ],
)
def test_caches_of_conda_and_mamba_are_found(
    cache: str, said: Callable[[Path], dict[str, Any]], channel: Channel, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    file = put(channel, root / cache / FN)
    package = far(channel)
    changes = {"home": tmp_path, "environ": {}} | said(root)
    assert origin_of(package, tmp_path, **changes) == Origin(
        kind="user-cache", place=str(file), size=package.size
    )


def test_condarc_that_cannot_be_read_names_no_cache(channel: Channel, tmp_path: Path) -> None:
    for content in ("pkgs_dirs: [", "pkgs_dirs: 7", "[]", "pkgs_dirs: [relative, 3]"):
        (tmp_path / "condarc").write_text(content)
        files = (tmp_path / "condarc", tmp_path / "gone")
        origin = origin_of(far(channel), tmp_path, condarc=files, environ={}, home=tmp_path)
        assert origin is not None
        assert origin.kind == "recorded"


def test_cache_of_the_user_is_used_offline_and_left_as_it_is(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    cache = tmp_path / "pkgs"
    file = put(channel, cache / FN)
    cache.chmod(0o555)
    before = sorted((entry.name, entry.stat().st_mtime_ns) for entry in cache.iterdir())
    settings = settings_for(tmp_path, environ={"CONDA_PKGS_DIRS": str(cache)}, offline=True)
    (note,) = Workshop(settings=settings).restore(conda_environment(far(channel)), prefix)
    assert (note.grade, note.source, note.reason) == ("exact", str(file), "")
    assert (prefix / "share/variant.txt").read_text() == "1.1 cpu_0\n"
    assert record_of(prefix, "variant")["url"] == f"{CANONICAL}/linux-64/{FN}"
    cache.chmod(0o755)
    assert sorted((entry.name, entry.stat().st_mtime_ns) for entry in cache.iterdir()) == before


def test_spoilt_file_in_a_cache_of_the_user_is_reported_and_another_one_taken(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    cached = put(channel, tmp_path / "pkgs" / FN)
    cached.write_bytes(cached.read_bytes()[:-100])
    workshop = Workshop(settings=settings_for(tmp_path, environ={"CONDA_PKGS_DIRS": str(cached.parent)}))
    package = conda_package(channel, "variant", "1.1")
    (note,) = workshop.restore(conda_environment(package), prefix)
    assert note.source == str(channel.artifact("variant", "1.1"))
    known = str(package.sha256)[:12]
    assert f"from {cached} is not what was recorded: expected sha256 {known}" in note.reason


def test_only_files_that_a_hash_can_prove_are_taken_from_a_cache(channel: Channel, tmp_path: Path) -> None:
    put(channel, tmp_path / "pkgs" / FN)
    environ = {"CONDA_PKGS_DIRS": str(tmp_path / "pkgs")}
    unknown = far(channel, sha256=None, md5=None)
    assert getattr(origin_of(unknown, tmp_path, environ=environ), "kind", None) == "recorded"
    assert getattr(origin_of(replace(unknown, md5="0" * 32), tmp_path, environ=environ), "kind", None) == (
        "user-cache"
    )


def test_extracted_folder_in_a_cache_of_the_user_is_not_used(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "pkgs/variant-1.1-cpu_0/info").mkdir(parents=True)
    (tmp_path / "pkgs" / FN).mkdir()
    environ = {"CONDA_PKGS_DIRS": str(tmp_path / "pkgs")}
    assert origin_of(far(channel), tmp_path, environ=environ, offline=True) is None


@pytest.mark.parametrize("layout", ["conda.example/team/forge/linux-64", "team/forge/linux-64", "linux-64"])
def test_archive_has_the_file_below_host_channel_or_subdir(
    layout: str, channel: Channel, tmp_path: Path
) -> None:
    file = put(channel, tmp_path / "archive" / layout / FN)
    package = far(channel)
    expected = Origin(kind="archive", place=str(file), size=package.size)
    for archive in (str(tmp_path / "archive"), (tmp_path / "archive").as_uri(), "~/archive"):
        assert origin_of(package, tmp_path, archives=(archive,), home=tmp_path) == expected


def test_archive_at_a_url_is_asked_for_one_layout_after_the_other(
    channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    put(channel, tmp_path / "archive/linux-64" / FN)
    with Server(tmp_path / "archive") as server:
        workshop = Workshop(settings=settings_for(tmp_path, archives=(server.url,)))
        (note,) = workshop.restore(conda_environment(far(channel)), prefix)
        assert note.source == f"{server.url}/linux-64/{FN}"
        assert server.count() == 3


def test_url_does_not_lead_out_of_an_archive(channel: Channel, tmp_path: Path) -> None:
    put(channel, tmp_path / "secret/linux-64" / FN)
    (tmp_path / "archive/team").mkdir(parents=True)
    settings = settings_for(tmp_path, archives=(str(tmp_path / "archive"), "https://archive.example"))
    for path in ("../secret", "%2e%2e/secret", "team/..%2f..%2fsecret", "team/%00", "..%5csecret"):
        routes = Ladder(settings).routes(f"https://conda.example/{path}/linux-64/{FN}", hashed=True)
        assert [route.kind for route in routes] == ["recorded"]


@pytest.mark.parametrize("url", ["http://[", "file://[/x.conda", "nonsense", "https://conda.example"])
def test_url_that_leads_nowhere_is_no_crash(url: str, channel: Channel, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, archives=(str(tmp_path),), environ={"CONDA_PKGS_DIRS": str(tmp_path)})
    available(conda_environment(conda_package(channel, "variant", "1.1", url=url)), settings)


def test_what_is_available_says_from_where_and_how_large(channel: Channel, tmp_path: Path) -> None:
    package = far(channel)
    folder = tmp_path / "cache/conda/sha256/variant-1.1-cpu_0"
    here, gone = channel.url, (tmp_path / "gone").as_uri()
    size = package.size
    assert origin_of(package, tmp_path) == Origin(
        kind="recorded", place=str(package.url), remote=True, size=size
    )
    assert origin_of(package, tmp_path, offline=True) is None
    assert origin_of(replace(package, url=None), tmp_path) is None
    local = str(channel.artifact("variant", "1.1"))
    for mirror, expected in (
        (here, Origin(kind="mirror", place=local, size=size)),
        (gone, origin_of(package, tmp_path)),
        (
            "https://ada:hunter2@m.example",
            Origin(kind="mirror", place=f"https://m.example/linux-64/{FN}", remote=True, size=size),
        ),
    ):
        assert origin_of(package, tmp_path, mirrors=((CANONICAL, mirror),)) == expected
    folder.mkdir(parents=True)
    assert origin_of(package, tmp_path, offline=True) == Origin(kind="cache", place=str(folder), size=size)


@pytest.fixture
def twins(channel: Channel, tmp_path: Path) -> Path:
    """A channel on disk that has the variant package as a ``.tar.bz2`` alone."""
    folder = tmp_path / "twins"
    (folder / "linux-64").mkdir(parents=True)
    transmute(str(channel.artifact("variant", "1.1")), ".tar.bz2", str(folder / "linux-64"))
    return folder


def recorded_in(folder: Path, channel: Channel) -> CondaPackage:
    return conda_package(channel, "variant", "1.1", url=f"{folder.as_uri()}/linux-64/{FN}")


def test_twin_does_not_stand_in_unasked(
    channel: Channel, twins: Path, workshop: Workshop, prefix: Path
) -> None:
    with pytest.raises(ArtifactUnavailable, match=FN):
        workshop.restore(conda_environment(recorded_in(twins, channel)), prefix)
    assert beside(prefix) == []


def test_twin_stands_in_where_allowed_and_is_recorded_as_what_it_is(
    channel: Channel, twins: Path, tmp_path: Path, prefix: Path
) -> None:
    workshop = Workshop(settings=settings_for(tmp_path, allow_substitutes=True))
    package = recorded_in(twins, channel)
    (note,) = workshop.restore(conda_environment(package), prefix)
    twin = FN.replace(".conda", ".tar.bz2")
    assert (note.grade, note.source) == ("rebuilt", str(twins / "linux-64" / twin))
    assert f"{twin} stands in for {FN}" in note.reason
    record = record_of(prefix, "variant")
    assert (record["fn"], record["url"]) == (twin, f"{twins.as_uri()}/linux-64/{twin}")
    assert record["sha256"] != package.sha256
    second = prefix.with_name("second")
    shutil.copytree(channel.path / "linux-64", twins / "linux-64", dirs_exist_ok=True)
    workshop.restore(conda_environment(package), second)
    assert record_of(second, "variant")["sha256"] == package.sha256


@pytest.mark.parametrize("unknown", [{"sha256": None}, {"sha256": None, "md5": None}], ids=["md5", "nothing"])
def test_what_stood_in_is_not_taken_for_the_recorded_file_later(
    unknown: dict[str, Any], channel: Channel, twins: Path, tmp_path: Path, prefix: Path
) -> None:
    package = replace(recorded_in(twins, channel), **unknown)
    workshop = Workshop(settings=settings_for(tmp_path, allow_substitutes=True))
    for name in ("first", "second"):
        notes = workshop.restore(conda_environment(package), prefix.with_name(name))
        assert notes[0].grade == "rebuilt"
    with pytest.raises(ArtifactUnavailable):
        Workshop(settings=settings_for(tmp_path)).restore(conda_environment(package), prefix)


def test_another_package_does_not_stand_in(
    channel: Channel, twins: Path, tmp_path: Path, prefix: Path
) -> None:
    twin = twins / "linux-64" / FN.replace(".conda", ".tar.bz2")
    workshop = Workshop(settings=settings_for(tmp_path, allow_substitutes=True))
    transmute(str(channel.artifact("linked", "1.1")), ".tar.bz2", str(tmp_path))
    for content, reason in (
        ((tmp_path / "linked-1.1-h0_0.tar.bz2").read_bytes(), "it holds linked 1.1"),
        (b"no archive", "cannot stand in"),
    ):
        twin.write_bytes(content)
        with pytest.raises(IntegrityError, match=reason):
            workshop.restore(conda_environment(recorded_in(twins, channel)), prefix)
        assert beside(prefix) == []


def test_recorded_file_is_looked_for_everywhere_before_a_twin(
    http_channel: Channel, channel: Channel, tmp_path: Path, prefix: Path
) -> None:
    assert http_channel.server is not None
    http_channel.server.fail("*", WrongBytes(), times=1)
    http_channel.server.fail("*.tar.bz2", Status(500))
    workshop = Workshop(
        settings=settings_for(tmp_path, allow_substitutes=True, mirrors=((channel.url, http_channel.url),))
    )
    (note,) = workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert note.grade == "exact"
    assert "is not what was recorded" in note.reason
    assert json.loads((prefix / "conda-meta/variant-1.1-cpu_0.json").read_text())["fn"] == FN
