"""What a killed process left is cleared away, and nothing else."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from envgit.store.leftovers import clear_leftovers

if TYPE_CHECKING:
    from pathlib import Path


def age(path: Path) -> None:
    os.utime(path, (time.time() - 3600,) * 2, follow_symlinks=False)


@pytest.mark.parametrize("name", ["last.json.0123abcd", "records.4711-7f00aa", "scratch-0123abcd"])
def test_abandoned_file_is_removed(tmp_path: Path, name: str) -> None:
    file = tmp_path / "prefixes" / name
    file.parent.mkdir()
    file.touch()
    clear_leftovers(str(tmp_path))
    assert file.exists()
    age(file)
    clear_leftovers(str(tmp_path))
    assert not file.exists()


def test_abandoned_folder_is_removed_with_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "scratch-0123abcd"
    folder.mkdir()
    (folder / "0").touch()
    age(folder)
    clear_leftovers(str(tmp_path))
    assert not folder.exists()


@pytest.mark.parametrize("name", ["last.json", "hook.log", "hook.log.1", "records", "catalogue"])
def test_what_is_in_use_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    age(tmp_path / name)
    clear_leftovers(str(tmp_path))
    assert (tmp_path / name).exists()


def test_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/file").touch()
    state = tmp_path / "state"
    state.mkdir()
    link = state / "scratch-deadbeef"
    link.symlink_to(tmp_path / "theirs")
    age(link)
    clear_leftovers(str(state))
    assert (tmp_path / "theirs/file").exists()
    assert not link.is_symlink()
