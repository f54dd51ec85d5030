"""What may stand before a commit: nothing new, another environment, an event that could not be written."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from envgit.operations.postponed import postpone_unobserved
from envgit.operations.workspace import head_code

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.githooks.project import Project

HOUR = 3600


def nothing_new(_project: Project, _number: int) -> None:
    """The environment stays as it is."""


def upgrade(project: Project, number: int) -> None:
    """Another version of a package, one for each number."""
    project.upgrade(f"{number}.0")


def unwritten(project: Project, _number: int) -> None:
    """A commit that waits to be recorded."""
    project.repo.git("commit", "--quiet", "--allow-empty", "--message=Waits", env={"ENVGIT": "0"})
    workspace = project.workspace()
    code = head_code(workspace.git)
    assert code is not None
    postpone_unobserved(workspace, "default", "killed", trigger="post-commit", code=code)


def let_an_hour_pass(files: Iterable[Path]) -> None:
    """Let files be as old as an hour makes them."""
    for file in files:
        os.utime(file, (time.time() - HOUR,) * 2)
