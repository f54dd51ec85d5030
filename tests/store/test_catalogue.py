"""What is kept for look-ups changes no answer, whatever happens to the repository and to what is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envgit.store import history
from envgit.store.cataloguing import read_catalogue
from envgit.store.resolve import observed_with
from tests.builders import Repo, make_repo
from tests.store.records import git_of, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.store.catalogue import Catalogue
    from envgit.store.git import Git


def kept(git: Git) -> Path:
    return Path(git.environ["GIT_DIR"], "envgit", "catalogue")


def made_anew(git: Git) -> Catalogue:
    """The catalogue as it is without anything kept; what is kept stays as it was."""
    file = kept(git)
    before = file.read_bytes() if file.exists() else None
    file.unlink(missing_ok=True)
    made = read_catalogue(git)
    if before is not None:
        file.write_bytes(before)
    else:
        file.unlink(missing_ok=True)
    return made


class Walks:
    """Counts the walks that Git does, by the commits that it gives."""

    def __init__(self, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[int] = []
        self.starts: list[str] = []
        run = type(git).run

        def counted(runner: Git, *arguments: str, **options: object) -> bytes:
            output = run(runner, *arguments, **options)  # type: ignore[arg-type]
            self.starts.append(arguments[0])
            if arguments[0] == "log":
                self.given.append(output.count(b"\0"))
            return output

        monkeypatch.setattr(type(git), "run", counted)


@pytest.fixture
def walks(git: Git, monkeypatch: pytest.MonkeyPatch) -> Walks:
    return Walks(git, monkeypatch)


# --- the same answers ---


class History:
    """A repository to which things happen; each takes numbers that say how."""

    def __init__(self, folder: Path) -> None:
        self.repo = make_repo(folder / "code")
        self.git = git_of(self.repo)
        self.time = 1_700_000_000

    def at(self, seconds: int) -> None:
        self.time += seconds
        date = f"{self.time} +0000"
        self.git.environ |= {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}

    def refs(self) -> list[str]:
        patterns = ("refs/heads/envgit", "refs/remotes", "refs/tags/env")
        return self.git.line("for-each-ref", "--format=%(refname)", *patterns).split()

    def commit_of(self, number: int) -> str | None:
        refs = self.refs()
        commits = self.git.line("rev-list", "--date-order", *refs).split() if refs else []
        return commits[number % len(commits)] if commits else None

    def append(self, number: int) -> None:
        environment = ("default", "train")[number % 2]
        record(self.git, str(number % 3), code="HEAD" if number % 5 else None, environment=environment)

    def rewrite(self, number: int) -> None:
        pair = (self.repo.head, f"{number % 16:x}" * 40)
        record(self.git, rewritten=(pair, pair[::-1]))

    def code(self, number: int) -> None:
        self.repo.commit(f"Code {number}", files={"train.py": f"{number % 3}\n"})

    def move(self, number: int) -> None:
        """Fetch, push, rewind, tag: point a ref at any commit there is."""
        refs = (
            "refs/heads/envgit/default", "refs/heads/envgit/train", "refs/remotes/origin/envgit/default",
            "refs/tags/env/paper-v1", f"refs/tags/env/auto/{number}",
        )  # fmt: skip
        commit = self.commit_of(number)
        if commit:
            self.git.run("update-ref", refs[number % len(refs)], commit)

    def drop(self, number: int) -> None:
        refs = self.refs()
        if refs:
            self.git.run("update-ref", "-d", refs[number % len(refs)])

    def merge(self, number: int) -> None:
        """As branches are united: a commit with two parents, here or where it was fetched from."""
        one, two = self.commit_of(number), self.commit_of(number // 3)
        if one and two:
            tree = self.git.line("rev-parse", f"{one}^{{tree}}")
            text = f"united\n\nSnapshot: {'a' * 64}\nTrigger: unite\n"
            made = self.git.line("commit-tree", tree, "-p", one, "-p", two, stdin=text.encode())
            ref = ("refs/heads/envgit/default", "refs/remotes/origin/envgit/train")[number % 2]
            self.git.run("update-ref", ref, made)

    def forget(self, _number: int) -> None:
        kept(self.git).unlink(missing_ok=True)

    def spoil(self, number: int) -> None:
        if kept(self.git).exists():
            content = bytearray(kept(self.git).read_bytes())
            content[number * 7919 % len(content)] ^= 1 + number % 255
            kept(self.git).write_bytes(content[: len(content) - number % 2])


_DEEDS = ("append", "append", "append", "rewrite", "code", "move", "move", "drop", "merge", "forget", "spoil")


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    deeds=st.lists(
        st.tuples(st.sampled_from(_DEEDS), st.integers(0, 100), st.sampled_from((0, 0, 1, 60, -90))),
        max_size=7,
    )
)
def test_no_answer_depends_on_what_is_kept(deeds: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        known = History(Path(folder))
        for deed, number, seconds in deeds:
            known.at(seconds)
            getattr(known, deed)(number)
            assert read_catalogue(known.git) == made_anew(known.git), (deed, number)


# --- what is kept ---


def test_what_was_read_once_is_not_walked_again(git: Git, repo: Repo, walks: Walks) -> None:
    record(git, code="HEAD")
    assert observed_with(git, repo.head)
    walks.given.clear()
    assert observed_with(git, repo.head)
    assert history.newest(git)
    assert history.observations(git)
    assert history.links(git)
    assert walks.given == []


def test_appends_and_pushes_are_read_alone(git: Git, repo: Repo, walks: Walks) -> None:
    for version in ("1.0", "2.0", "3.0"):
        record(git, version)
    history.newest(git)
    walks.given.clear()
    for version in ("4.0", "5.0"):
        record(git, version, code="HEAD", light_tag=f"refs/tags/env/auto/2026-01-01-0000000{version[0]}")
    assert len(history.observations(git)) == 5
    git.run("update-ref", "refs/remotes/origin/envgit/default", "envgit/default~1")
    git.run("tag", "-m", "Paper", "env/paper-v1", "envgit/default~2")
    assert len(history.observations(git)) == 5
    git.run("update-ref", "refs/remotes/origin/envgit/default", "envgit/default")
    assert len(history.observations(git)) == 5
    assert walks.given == [2, 0]
    assert read_catalogue(git) == made_anew(git)


def test_replaced_commit_is_seen_though_no_branch_moved(git: Git) -> None:
    first, second = record(git, "1.0").commit, record(git, "2.0").commit
    assert len(history.observations(git)) == 2
    tree = git.line("rev-parse", f"{second}^{{tree}}")
    text = git.line("log", "-1", "--format=%B", second)
    git.run("replace", second, git.line("commit-tree", tree, stdin=text.encode()))
    assert [o.commit for o in history.observations(git)] == [second]
    git.run("replace", "--delete", second)
    assert [o.commit for o in history.observations(git)] == [second, first]


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-150]),
        lambda file: file.write_bytes(file.read_bytes().replace(b"six", b"SIX")),
        lambda file: file.write_bytes(b"envgit 99.0 catalogue 12\n" + file.read_bytes()),
        lambda file: file.write_bytes(os.urandom(500)),
        lambda file: (file.unlink(), file.mkdir()),
        lambda file: shutil.rmtree(file.parent),
    ],
    ids=["deleted", "empty", "truncated", "altered", "of another version", "noise", "a folder", "no folder"],
)
def test_what_is_kept_can_be_deleted_or_damaged_at_any_time(
    git: Git, repo: Repo, harm: Callable[[Path], object]
) -> None:
    for version in ("1.0", "2.0"):
        commit = record(git, version, code="HEAD").commit
    before = history.observations(git)
    harm(kept(git))
    assert history.observations(git) == before
    found = history.linked(git, repo.head)
    assert found is not None
    assert found.commit == commit


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_repository_that_may_only_be_read_has_the_same_answers(git: Git, repo: Repo) -> None:
    commit = record(git, code="HEAD").commit
    folder = kept(git).parent
    folder.chmod(0o555)
    try:
        assert [o.commit for o in history.observations(git)] == [commit]
        assert not kept(git).exists()
    finally:
        folder.chmod(0o755)


def test_file_in_place_of_the_folder_has_the_same_answers(git: Git) -> None:
    commit = record(git).commit
    shutil.rmtree(kept(git).parent)
    kept(git).parent.write_text("")
    assert [o.commit for o in history.observations(git)] == [commit]


def test_linked_worktrees_share_what_is_kept(git: Git, repo: Repo, tmp_path: Path) -> None:
    commit = record(git, code="HEAD").commit
    repo.git("worktree", "add", "--quiet", str(tmp_path / "second"))
    inner = git_of(Repo(path=tmp_path / "second"))
    assert [o.commit for o in history.observations(inner)] == [commit]
    assert kept(git).exists()


def test_many_readers_and_writers_at_once_have_the_same_answers(git: Git, repo: Repo) -> None:
    code = (
        "import os, sys; from envgit.store import history;"
        "from envgit.store.repository import open_repository;"
        "git = open_repository(sys.argv[1], os.environ).git;"
        "counts = [len(history.observations(git)) for _ in range(12)];"
        "assert counts == sorted(counts) and counts[0] >= 1, counts"
    )
    record(git)
    readers = [
        subprocess.Popen([sys.executable, "-c", code, str(repo.path)], env={**os.environ, "PYTHONPATH": ""})
        for _ in range(4)
    ]
    for number in range(6):
        record(git, str(number))
    assert [reader.wait(60) for reader in readers] == [0] * 4
    assert len(history.observations(git)) == 7
    assert [file.name for file in kept(git).parent.iterdir() if "catalogue." in file.name] == []
