"""Every way in which a record can be wrong ends in a warning that names the file, or in nothing lost."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from envgit.capture.files import check_files
from envgit.capture.machine import machine_platform
from envgit.formats.manifest import encode_manifest
from envgit.identity import snapshot_of
from tests.builders import make_prefix
from tests.capture.captures import captured, kinds, package

if TYPE_CHECKING:
    from pathlib import Path

FILE = "zlib-1.3-h1_0.json"
WHOLE = {"name": "zlib", "version": "1.3", "build": "h1_0", "subdir": "linux-64"}


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A prefix with one good record, of xz."""
    return make_prefix(tmp_path / "prefix", conda={"xz": "5"}, python=None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a whole JSON document"),
        (b'{"name": "zlib", "version": "1.', "not a whole JSON document"),
        (b"{'name': 'zlib'}", "not a whole JSON document"),
        (b'{"name": "zl\xffib"}', "not a whole JSON document"),
        (b"\x1f\x8b\x08\x00", "not a whole JSON document"),
        (b"[" * 100_000, "not a whole JSON document"),
        (b"[]", "expected an object, found list"),
        (b"null", "expected an object, found NoneType"),
    ],
)
def test_corrupt_record_is_a_warning_that_names_the_file(prefix: Path, content: bytes, reason: str) -> None:
    (prefix / "conda-meta" / FILE).write_bytes(content)
    found = captured(prefix)
    assert [p.name for p in found.environment.conda] == ["xz"]
    (warned,) = found.warnings
    assert warned.kind == "corrupt-record"
    assert str(prefix / "conda-meta" / FILE) in warned.message
    assert reason in warned.message


def test_a_record_that_is_a_folder_a_pipe_a_loop_or_a_giant_is_a_warning(prefix: Path) -> None:
    meta = prefix / "conda-meta"
    (meta / "folder-1-0.json").mkdir()
    os.mkfifo(meta / "pipe-1-0.json")
    (meta / "loop-1-0.json").symlink_to("loop-1-0.json")
    (meta / "dangling-1-0.json").symlink_to("nowhere")
    with (meta / "giant-1-0.json").open("wb") as giant:
        giant.truncate(300 * 1024 * 1024)
    found = captured(prefix)
    assert [p.name for p in found.environment.conda] == ["xz"]
    assert sorted(kinds(found)) == ["corrupt-record", "corrupt-record", "corrupt-record", "unreadable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_an_unreadable_record_is_a_warning(prefix: Path) -> None:
    (prefix / "conda-meta" / FILE).write_text(json.dumps(WHOLE))
    (prefix / "conda-meta" / FILE).chmod(0)
    assert kinds(captured(prefix)) == ["corrupt-record"]


@pytest.mark.parametrize("missing", [["name"], ["version"], ["build"], ["name", "version", "build"]])
def test_what_a_record_does_not_say_is_in_its_file_name(prefix: Path, missing: list[str]) -> None:
    content = {key: value for key, value in WHOLE.items() if key not in missing}
    (prefix / "conda-meta" / FILE).write_text(json.dumps(content))
    zlib = package(captured(prefix), "zlib")
    assert (zlib.version, zlib.build) == ("1.3", "h1_0")


def test_a_record_that_says_nothing_under_a_name_that_says_nothing_is_corrupt(prefix: Path) -> None:
    (prefix / "conda-meta/mystery.json").write_text("{}")
    assert kinds(captured(prefix)) == ["corrupt-record"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("build_number", "one"),
        ("channel", 7),
        ("constrains", {}),
        ("depends", "python"),
        ("depends", ["python", 3]),
        ("license", ["MIT"]),
        ("md5", "abc"),
        ("sha256", 7),
        ("sha256", "zz" * 32),
        ("size", True),
        ("size", 1e300),
        ("subdir", None),
        ("timestamp", "today"),
        ("url", 3.5),
    ],
)
def test_a_field_of_a_wrong_type_counts_as_absent_and_is_named(
    prefix: Path, field: str, value: object
) -> None:
    (prefix / "conda-meta" / FILE).write_text(json.dumps(WHOLE | {field: value}))
    found = captured(prefix)
    assert package(found, "zlib").version == "1.3"
    if value is not None:
        (warned,) = found.warnings
        assert warned.kind == "unusable-field"
        assert field in warned.message
        assert FILE in warned.message


