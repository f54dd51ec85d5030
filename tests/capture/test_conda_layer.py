from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from envgit.model import Variable
from tests.builders import CondaSpec, make_prefix
from tests.capture.captures import captured, kinds, package

if TYPE_CHECKING:
    from pathlib import Path


def test_a_package_is_captured_with_all_that_identifies_and_locates_it(tmp_path: Path) -> None:
    spec = CondaSpec(
        version="1.3.1",
        build="h4ab18f5_1",
        build_number=1,
        depends=("libgcc >=12",),
        constrains=("zlib-ng <2",),
        license="Zlib",
        requested=("zlib >=1.3",),
    )
    zlib = package(captured(make_prefix(tmp_path, conda={"zlib": spec}, python=None)), "zlib")
    assert (zlib.name, zlib.version, zlib.build, zlib.build_number) == ("zlib", "1.3.1", "h4ab18f5_1", 1)
    assert (zlib.subdir, zlib.channel) == ("linux-64", "conda-forge")
    assert zlib.url == "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3.1-h4ab18f5_1.conda"
    assert zlib.fn == "zlib-1.3.1-h4ab18f5_1.conda"
    assert zlib.sha256 is not None
    assert zlib.md5 is not None
    assert zlib.size is not None
    assert (len(zlib.sha256), len(zlib.md5)) == (64, 32)
    assert (zlib.depends, zlib.constrains, zlib.license) == (("libgcc >=12",), ("zlib-ng <2",), "Zlib")
    assert (zlib.timestamp, zlib.requested) == (1_700_000_000_000, ("zlib >=1.3",))


def test_no_path_of_the_machine_is_kept(tmp_path: Path) -> None:
    found = captured(make_prefix(tmp_path, conda={"zlib": "1.3"}))
    assert "/home/ada" not in repr(found)
    assert str(tmp_path) not in repr(found)


def test_packages_are_sorted_by_name_and_python_is_told(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"zlib": "1.3", "abseil": "2", "Rpy": "1"}, python="3.12.4")
    environment = captured(prefix).environment
    assert [p.name for p in environment.conda] == ["Rpy", "abseil", "python", "zlib"]
    assert environment.python == "3.12.4"
    assert environment.kind == "conda"


@pytest.mark.parametrize(
    ("channel", "url", "name"),
    [
        ("https://conda.anaconda.org/conda-forge/linux-64", None, "conda-forge"),
        ("https://conda.anaconda.org/conda-forge", None, "conda-forge"),
        ("https://conda.anaconda.org/conda-forge/", None, "conda-forge"),
        ("conda-forge", None, "conda-forge"),
        ("pytorch/linux-64", None, "pytorch"),
        ("defaults", None, "defaults"),
        ("<unknown>", None, ""),
        ("https://conda.anaconda.org/conda-forge/label/rc/noarch", None, "conda-forge/label/rc"),
        ("https://repo.anaconda.com/pkgs/main/linux-64", None, "pkgs/main"),
        (
            "defaults",
            "https://repo.anaconda.com/pkgs/main/linux-64/zlib-1.3-0.conda",
            "pkgs/main",
        ),
        (None, "https://repo.anaconda.com/pkgs/r/linux-64/zlib-1.3-0.tar.bz2", "pkgs/r"),
        (
            "https://conda.example.org/t/tk-123/team/linux-64",
            "https://conda.example.org/t/tk-123/team/linux-64/zlib-1.3-0.conda",
            "https://conda.example.org/team",
        ),
        (
            "https://ada:secret@conda.example.org/team",
            "https://ada:secret@conda.example.org/team/linux-64/zlib-1.3-0.conda",
            "https://conda.example.org/team",
        ),
        ("<unknown>", "file:///tmp/downloads/zlib-1.3-0.conda", ""),
    ],
)
def test_the_channel_is_told_in_one_form_whatever_the_tool_wrote(
    tmp_path: Path, channel: str | None, url: str | None, name: str
) -> None:
    spec = CondaSpec(version="1.3", build="0", extra={"channel": channel, "url": url})
    prefix = make_prefix(tmp_path, conda={"zlib": spec}, python=None, history="")
    zlib = package(captured(prefix), "zlib")
    assert zlib.channel == name
    assert "secret" not in repr(zlib)
    assert "tk-123" not in repr(zlib)


