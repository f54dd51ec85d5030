"""What the tests of restoring share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.restore.environments import Workshop, settings_for
from tests.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Restores with a package cache of this test's own."""
    return Workshop(settings=settings_for(tmp_path))


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """Where to restore to: a folder that is not there yet, in one that holds nothing else."""
    return tmp_path / "envs" / "restored"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Server]:
    """A Python index over HTTP: put wheels into ``index.folder / "simple" / <name>``."""
    folder = tmp_path / "index"
    (folder / "simple").mkdir(parents=True)
    with Server(folder) as server:
        yield server
