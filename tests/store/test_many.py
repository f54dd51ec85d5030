"""Ten thousand snapshots: every question is answered without walking them again."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from envgit.errors import UnknownRevision
from envgit.operations.log import log, show
from envgit.operations.tag import baselines, tag
from envgit.operations.workspace import open_workspace
from envgit.store import history
from envgit.store.resolve import observed_with, resolve
from tests.builders import Repo, make_repo
from tests.store.records import git_of, record, snapshot_with, tree_with

if TYPE_CHECKING:
    from envgit.store.git import Git

COUNT = 10_000


def code_commit(number: int) -> str:
    return f"{number:040x}"


def import_snapshots(repo: Repo, git: Git, count: int) -> None:
    """Append as many snapshots to the branch, two versions by turns, each with a code commit of its own."""
    trees = [tree_with(git, version) for version in ("1.0", "2.0")]
    ids = [snapshot_with(version).id for version in ("1.0", "2.0")]
    stream = []
    for number in range(count):
        text = (
            f"six {number}\n\nSnapshot: {ids[number % 2]}\nEnvironment: default\nTrigger: post-commit\n"
            f"Code-Commit: {code_commit(number)}\nCode-Tree: {number + COUNT:040x}\n"
        )
        stream.append(
            f"commit refs/heads/envgit/default\ncommitter A <a@b> {1_600_000_000 + 60 * number} +0000\n"
            f"data {len(text)}\n{text}\nM 040000 {trees[number % 2]} \n\n"
        )
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=repo.path, input="".join(stream).encode(), check=True
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = make_repo(tmp_path_factory.mktemp("many") / "code")
    git = git_of(repo)
    import_snapshots(repo, git, COUNT)
    history.newest(git)
    return repo


class Traffic:
    """Each start of Git by the store, and how much it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from envgit.store.git import Git

        self.starts: list[tuple[str, int]] = []
        run = Git.run

        def counted(git: Git, *arguments: str, **options: object) -> bytes:
            output = run(git, *arguments, **options)  # type: ignore[arg-type]
            self.starts.append((arguments[0], len(output)))
            return output

        monkeypatch.setattr(Git, "run", counted)

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.starts]

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.starts)


@pytest.fixture
def traffic(many: Repo, monkeypatch: pytest.MonkeyPatch) -> Traffic:
    return Traffic(monkeypatch)


@pytest.mark.parametrize("number", [0, COUNT // 2, COUNT - 1])
def test_any_sighting_is_found_without_a_walk(many: Repo, traffic: Traffic, number: int) -> None:
    found = history.linked(git_of(many), code_commit(number))
    assert found is not None
    assert found.summary == f"six {number}"
    assert traffic.words == ["rev-parse", "rev-parse", "for-each-ref"]


def test_commit_that_was_never_recorded_is_known_to_be_without_a_walk(many: Repo, traffic: Traffic) -> None:
    assert observed_with(git_of(many), many.head) is None
    assert traffic.words == ["rev-parse", "rev-parse", "for-each-ref", "rev-parse"]


def test_log_show_and_tag_walk_nothing(many: Repo, traffic: Traffic) -> None:
    workspace = open_workspace(many.path)
    assert log(workspace, limit=3)[0].observation.summary == f"six {COUNT - 1}"
    assert len(log(workspace)) == COUNT
    found = show(workspace, snapshot_with("1.0").id[:12]).revision.observation
    assert found is not None
    assert found.summary == f"six {COUNT - 2}"
    assert tag(workspace, "paper-v1", "envgit/default~3").observation.summary == f"six {COUNT - 4}"
    assert [baseline.name for baseline in baselines(workspace)] == ["paper-v1"]
    assert show(workspace, "paper-v1").tags == ("paper-v1",)
    assert traffic.bytes < 20_000


def test_unknown_word_is_refused_without_a_walk(many: Repo, traffic: Traffic) -> None:
    with pytest.raises(UnknownRevision):
        resolve(git_of(many), "paper-v9")
    with pytest.raises(UnknownRevision, match="was made without envgit"):
        resolve(git_of(many), "HEAD")
    assert traffic.bytes < 5_000


def test_one_more_snapshot_is_read_alone(many: Repo, traffic: Traffic) -> None:
    git = git_of(many)
    record(git, "3.0", code="HEAD")
    traffic.starts.clear()
    found = observed_with(git, many.head)
    assert found is not None
    assert found.summary == "six 3.0"
    assert traffic.words == ["for-each-ref", "log", "rev-parse"]
    assert traffic.bytes < 2_000


def test_append_reads_no_history(many: Repo, traffic: Traffic) -> None:
    record(git_of(many), "1.0")
    assert traffic.bytes < 2_000
