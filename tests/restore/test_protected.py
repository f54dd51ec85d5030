"""Environments that are never changed in place, and those that are marked as not to be."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from envgit.restore.prefix.protected import frozen, why_never


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "env"
    (prefix / "conda-meta").mkdir(parents=True)
    return prefix


def test_an_environment_of_its_own_may_be_changed(prefix: Path) -> None:
    assert why_never(prefix, needed=[prefix.parent]) is None


@pytest.mark.parametrize("own", [sys.prefix, sys.base_prefix])
def test_the_environment_that_envgit_runs_in_is_never_changed(own: str) -> None:
    assert why_never(Path(own), needed=[]) == "envgit itself runs in it"


def test_a_mount_point_is_never_changed(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: path == prefix)
    said = why_never(prefix, needed=[])
    assert said is not None
    assert "mount point" in said


def test_nothing_is_changed_in_place_where_folders_in_use_cannot_be_moved(
    prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(os, "name", "nt")
        said = why_never(prefix, needed=[])
    assert said is not None
    assert "Windows" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps({"message": "ask Ada first"}), "ask Ada first"),
        (json.dumps({"message": 7}), ""),
        ("", ""),
        ("[" * 100_000, ""),
        (json.dumps({"message": "x" * 1000}), "x" * 300),
    ],
)
def test_frozen_environment_tells_why_if_it_says_so(content: str, said: str, prefix: Path) -> None:
    assert frozen(prefix) is None
    (prefix / "conda-meta/frozen").write_text(content)
    assert frozen(prefix) == said


def test_a_mark_that_cannot_be_read_counts(prefix: Path) -> None:
    (prefix / "conda-meta/frozen").mkdir()
    said = frozen(prefix)
    assert said is not None
    assert "cannot be read" in said
