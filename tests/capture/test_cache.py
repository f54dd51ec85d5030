from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.builders import CondaSpec, make_prefix
from tests.capture.captures import captured, kinds, package

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A prefix with packages of both layers."""
    requests = CondaSpec(version="2.31.0", dists={"requests": "2.31.0"})
    conda: dict[str, str | CondaSpec] = {"zlib": "1.3", "requests": requests}
    return make_prefix(tmp_path / "prefix", conda=conda, pypi={"six": "1.16.0"})


def test_a_cached_capture_equals_a_fresh_one(prefix: Path, tmp_path: Path) -> None:
    cache = tmp_path / "state/cache"
    fresh = captured(prefix)
    assert captured(prefix, cache=cache) == fresh
    assert cache.is_file()
    assert captured(prefix, cache=cache) == fresh


def test_a_second_capture_parses_nothing(prefix: Path, tmp_path: Path) -> None:
    first = captured(prefix, cache=tmp_path / "cache")
    for record in (prefix / "conda-meta").glob("*.json"):
        before = record.stat()
        record.write_bytes(b"#" * before.st_size)
        os.utime(record, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert captured(prefix, cache=tmp_path / "cache") == first


def test_a_changed_record_is_parsed_anew_and_a_removed_one_forgotten(prefix: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    captured(prefix, cache=cache)
    (zlib,) = (prefix / "conda-meta").glob("zlib-*.json")
    zlib.write_text(zlib.read_text().replace('"MIT"', '"Zlib"'))
    assert package(captured(prefix, cache=cache), "zlib").license == "Zlib"
    zlib.unlink()
    assert "zlib" not in [p.name for p in captured(prefix, cache=cache).environment.conda]
    assert b"zlib" not in cache.read_bytes()


def test_an_unchanged_prefix_leaves_the_cache_untouched(prefix: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    captured(prefix, cache=cache)
    before = cache.stat()
    captured(prefix, cache=cache)
    assert (cache.stat().st_ino, cache.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{}",
        b"envgit capture cache 1 00000000 00000000\n{}",
        b"\x80\x04\x95 a pickle?",
        b"SQLite format 3\x00",
    ],
)
def test_a_foreign_file_in_its_place_is_ignored_and_replaced(
    prefix: Path, tmp_path: Path, content: bytes
) -> None:
    cache = tmp_path / "cache"
    cache.write_bytes(content)
    assert captured(prefix, cache=cache) == captured(prefix)
    assert cache.read_bytes().startswith(b"envgit capture cache")
    assert len(cache.read_bytes()) > 500


def test_a_damaged_cache_is_ignored_wherever_the_damage_is(prefix: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    fresh = captured(prefix, cache=cache)
    whole = cache.read_bytes()
    for place in range(0, len(whole), 97):
        cache.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert captured(prefix, cache=cache) == fresh
        cache.write_bytes(whole[:place])
        assert captured(prefix, cache=cache) == fresh
    assert cache.read_bytes() == whole


def test_a_cache_of_other_settings_or_another_prefix_does_not_count(prefix: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    captured(prefix, cache=cache)
    mirrors = (("https://canonical.example", "https://conda.anaconda.org"),)
    mirrored = captured(prefix, cache=cache, mirrors=mirrors)
    assert package(mirrored, "zlib").channel == "https://canonical.example/conda-forge"
    other = make_prefix(tmp_path / "other", conda={"zlib": CondaSpec(version="1.3", license="Other")})
    for record in (other / "conda-meta").glob("zlib-*.json"):
        (twin,) = (prefix / "conda-meta").glob("zlib-*.json")
        os.utime(record, ns=(twin.stat().st_atime_ns, twin.stat().st_mtime_ns))
    assert package(captured(other, cache=cache), "zlib").license == "Other"


def test_corrupt_records_are_warned_of_every_time(prefix: Path, tmp_path: Path) -> None:
    (prefix / "conda-meta/bad-1-0.json").write_text("{")
    for _ in range(3):
        assert kinds(captured(prefix, cache=tmp_path / "cache")) == ["corrupt-record"]


def test_a_cache_that_cannot_be_written_is_a_warning(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    found = captured(prefix, cache=tmp_path / "cache")
    assert kinds(found) == ["cache"]
    assert found.environment == captured(prefix).environment
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "prefix"]


def test_concurrent_writers_leave_a_whole_cache(prefix: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    fresh = captured(prefix)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == fresh for found in pool.map(lambda _: captured(prefix, cache=cache), range(40)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "prefix"]
    whole = cache.stat().st_mtime_ns
    assert captured(prefix, cache=cache) == fresh
    assert cache.stat().st_mtime_ns == whole
