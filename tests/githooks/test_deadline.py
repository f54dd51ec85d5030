"""A hook that meets its deadline leaves the repository as usable as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import envgit
from tests.builders import make_prefix, make_repo

if TYPE_CHECKING:
    from pathlib import Path

SLOW = """#!/bin/sh
[ "$1" = prepared ] && [ -n "$ENVGIT_HOOK" ] && sleep 4
exit 0
"""


def test_a_deadline_in_the_middle_of_a_ref_transaction_leaves_no_lock(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    envgit.init(prefix=str(make_prefix(tmp_path / "env", conda={"zlib": "1.3"})), path=repo.path)
    repo.git("config", "envgit.deadline", "0.8")
    slow = repo.git_dir / "hooks" / "reference-transaction"
    slow.write_text(SLOW)
    slow.chmod(0o755)

    late = repo.run("commit", "--allow-empty", "-m", "late")

    assert late.returncode == 0
    assert "took too long and was given up" in late.stderr
    assert list(repo.git_dir.rglob("*.lock")) == []
    slow.unlink()
    repo.git("commit", "--allow-empty", "-m", "recorded")
    assert repo.head in repo.git("log", "-1", "--format=%B", "envgit/default")
