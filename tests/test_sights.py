"""What is seen of an environment's files tells which were written, and which are the same in another one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.restore.changing.cloning import clone
from envgit.sights import sights_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "env"
    (prefix / "lib/__pycache__").mkdir(parents=True)
    (prefix / "lib/one.py").write_text("VALUE = 1\n")
    (prefix / "lib/two.py").write_text("VALUE = 2\n")
    (prefix / "lib/__pycache__/one.pyc").write_bytes(b"code")
    (prefix / ".envgit-restored.json").write_text("{}")
    return prefix


def test_clone_shares_all_that_was_not_written_since(prefix: Path, tmp_path: Path) -> None:
    seen = sights_of(prefix)
    clone(seen, tmp_path / "copy")
    (tmp_path / "copy/lib/two.py").unlink()
    (tmp_path / "copy/lib/two.py").write_text("VALUE = 2\n")
    assert sights_of(tmp_path / "copy").shared(seen) == {"lib/one.py", "lib/__pycache__/one.pyc"}


def test_what_is_written_made_or_removed_differs_and_byte_code_does_not(prefix: Path) -> None:
    seen = sights_of(prefix)
    assert seen.differ(sights_of(prefix)) == []
    (prefix / "lib/one.py").write_text("VALUE = 11\n")
    (prefix / "lib/two.py").unlink()
    (prefix / "new").touch()
    (prefix / "lib/__pycache__/new.pyc").touch()
    assert seen.differ(sights_of(prefix, code=False)) == ["lib/one.py", "lib/two.py", "new"]


def test_file_that_lost_its_other_name_is_seen_again_and_one_that_was_written_is_not(
    prefix: Path, tmp_path: Path
) -> None:
    clone(sights_of(prefix), tmp_path / "copy")
    seen = sights_of(prefix)
    for name in ("one.py", "two.py"):
        (tmp_path / "copy/lib" / name).unlink()
    (prefix / "lib/two.py").write_text("other")
    again, now = seen.again().files(), sights_of(prefix).files()
    assert again["lib/one.py"] == now["lib/one.py"]
    assert again["lib/two.py"] == seen.files()["lib/two.py"]


def test_links_are_found_wherever_they_lead(prefix: Path, tmp_path: Path) -> None:
    os.symlink("one.py", prefix / "lib/link")
    os.symlink(tmp_path, prefix / "out")
    assert sorted(sights_of(prefix).links()) == ["lib/link", "out"]