def test_a_mirror_is_recorded_as_what_it_mirrors(tmp_path: Path) -> None:
    mirror = "https://mirrors.example.edu/anaconda/cloud"
    spec = CondaSpec(version="1.3", build="0", channel=f"{mirror}/conda-forge")
    prefix = make_prefix(tmp_path, conda={"zlib": spec}, python=None)
    found = captured(prefix, mirrors=(("https://conda.anaconda.org", mirror + "/"),))
    assert package(found, "zlib").url == "https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-0.conda"
    assert found.environment.channels == ("conda-forge",)
    other = captured(prefix, mirrors=(("https://conda.anaconda.org", "https://mirrors.example.edu/ana"),))
    assert package(other, "zlib").channel == f"{mirror}/conda-forge"


def test_the_url_is_believed_where_the_file_name_disagrees(tmp_path: Path) -> None:
    spec = CondaSpec(version="1.3", build="0", extra={"fn": "zlib-1.3-0.tar.bz2"})
    assert package(captured(make_prefix(tmp_path, conda={"zlib": spec})), "zlib").fn == "zlib-1.3-0.conda"


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [(1_700_000_000_000, 1_700_000_000_000), (1_700_000_000, 1_700_000_000_000), (0, 0), (None, None)],
)
def test_timestamps_are_milliseconds_whatever_the_tool_wrote(
    tmp_path: Path, written: int | None, milliseconds: int | None
) -> None:
    spec = CondaSpec(version="1.3", extra={"timestamp": written})
    assert package(captured(make_prefix(tmp_path, conda={"zlib": spec})), "zlib").timestamp == milliseconds


def test_hashes_are_lower_case(tmp_path: Path) -> None:
    spec = CondaSpec(version="1.3", extra={"sha256": "AB" * 32, "md5": "CD" * 16})
    zlib = package(captured(make_prefix(tmp_path, conda={"zlib": spec})), "zlib")
    assert (zlib.sha256, zlib.md5) == ("ab" * 32, "cd" * 16)


@pytest.mark.parametrize(
    ("conda", "subdirs"),
    [
        ({"vc": CondaSpec(version="14", subdir="win-64")}, "win-64"),
        (
            {"six": CondaSpec(version="1", noarch="python"), "icu": CondaSpec(version="7", subdir="osx-64")},
            "osx-64",
        ),
    ],
)
def test_the_platform_is_that_of_the_packages(
    tmp_path: Path, conda: dict[str, CondaSpec], subdirs: str
) -> None:
    assert captured(make_prefix(tmp_path, conda=conda, python=None)).environment.platform == subdirs


def test_the_platform_of_noarch_packages_alone_is_the_configured_one(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"six": CondaSpec(version="1", noarch="python")}, python=None)
    (prefix / ".condarc").write_text("subdir: linux-aarch64\n")
    assert captured(prefix).environment.platform == "linux-aarch64"


def test_what_the_history_asked_for_is_marked_as_requested(tmp_path: Path) -> None:
    history = "==> 2024 <==\n# update specs: ['zlib=1.3', 'gone']\n"
    prefix = make_prefix(tmp_path, conda={"zlib": "1.3", "xz": "5"}, python=None, history=history)
    found = captured(prefix)
    assert found.environment.specs == ("zlib=1.3",)
    assert package(found, "zlib").requested == ("zlib=1.3",)
    assert package(found, "xz").requested == ()


def test_of_what_the_history_does_not_speak_the_records_tell(tmp_path: Path) -> None:
    history = "==> 1 <==\n# update specs: ['zlib', 'xz']\n==> 2 <==\n# remove specs: ['xz']\n"
    records = {name: CondaSpec(version="1", requested=(name,)) for name in ("bzip2", "xz")}
    prefix = make_prefix(tmp_path, conda={"zlib": "1.3", **records}, python=None, history=history)
    assert captured(prefix).environment.specs == ("bzip2", "zlib")


