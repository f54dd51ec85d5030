"""Writing to a repository's own configuration, also where a killed Git has left its lock."""

from __future__ import annotations

import shlex
import threading
from typing import TYPE_CHECKING

import pytest

from envgit.errors import Conflict
from envgit.store.config import bind
from tests.faults.situations import let_an_hour_pass

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.store.git import Git
    from tests.builders import Repo


def test_binding_is_kept_in_the_repositorys_own_configuration(
    repo: Repo, git: Git, sealed_environment: Path
) -> None:
    before = (sealed_environment / ".gitconfig").read_bytes()
    for prefix in ("/first", "/second"):
        bind(git, "default", prefix)
    assert repo.git("config", "--local", "--get-all", "envgit.default.prefix") == "/second"
    assert (sealed_environment / ".gitconfig").read_bytes() == before


def test_lock_that_a_killed_git_left_is_taken_away(repo: Repo, git: Git) -> None:
    lock = repo.git_dir / "config.lock"
    lock.touch()
    let_an_hour_pass([lock])
    bind(git, "default", "/env")
    assert repo.git("config", "envgit.default.prefix") == "/env"
    assert not lock.exists()


def test_writer_who_is_at_it_is_waited_for(repo: Repo, git: Git) -> None:
    lock = repo.git_dir / "config.lock"
    lock.touch()
    threading.Timer(0.3, lock.unlink).start()
    bind(git, "default", "/env")
    assert repo.git("config", "envgit.default.prefix") == "/env"


def test_lock_that_stays_is_named_and_left(repo: Repo, git: Git) -> None:
    lock = repo.git_dir / "config.lock"
    lock.touch()
    with pytest.raises(Conflict) as caught:
        bind(git, "default", "/env")
    assert "is locked" in caught.value.message
    assert caught.value.hint == f"if none is running: {shlex.join(('rm', str(lock)))}"
    assert lock.exists()
