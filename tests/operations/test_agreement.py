"""The manifest of a snapshot counts, and what somebody wrote beside it that says something else is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.operations.log import show
from envgit.operations.tag import tag
from envgit.operations.verify import verify
from envgit.store import history
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path, hooks=False)
    tag(project.workspace(), "paper-v1")
    return project


def rewritten(project: Project, name: str, content: bytes | None) -> None:
    """Let the newest snapshot commit be one in whose tree this file is another one, or gone."""
    git = project.workspace().git
    newest = history.newest(git, None)
    assert newest is not None
    rows = [
        row for row in git.run("ls-tree", newest.tree).decode().splitlines() if not row.endswith(f"\t{name}")
    ]
    if content is not None:
        blob = git.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
        rows.append(f"100644 blob {blob}\t{name}")
    tree = git.run("mktree", stdin="".join(f"{row}\n" for row in rows).encode()).decode().strip()
    message = git.run("log", "--format=%B", "--max-count=1", newest.commit)
    commit = git.run("commit-tree", tree, "-p", newest.commit, stdin=message).decode().strip()
    git.run("update-ref", "refs/heads/envgit/default", commit)


def warned(project: Project) -> list[str]:
    """What is said of the newest snapshot that is one of disagreement."""
    newest = history.newest(project.workspace().git, None)
    assert newest is not None
    shown = show(project.workspace(), "HEAD").revision
    assert shown.observation is not None
    assert shown.observation.commit == newest.commit
    return [warning.message for warning in shown.warnings if warning.kind == "disagreement"]


def test_a_snapshot_as_envgit_wrote_it_agrees(project: Project) -> None:
    assert warned(project) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "environment.yml",
            b"dependencies:\n  - innocent=1.0\n",
            "does not name the packages of snapshot.json",
        ),
        ("environment.yml", b"\xff{{", "does not name the packages of snapshot.json"),
        ("environment.yml", None, "is missing beside snapshot.json"),
    ],
)
def test_a_file_that_says_something_else_is_told(
    project: Project, name: str, content: bytes | None, says: str
) -> None:
    rewritten(project, name, content)
    (message,) = warned(project)
    assert f"{name} {says}, which is what counts" in message
    told = verify(project.workspace(), "HEAD", prefix=str(project.prefix)).warnings
    assert [warning.kind for warning in told] == ["disagreement"]


def test_a_file_that_says_the_same_in_other_words_agrees(project: Project) -> None:
    git = project.workspace().git
    newest = history.newest(git, None)
    assert newest is not None
    content = git.run("cat-file", "blob", f"{newest.tree}:environment.yml")
    rewritten(project, "environment.yml", b"# reviewed\n" + content)
    assert warned(project) == []