@pytest.mark.parametrize(
    "odd",
    [
        {"files": None},
        {"files": [1, None]},
        {"files": "site-packages/x-1.dist-info"},
        {"paths_data": None},
        {"paths_data": []},
        {"paths_data": {"paths": {}}},
        {"paths_data": {"paths": 7}},
        {"files": 7},
        {"paths_data": {"paths": ["site-packages/x-1.dist-info/RECORD"]}},
        {
            "paths_data": {
                "paths": [{"_path": 1}, {"_path": "site-packages/x-1.dist-info/RECORD", "sha256": 1}]
            }
        },
        {"noarch": 7},
        {"link": "x"},
    ],
)
def test_odd_file_lists_do_no_harm(prefix: Path, odd: dict[str, Any]) -> None:
    (prefix / "conda-meta" / FILE).write_text(json.dumps(WHOLE | odd))
    assert package(captured(prefix), "zlib").version == "1.3"
    assert check_files(prefix).altered == ()


def test_a_record_of_fifty_thousand_files_is_kept_in_the_cache_without_them(prefix: Path) -> None:
    files = [f"lib/python3.11/site-packages/big/module_{i}.py" for i in range(50_000)]
    paths = [{"_path": file, "path_type": "hardlink", "sha256": "0" * 64} for file in files]
    record = WHOLE | {"files": files, "paths_data": {"paths": paths}}
    (prefix / "conda-meta" / FILE).write_text(json.dumps(record))
    cache = prefix.parent / "cache"
    assert package(captured(prefix, cache=cache), "zlib").version == "1.3"
    assert cache.stat().st_size < 5_000


@pytest.mark.parametrize(
    ("written", "kept"), [(True, "generic"), ("python", "python"), ("", None), (None, None)]
)
def test_noarch_is_read_as_it_was_ever_written(prefix: Path, written: object, kept: str | None) -> None:
    (prefix / "conda-meta" / FILE).write_text(json.dumps(WHOLE | {"noarch": written}))
    assert package(captured(prefix), "zlib").noarch == kept


@pytest.mark.parametrize("odd", [[], {}, [[]], 7, True, None, "\ud800", "\0", "x" * 10_000])
@pytest.mark.parametrize(
    "name", ["noarch", "subdir", "url", "channel", "license", "depends", "files", "sha256"]
)
def test_a_field_of_any_value_ends_neither_a_capture_nor_a_check(
    prefix: Path, name: str, odd: object
) -> None:
    (prefix / "conda-meta" / FILE).write_text(json.dumps({**WHOLE, name: odd}))
    found = captured(prefix)
    assert package(found, "zlib").version == "1.3"
    encode_manifest(snapshot_of(found.environment))
    repr(found).encode()
    check_files(prefix)


@pytest.mark.parametrize("odd", [[], {}, 7, "\ud800", "\0"])
def test_paths_and_names_of_any_value_end_no_check(prefix: Path, odd: object) -> None:
    entries = {
        "paths": [{"_path": odd, "sha256": odd, "path_type": odd}, {"_path": "a", "sha256_in_prefix": odd}]
    }
    for facts in ({"paths_data": entries}, {"name": odd}, {"name": odd, "paths_data": entries}):
        (prefix / "conda-meta" / FILE).write_text(json.dumps({**WHOLE, **facts}))
        captured(prefix)
        check_files(prefix)


@pytest.mark.parametrize("subdir", ["linux", "linux 64", "../x", "Linux-64", "\ud800-64"])
def test_a_subdir_that_is_none_is_warned_of_and_names_no_platform(prefix: Path, subdir: str) -> None:
    (prefix / "conda-meta" / FILE).write_text(json.dumps({**WHOLE, "subdir": subdir}))
    for record in prefix.glob("conda-meta/xz-*.json"):
        record.unlink()
    found = captured(prefix)
    assert found.environment.platform == machine_platform()
    assert "unusable-field" in kinds(found)
