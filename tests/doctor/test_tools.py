"""What the doctor finds among the programs that envgit works with."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tests.builders import make_repo
from tests.doctor.visits import found, the_only

if TYPE_CHECKING:
    from pathlib import Path


def test_git_that_is_too_old_is_broken(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code")
    assert found(repo, "tools") == []
    git = tmp_path / "bin/git"
    git.parent.mkdir()
    git.write_text(
        f'#!/bin/sh\nfor word; do :; done\n[ "$word" != version ] || {{ echo git version 2.20.1; exit; }}\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    git.chmod(0o755)
    finding = the_only(repo, "tools", PATH=f"{git.parent}{os.pathsep}{os.environ['PATH']}")
    assert (finding.severity, finding.message) == ("broken", "Git 2.20.1 is too old: envgit needs 2.29")
