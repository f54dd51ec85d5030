from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from envgit.capture.fingerprint import fingerprint
from envgit.formats.manifest import encode_manifest
from envgit.identity import snapshot_of
from tests.builders import PypiSpec, make_egg_info, make_prefix, site_packages
from tests.capture.captures import captured, dist, kinds

if TYPE_CHECKING:
    from pathlib import Path


def test_a_distribution_is_captured_with_all_that_its_metadata_says(tmp_path: Path) -> None:
    spec = PypiSpec(
        version="2.1.0",
        requires=("six>=1.16", 'pytest; extra == "test"'),
        tags=("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"),
        installer="uv",
    )
    fast = dist(captured(make_prefix(tmp_path, pypi={"Fast_Thing.x": spec})), "fast-thing-x")
    assert (fast.version, fast.installer, fast.requested) == ("2.1.0", "uv", True)
    assert fast.depends == ("six>=1.16", 'pytest; extra == "test"')
    assert fast.tags == ("cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_17_x86_64")
    assert fast.source is None
    assert fast.digest is not None
    assert len(fast.digest) == 64


def test_what_was_not_asked_for_is_not_marked_as_requested(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": PypiSpec(version="1.16.0", requested=False)})
    assert not dist(captured(prefix), "six").requested


@pytest.mark.parametrize(
    "metadata",
    [
        b"Metadata-Version: 2.1\r\nName: six\r\nVersion: 1.16.0\r\n\r\nVersion: 9\r\n",
        b"name:six\nVERSION: 1.16.0\nSummary: caf\xe9\n",
        b"Name: six\nVersion: 1.16.0\nLicense: several\n        lines: of it\n\nName: body\n",
    ],
)
def test_metadata_is_read_however_it_was_written(tmp_path: Path, metadata: bytes) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": "0"})
    (site_packages(prefix) / "six-0.dist-info/METADATA").write_bytes(metadata)
    found = captured(prefix)
    assert (dist(found, "six").version, found.warnings) == ("1.16.0", ())


def test_what_metadata_does_not_say_is_in_the_name_of_its_folder(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": "1.16.0"})
    (site_packages(prefix) / "six-1.16.0.dist-info/METADATA").unlink()
    found = captured(prefix)
    assert dist(found, "six").version == "1.16.0"
    assert kinds(found) == ["unusable-field"]
    assert "six-1.16.0.dist-info" in found.warnings[0].message


def test_a_folder_that_names_nothing_is_a_warning(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path)
    (site_packages(prefix) / "mystery.dist-info").mkdir()
    (site_packages(prefix) / "loop.dist-info").symlink_to("loop.dist-info")
    (site_packages(prefix) / "file-1.0.dist-info").write_text("")
    found = captured(prefix)
    assert found.environment.distributions == ()
    assert sorted(kinds(found)) == ["corrupt-distribution", "corrupt-distribution", "unreadable"]


def test_what_an_unfinished_uninstall_left_is_no_distribution(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"numpy": "1.26.4"})
    (site_packages(prefix) / "~umpy-1.25.0.dist-info").mkdir()
    found = captured(prefix)
    assert [d.version for d in found.environment.distributions] == ["1.26.4"]
    assert kinds(found) == ["leftover"]


def test_a_file_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": "1.16.0"})
    record = site_packages(prefix) / "six-1.16.0.dist-info/RECORD"
    record.unlink()
    record.mkdir()
    found = captured(prefix)
    assert (dist(found, "six").version, dist(found, "six").digest) == ("1.16.0", None)
    assert kinds(found) == ["unusable-field"]


def test_eggs_are_read_in_all_their_forms(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path)
    site = site_packages(prefix)
    make_egg_info(prefix, "folder", "1.0")
    (site / "folder-1.0.egg-info/requires.txt").write_text("six>=1\n\n[test]\npytest\n")
    make_egg_info(prefix, "single", "2.0", as_file=True)
    (site / "old_pip-3.0-py3.11.egg-info").mkdir()
    (site / "old_pip-3.0-py3.11.egg-info/PKG-INFO").write_text("Name: old-pip\nVersion: 3.0\n")
    (site / "old_pip-3.0-py3.11.egg-info/installed-files.txt").write_text("../old_pip.py\n")
    (site / "zipped-4.0-py3.11-linux-x86_64.egg").write_bytes(b"PK\x03\x04")
    (site / "open-5.0-py3.11.egg/EGG-INFO").mkdir(parents=True)
    (site / "open-5.0-py3.11.egg/EGG-INFO/PKG-INFO").write_text("Name: open\nVersion: 5.0\n")
    found = captured(prefix)
    read = {d.name: (d.version, d.owner, d.digest) for d in found.environment.distributions}
    assert read == {
        "folder": ("1.0", "orphan", None),
        "single": ("2.0", "orphan", None),
        "old-pip": ("3.0", "pypi", None),
        "zipped": ("4.0", "orphan", None),
        "open": ("5.0", "orphan", None),
    }
    assert dist(found, "folder").depends == ("six>=1",)


def test_credentials_in_requirements_and_origins_never_come_out(tmp_path: Path) -> None:
    url = "https://ada:hunter2@git.example.org/six.git"
    spec = PypiSpec(
        version="1.16.0",
        requires=(f"six @ git+{url}",),
        direct_url={"url": url, "vcs_info": {"vcs": "git", "commit_id": "0" * 40}},
    )
    found = captured(make_prefix(tmp_path, pypi={"six": spec}), cache=tmp_path / "cache")
    assert "hunter2" not in repr(found)
    assert "hunter2" not in (tmp_path / "cache").read_text()


def test_packages_of_another_python_are_left_out_with_a_warning(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": "1.16.0"}, python="3.10.1")
    old = prefix / "lib/python3.10"
    for record in (prefix / "conda-meta").glob("python-*.json"):
        record.unlink()
    make_prefix(prefix, python="3.11.7")
    assert old.is_dir()
    found = captured(prefix)
    assert found.environment.python == "3.11.7"
    assert found.environment.distributions == ()
    assert kinds(found) == ["stale-site-packages"]
    assert "lib/python3.10/site-packages" in found.warnings[0].message


def test_a_link_from_one_python_folder_to_another_shows_nothing_twice(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": "1.16.0"})
    (prefix / "lib/python3.1").symlink_to("python3.11")
    (prefix / "lib64").symlink_to("lib")
    found = captured(prefix)
    assert [d.name for d in found.environment.distributions] == ["six"]
    assert found.warnings == ()


def test_a_lib64_of_its_own_is_read_too(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, pypi={"six": "1.16.0"})
    other = prefix / "lib64/python3.11/site-packages/numpy-1.26.4.dist-info"
    os.makedirs(other)
    (other / "METADATA").write_text("Name: numpy\nVersion: 1.26.4\n")
    assert [d.name for d in captured(prefix).environment.distributions] == ["numpy", "six"]


def test_a_windows_layout_is_read(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path, conda={"python": "3.12.1"}, platform="win-64")
    folder = prefix / "Lib/site-packages/six-1.16.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Name: six\r\nVersion: 1.16.0\r\n")
    (folder / "INSTALLER").write_text("pip\r\n")
    found = captured(prefix)
    assert found.environment.platform == "win-64"
    assert (dist(found, "six").owner, dist(found, "six").installer) == ("pypi", "pip")


@pytest.mark.skipif(sys.platform != "linux", reason="such names are possible on Linux alone")
def test_a_name_of_metadata_that_is_no_text_can_be_recorded(tmp_path: Path) -> None:
    prefix = make_prefix(tmp_path)
    os.mkdir(os.fsencode(site_packages(prefix)) + b"/b\xffd-1.0.dist-info")
    found = captured(prefix)
    assert [d.name for d in found.environment.distributions] == ["b?d"]
    repr(found).encode()
    encode_manifest(snapshot_of(found.environment))


@pytest.mark.parametrize("url", ["file:///\ud800", "file:///a%00b", "file:///%ff", "\ud800"])
def test_an_editable_install_from_no_possible_folder_is_read_all_the_same(tmp_path: Path, url: str) -> None:
    source = {"url": url, "dir_info": {"editable": True}}
    prefix = make_prefix(tmp_path, pypi={"demo": PypiSpec(version="1.0", direct_url=source)})
    found = captured(prefix)
    fingerprint(str(prefix))
    repr(found).encode()
    assert kinds(found) == ["unrecorded-code"]
