"""What the tests of restoring share."""

from __future__ import annotations

import os
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


@pytest.fixture
def indexed(index: Server, tmp_path: Path) -> Workshop:
    """Restores from the test's own index alone, with a cache of uv's that no other test fills."""
    environ = {"UV_DEFAULT_INDEX": f"{index.url}/simple", "UV_HTTP_RETRIES": "0"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    kept["UV_CACHE_DIR"] = str(tmp_path / "uv-cache")
    return Workshop(settings=settings_for(tmp_path, environ=kept | environ))
