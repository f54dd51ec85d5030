"""The host is observed once as long as it stays the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.capture.host import observe_host
from envgit.formats.manifest import encode_host
from envgit.model import Host
from envgit.operations.host import current_host
from envgit.operations.workspace import open_workspace
from tests.builders import make_repo

if TYPE_CHECKING:
    from envgit.operations.workspace import Workspace

ANOTHER = Host(platform="linux-64", system="Linux", machine="remembered")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(make_repo(tmp_path / "repo").path)


def kept(workspace: Workspace) -> Path:
    return Path(workspace.repository.state_dir, "host.json")


def test_the_host_is_observed_and_kept(workspace: Workspace) -> None:
    assert current_host(workspace) == observe_host()
    assert kept(workspace).is_file()


def test_what_is_kept_is_taken_while_the_mark_is_the_same(workspace: Workspace) -> None:
    current_host(workspace)
    content = json.loads(kept(workspace).read_text())
    kept(workspace).write_text(json.dumps(content | {"observation": encode_host(ANOTHER).decode()}))
    assert current_host(workspace) == ANOTHER

    kept(workspace).write_text(json.dumps({"mark": "another", "observation": encode_host(ANOTHER).decode()}))
    assert current_host(workspace) == observe_host()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"mark": 1}', "\0", '{"mark": "x", "observation": 3}'])
def test_a_damaged_cache_is_written_anew(workspace: Workspace, content: str) -> None:
    kept(workspace).parent.mkdir(parents=True, exist_ok=True)
    kept(workspace).write_text(content)
    assert current_host(workspace) == observe_host()
    assert current_host(workspace) == observe_host()