def test_without_a_history_the_records_tell_what_was_requested(tmp_path: Path) -> None:
    spec = CondaSpec(version="1.3", requested=("zlib >=1", "zlib <2"))
    found = captured(make_prefix(tmp_path, conda={"zlib": spec}, python=None, history=""))
    assert package(found, "zlib").requested == ("zlib >=1", "zlib <2")
    assert found.environment.specs == ("zlib <2", "zlib >=1")


def test_variables_are_named_and_their_values_kept_only_where_allowed(tmp_path: Path) -> None:
    state = {"OMP_NUM_THREADS": "4", "API_TOKEN": "hunter2", "OLD": "***unset***", "DATA": "/srv"}
    prefix = make_prefix(tmp_path, state=state)
    found = captured(prefix, variables=("OMP_*", "API_*"))
    assert found.environment.variables == (
        Variable(name="API_TOKEN"),
        Variable(name="DATA"),
        Variable(name="OMP_NUM_THREADS", value="4"),
    )


@pytest.mark.parametrize("text", ["{", "[]", '{"env_vars": []}', '"x"', "\x00\xff"])
def test_a_broken_state_is_a_warning(tmp_path: Path, text: str) -> None:
    prefix = make_prefix(tmp_path)
    (prefix / "conda-meta/state").write_text(text)
    found = captured(prefix)
    assert kinds(found) == ["bad-state"]
    assert "conda-meta/state" in found.warnings[0].message


def test_pins_are_read_without_comments(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pinned=["python 3.11.*  # for torch", "# nothing", "", "numpy <2"])
    assert captured(prefix).environment.pins == ("numpy <2", "python 3.11.*")


def test_of_two_records_of_a_package_the_newer_build_counts_and_a_warning_says_so(tmp_path: Path) -> None:
    prefix = make_prefix(
        tmp_path, conda={"zlib": CondaSpec(version="1.2", extra={"timestamp": 2_000_000_000_000})}
    )
    make_prefix(prefix, conda={"zlib": CondaSpec(version="1.3", extra={"timestamp": 1_000_000_000_000})})
    found = captured(prefix)
    assert package(found, "zlib").version == "1.2"
    assert kinds(found) == ["duplicate-record"]


def test_credentials_in_requests_never_come_out(tmp_path: Path) -> None:
    history = (
        "==> 2024 <==\n# cmd: conda install -c https://ada:hunter2@conda.example.org/team zlib\n"
        "# update specs: ['https://ada:hunter2@conda.example.org/team::zlib']\n"
    )
    pinned = ["https://ada:hunter2@conda.example.org/team::zlib"]
    prefix = make_prefix(tmp_path, conda={"zlib": "1.3"}, python=None, history=history, pinned=pinned)
    found = captured(prefix)
    assert "hunter2" not in repr(found)
    assert found.environment.specs == ("https://conda.example.org/team::zlib",)


def test_mac_metadata_beside_records_is_passed_over(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"zlib": "1.3"})
    (prefix / "conda-meta/._zlib-1.3-0.json").write_bytes(b"\x00\x05\x16\x07")
    assert captured(prefix).warnings == ()


def test_a_capture_writes_nothing_into_the_prefix(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path / "prefix", conda={"zlib": "1.3"}, pypi={"six": "1.16.0"})
    before = {path: path.stat().st_mtime_ns for path in prefix.rglob("*")}
    captured(prefix, cache=tmp_path / "cache")
    assert {path: path.stat().st_mtime_ns for path in prefix.rglob("*")} == before


def test_a_record_by_mamba_equals_one_by_conda(tmp_path: Path) -> None:
    by_conda = make_prefix(tmp_path / "conda", conda={"zlib": CondaSpec(version="1.3")}, python=None)
    (record,) = (by_conda / "conda-meta").glob("*.json")
    content = json.loads(record.read_text())
    content["channel"] = "https://conda.anaconda.org/conda-forge"
    content["timestamp"] //= 1000
    del content["constrains"]
    by_mamba = tmp_path / "mamba/conda-meta"
    by_mamba.mkdir(parents=True)
    (by_mamba / record.name).write_text(json.dumps(content))
    assert captured(by_mamba.parent).environment.conda == captured(by_conda).environment.conda
