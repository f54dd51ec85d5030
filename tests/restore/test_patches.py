"""An editable install of a clone comes back with the changes that were in no commit."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from envgit.model import Patch, Source
from tests.builders import run_python
from tests.restore.distributions import demo, with_settings
from tests.restore.environments import Workshop, venv_environment
from tests.restore.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo

NAME = "patches/demo-project.patch"
EVIL = "--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+evil\n"
LINK = (
    "diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+{target}\n"
    "\\ No newline at end of file\n"
    "diff --git a/link/evil b/link/evil\nnew file mode 100644\n--- /dev/null\n"
    "+++ b/link/evil\n@@ -0,0 +1 @@\n+evil\n"
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_project(tmp_path / "other")


def dirty_diff(repo: Repo) -> bytes:
    """Change the module, and add a binary file; returns that as Git writes it."""
    (repo.path / "demo_project.py").write_text("def main():\n    print('patched')\n")
    (repo.path / "model.bin").write_bytes(bytes(range(256)))
    repo.git("add", "--intent-to-add", "model.bin")
    command = ["git", "-C", str(repo.path), "diff", "--binary", "HEAD"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def patched(repo: Repo, content: bytes) -> Source:
    """An editable install of a repository, with changes."""
    patch = Patch(name=NAME, sha256=hashlib.sha256(content).hexdigest())
    where: dict[str, Any] = {"repository": repo.path.as_uri(), "commit": repo.head}
    return Source(kind="directory", url=repo.path.as_uri(), editable=True, patch=patch, **where)


def test_changes_come_back_in_a_clone_and_the_user_s_checkout_stays_as_it_is(
    repo: Repo, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    content = dirty_diff(repo)
    repo.git("checkout", "--force", "--quiet", "HEAD")
    before = repo.git("status", "--porcelain")
    workshop = with_settings(indexed, tmp_path, patches={NAME: content})
    assert workshop.restore(venv_environment(demo(patched(repo, content))), prefix) == ()
    assert run_python(prefix, "-c", "import demo_project; demo_project.main()") == "patched"
    clone = prefix / "src/demo-project"
    assert (clone / "model.bin").read_bytes() == bytes(range(256))
    assert not (clone / ".git/envgit.patch").exists()
    assert repo.git("status", "--porcelain") == before


@pytest.mark.parametrize(
    ("given", "reason"),
    [({}, "are not in the snapshot"), ({NAME: b"other"}, "is not what was recorded: expected sha256")],
    ids=["not there", "other bytes"],
)
def test_changes_that_cannot_be_had_are_the_reason_why_it_is_missing(
    given: dict[str, bytes], reason: str, repo: Repo, indexed: Workshop, prefix: Path
) -> None:
    workshop = with_settings(indexed, prefix.parents[1], patches=given)
    (note,) = workshop.restore(venv_environment(demo(patched(repo, b"changes"))), prefix)
    assert (note.grade, reason in note.reason) == ("missing", True)


@pytest.mark.parametrize(
    "path", ["../../evil", "../../../../../../evil", ".git/hooks/post-checkout", "{top}/evil", "link/evil"]
)
def test_a_patch_that_leads_out_of_the_clone_is_refused(
    path: str, repo: Repo, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    text = (
        LINK.format(target=tmp_path)
        if path.startswith("link")
        else EVIL.format(path=path.format(top=tmp_path))
    )
    workshop = with_settings(indexed, tmp_path, patches={NAME: text.encode()})
    (note,) = workshop.restore(venv_environment(demo(patched(repo, text.encode()))), prefix)
    assert "cannot be applied" in note.reason
    assert not [*tmp_path.rglob("evil"), *tmp_path.rglob("post-checkout")]
    assert not (prefix / "src/demo-project").exists()
