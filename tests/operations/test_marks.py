"""The stamp of an environment: another one whenever a file was written, however that was covered up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.operations.marks import Mark, read_mark, stamp_again, stamp_of, write_mark
from envgit.sights import sights_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "env"
    (prefix / "lib/__pycache__").mkdir(parents=True)
    (prefix / "lib/own.py").write_text("VALUE = 1\n")
    (prefix / "lib/shared.py").write_text("VALUE = 1\n")
    (tmp_path / "cache.py").hardlink_to(prefix / "lib/shared.py")
    write_mark(prefix, Mark(snapshot="0" * 64))
    return prefix


def test_an_edit_that_keeps_size_and_time_is_seen(prefix: Path) -> None:
    before, file = stamp_of(prefix), prefix / "lib/own.py"
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.write_text("VALUE = 2\n")
    os.utime(file, ns=times)
    assert file.stat().st_mtime_ns == times[1]
    assert stamp_of(prefix) != before


def test_another_file_in_the_place_of_a_shared_one_is_seen(prefix: Path) -> None:
    before, file = stamp_of(prefix), prefix / "lib/shared.py"
    times = file.stat().st_atime_ns, file.stat().st_mtime_ns
    file.unlink()
    file.write_text("VALUE = 2\n")
    os.utime(file, ns=times)
    file.with_name("twin").hardlink_to(file)
    file.with_name("twin").rename(prefix.with_name("twin"))
    assert stamp_of(prefix) != before


def test_what_a_cache_does_with_its_own_names_is_no_change(prefix: Path, tmp_path: Path) -> None:
    before = stamp_of(prefix)
    (tmp_path / "another.py").hardlink_to(tmp_path / "cache.py")
    (prefix / "lib/__pycache__/own.pyc").write_bytes(b"code")
    assert stamp_of(prefix) == before


@pytest.mark.parametrize("written", [False, True])
def test_what_loses_its_other_names_is_stamped_again_if_nothing_was_written(
    written: bool, prefix: Path, tmp_path: Path
) -> None:
    before = sights_of(prefix)
    write_mark(prefix, Mark(snapshot="0" * 64, captured="0" * 64, grade="exact", stamp=stamp_of(prefix)))
    (tmp_path / "cache.py").unlink()
    if written:
        (prefix / "lib/own.py").write_text("VALUE = 22\n")

    stamp_again(prefix, before)

    mark = read_mark(prefix)
    assert mark is not None
    assert (mark.stamp == stamp_of(prefix)) is not written
