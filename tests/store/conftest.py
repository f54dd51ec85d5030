"""A repository with one commit of code, and the runner of its plumbing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import Repo, make_repo
from tests.store.records import git_of

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.store.git import Git


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "code")


@pytest.fixture
def git(repo: Repo) -> Git:
    return git_of(repo)
