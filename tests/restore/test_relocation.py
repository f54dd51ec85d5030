"""Files are replaced as a whole, or left as they are with nothing beside them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from envgit.restore.relocation import overwrite

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_keeps_its_mode_and_its_other_name_keeps_its_content(tmp_path: Path) -> None:
    file, cached = tmp_path / "file", tmp_path / "cached"
    cached.write_bytes(b"old")
    cached.chmod(0o751)
    os.link(cached, file)
    overwrite(file, b"new")
    assert (file.read_bytes(), cached.read_bytes()) == (b"new", b"old")
    assert stat.S_IMODE(file.stat().st_mode) == 0o751


def test_a_file_that_is_not_there_is_made_as_others_can_read_it(tmp_path: Path) -> None:
    overwrite(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    (tmp_path / "usual").touch()
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_replacement_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        overwrite(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
