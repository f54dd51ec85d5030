"""An append writes one commit, moves one branch, and touches nothing of the user's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import Conflict
from envgit.store import contents, history
from envgit.store.append import Entry, append, read_tip, write_tree
from envgit.store.git import GitFailed
from envgit.store.layout import files_of
from tests.builders import Repo, make_repo
from tests.store.records import git_of, record, snapshot_with, tree_with

if TYPE_CHECKING:
    from envgit.store.git import Git

BRANCH = "refs/heads/envgit/default"
PROJECT = Path(__file__).resolve().parents[2]


def objects(repo: Repo) -> set[str]:
    listed = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    return set(listed.splitlines())


def blobs_and_trees(repo: Repo) -> set[str]:
    return {row for row in objects(repo) if row.endswith((" blob", " tree"))}


def test_tree_of_the_commit_is_the_snapshot(repo: Repo, git: Git) -> None:
    commit = record(git).commit
    files = files_of(snapshot_with("1.0"), name="default")
    assert repo.git("ls-tree", "--name-only", commit).split() == sorted([*files, "observation.json"])
    for name, content in files.items():
        assert repo.git("show", f"{commit}:{name}") + "\n" == content.decode()
    assert repo.git("ls-tree", "--format=%(objectmode)", commit).split() == ["100644"] * (len(files) + 1)


def test_first_append_is_an_orphan_and_the_next_its_child(repo: Repo, git: Git) -> None:
    assert read_tip(git, "default") is None
    first = record(git).commit
    second = record(git, "2.0").commit
    assert repo.git("log", "--format=%H %P", BRANCH).splitlines() == [f"{second} {first}", f"{first} "]
    assert repo.refs(BRANCH) == {BRANCH: second}


def test_message_has_a_summary_then_the_body_then_trailers(repo: Repo, git: Git) -> None:
    head = repo.head
    commit = record(git, code="HEAD", body="The run of the paper.\n\nWith a second paragraph.").commit
    assert repo.git("log", "-1", "--format=%B", commit).rstrip("\n") == (
        "six 1.0\n"
        "\n"
        "The run of the paper.\n"
        "\n"
        "With a second paragraph.\n"
        "\n"
        f"Snapshot: {snapshot_with('1.0').id}\n"
        "Environment: default\n"
        "Trigger: snapshot\n"
        f"Code-Commit: {head}\n"
        f"Code-Tree: {repo.git('rev-parse', 'HEAD^{tree}')}"
    )


def test_summary_and_trailers_stay_on_their_lines(repo: Repo, git: Git) -> None:
    entry = Entry(
        tree=tree_with(git, "1.0"),
        summary="two\nlines \r\n\nSnapshot: forged",
        trailers=(("Snapshot", "a\nCode-Commit: forged"),),
    )
    commit = append(git, "default", lambda _: entry).commit
    assert repo.git("log", "-1", "--format=%B", commit).rstrip("\n") == (
        "two lines Snapshot: forged\n\nSnapshot: a Code-Commit: forged"
    )


def test_unchanged_append_has_the_same_tree_and_writes_no_blob(repo: Repo, git: Git) -> None:
    first = record(git).commit
    before = objects(repo)
    second = record(git).commit
    assert repo.git("rev-parse", f"{first}^{{tree}}") == repo.git("rev-parse", f"{second}^{{tree}}")
    assert objects(repo) - before == {f"{second} commit"}


def test_changed_append_writes_only_the_files_that_changed(repo: Repo, git: Git) -> None:
    record(git)
    before = blobs_and_trees(repo)
    record(git, "2.0")
    kinds = sorted(row.split()[1] for row in blobs_and_trees(repo) - before)
    assert kinds == ["blob", "blob", "blob", "tree"]  # environment.yml, requirements.txt, snapshot.json


def test_index_head_and_work_tree_are_those_of_a_control(tmp_path: Path) -> None:
    """Staged, unstaged and untracked changes all stay, byte for byte."""
    repo, control = (make_repo(tmp_path / name, files={"a.py": "1\n", "b.py": "1\n"}) for name in ("x", "y"))
    for one in (repo, control):
        one.write({"a.py": "2\n", "b.py": "3\n", "c.py": "new\n"})
        one.git("add", "a.py")
    index = (repo.git_dir / "index").read_bytes()
    head, status = repo.head, repo.git("status", "--porcelain")
    record(git_of(repo), light_tag="refs/tags/env/auto/today")
    assert (repo.git_dir / "index").read_bytes() == index
    assert repo.head == head
    assert repo.git("symbolic-ref", "HEAD") == control.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert repo.git("status", "--porcelain") == status == control.git("status", "--porcelain")
    assert repo.git("ls-files", "--stage") == control.git("ls-files", "--stage")
    assert {path.name for path in repo.path.iterdir()} == {path.name for path in control.path.iterdir()}
    assert repo.git("stash", "list") == ""


def test_object_files_do_not_pass_through_filters_or_line_end_conversion(repo: Repo, git: Git) -> None:
    repo.write({".gitattributes": "* text eol=crlf\n*.yml filter=broken ident\n"})
    repo.git("config", "core.autocrlf", "true")
    repo.git("config", "filter.broken.clean", "false")
    repo.git("config", "filter.broken.required", "true")
    tree = write_tree(git, {"environment.yml": b"name: $Id$\r\n"}, str(repo.git_dir / "envgit"))
    raw = subprocess.run(
        ["git", "cat-file", "blob", f"{tree}:environment.yml"],
        cwd=repo.path,
        capture_output=True,
        check=True,
    )
    assert raw.stdout == b"name: $Id$\r\n"


def test_scratch_folder_is_left_empty(repo: Repo, git: Git) -> None:
    record(git)
    assert list((repo.git_dir / "envgit").iterdir()) == []


def test_light_tag_comes_with_the_commit(repo: Repo, git: Git) -> None:
    appended = record(git, light_tag="refs/tags/env/auto/today")
    assert appended.tag == "refs/tags/env/auto/today"
    assert repo.refs("refs/tags") == {"refs/tags/env/auto/today": appended.commit}


def test_light_tag_that_exists_stays_where_it_is(repo: Repo, git: Git) -> None:
    first = record(git, light_tag="refs/tags/env/auto/today")
    second = record(git, "2.0", light_tag="refs/tags/env/auto/today")
    assert second.tag is None
    assert repo.refs("refs/tags") == {"refs/tags/env/auto/today": first.commit}
    assert repo.refs(BRANCH) == {BRANCH: second.commit}


def test_baseline_is_an_annotated_tag_made_with_the_branch(repo: Repo, git: Git) -> None:
    appended = record(git, baseline="paper-v1")
    assert appended.tag == "refs/tags/env/paper-v1"
    assert repo.git("cat-file", "-t", "env/paper-v1") == "tag"
    assert repo.git("rev-parse", "env/paper-v1^{commit}") == appended.commit
    assert repo.git("for-each-ref", "--format=%(contents:subject)|%(taggername)", "refs/tags") == (
        "six 1.0|Ada Lovelace"
    )


def test_existing_baseline_aborts_the_whole_transaction(repo: Repo, git: Git) -> None:
    record(git, baseline="paper-v1")
    before = repo.refs()
    with pytest.raises(Conflict) as caught:
        record(git, "2.0", baseline="paper-v1")
    assert caught.value.message == "baseline paper-v1 exists"
    assert caught.value.hint == "choose another name, or: envgit tag --delete paper-v1"
    assert repo.refs() == before


@pytest.mark.parametrize(("taken", "wanted"), [("paper", "paper/v1"), ("paper/v1", "paper")])
def test_baseline_beside_one_that_its_ref_cannot_live_with_is_a_conflict(
    repo: Repo, git: Git, taken: str, wanted: str
) -> None:
    record(git, baseline=taken)
    before = repo.refs()
    with pytest.raises(Conflict) as caught:
        record(git, "2.0", baseline=wanted)
    assert caught.value.message == f"tag env/{taken} is in the way of tag env/{wanted}"
    assert repo.refs() == before


def test_branch_called_envgit_is_a_conflict_that_says_how_to_go_on(repo: Repo, git: Git) -> None:
    repo.git("branch", "envgit")
    before = repo.refs()
    with pytest.raises(Conflict) as caught:
        record(git)
    assert caught.value.message == "branch envgit is in the way of branch envgit/default"
    assert caught.value.hint == "git branch -m envgit <another name>"
    assert repo.refs() == before


def test_tag_called_env_is_a_conflict_that_says_how_to_go_on(repo: Repo, git: Git) -> None:
    repo.git("tag", "env")
    before = repo.refs()
    with pytest.raises(Conflict) as caught:
        record(git, light_tag="refs/tags/env/auto/today")
    assert caught.value.message == "tag env is in the way of tag env/auto/today"
    assert caught.value.hint == "git tag <another name> env && git tag -d env"
    assert repo.refs() == before


def test_conflict_is_told_at_once_and_not_after_a_dozen_attempts(repo: Repo, git: Git) -> None:
    repo.git("branch", "envgit")
    asked: list[object] = []

    def entry_on(tip: object) -> Entry:
        asked.append(tip)
        return Entry(tree=tree_with(git, "1.0"), summary="x", trailers=())

    with pytest.raises(Conflict):
        append(git, "default", entry_on)
    assert asked == [None]


def test_stale_lock_ends_in_gits_own_words_and_changes_nothing(repo: Repo, git: Git) -> None:
    record(git)
    before = repo.refs()
    lock = repo.git_dir / "refs/heads/envgit/default.lock"
    lock.touch()
    started = time.monotonic()
    with pytest.raises(GitFailed, match=r"default\.lock': File exists"):
        record(git, "2.0")
    assert time.monotonic() - started < 4  # well within the deadline of a hook
    lock.unlink()
    assert repo.refs() == before
    record(git, "2.0")


def test_writer_that_finds_the_tip_moved_is_asked_again_for_the_new_one(repo: Repo, git: Git) -> None:
    first = record(git).commit
    tips: list[str | None] = []

    def entry_on(tip: object) -> Entry:
        tips.append(getattr(tip, "commit", None))
        if len(tips) == 1:
            record(git, "2.0")
        return Entry(tree=tree_with(git, "3.0"), summary="mine", trailers=())

    append(git, "default", entry_on)
    assert repo.git("log", "--format=%s", BRANCH).splitlines() == ["mine", "six 2.0", "six 1.0"]
    assert tips == [first, repo.git("rev-parse", f"{BRANCH}~1")]


WRITER = """
import os, sys
from envgit.store.repository import open_repository
from tests.store.records import record
git = open_repository(sys.argv[1], os.environ).git
for number in sys.argv[2:]:
    record(git, number, light_tag=f"refs/tags/env/auto/{int(number) % 7}")
"""


def test_40_parallel_writers_leave_40_records(repo: Repo) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(repo.path), str(first)],
            cwd=PROJECT,
            stderr=subprocess.PIPE,
        )
        for first in range(40)
    ]
    ends = [(writer.communicate()[1].decode(), writer.returncode) for writer in writers]
    assert ends == [("", 0)] * 40
    observations = history.observations(git_of(repo), environment="default")
    assert {o.summary for o in observations} == {f"six {number}" for number in range(40)}
    assert len(observations) == 40
    assert len(repo.refs("refs/tags/env/auto")) == 7
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_environments_have_branches_of_their_own(repo: Repo, git: Git) -> None:
    one = record(git, environment="train").commit
    other = record(git, environment="serve").commit
    assert repo.refs("refs/heads/envgit") == {
        "refs/heads/envgit/serve": other,
        "refs/heads/envgit/train": one,
    }


def test_append_works_for_who_has_told_git_no_name(repo: Repo, sealed_environment: Path) -> None:
    (sealed_environment / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    record(git_of(repo), baseline="paper-v1")
    assert repo.git("log", "-1", "--format=%an <%ae> %cn <%ce>", BRANCH) == (
        "envgit <envgit@localhost> envgit <envgit@localhost>"
    )
    assert repo.git("for-each-ref", "--format=%(taggername) %(taggeremail)", "refs/tags") == (
        "envgit <envgit@localhost>"
    )


def test_append_signs_nothing_and_needs_no_key(repo: Repo, git: Git) -> None:
    for setting in ("commit.gpgSign", "tag.gpgSign", "tag.forceSignAnnotated"):
        repo.git("config", setting, "true")
    repo.git("config", "gpg.program", "false")
    commit = record(git, baseline="paper-v1", light_tag="refs/tags/env/auto/x").commit
    assert "gpgsig" not in repo.git("cat-file", "commit", commit)
    assert "SIGNATURE" not in repo.git("cat-file", "tag", "env/paper-v1")


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_AUTHOR_NAME": "Somebody", "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z"},
        {"GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z"},
        {"GIT_INDEX_FILE": "/nonexistent/index"},
        {"GIT_OBJECT_DIRECTORY": "/nonexistent/objects"},
        {"GIT_NAMESPACE": "elsewhere"},
        {"GIT_QUARANTINE_PATH": "/nonexistent"},
    ],
    ids=" ".join,
)
def test_inherited_git_variables_do_not_leak_into_the_snapshot(repo: Repo, variables: dict[str, str]) -> None:
    git = open_with(repo, variables)
    commit = record(git).commit
    shown = repo.git("log", "-1", "--format=%an|%ad", "--date=format:%Y", commit)
    assert shown == f"Ada Lovelace|{time.strftime('%Y')}"
    assert repo.refs(BRANCH) == {BRANCH: commit}


def open_with(repo: Repo, variables: dict[str, str]) -> Git:
    from envgit.store.repository import open_repository

    return open_repository(str(repo.path), {**os.environ, **variables}).git


def test_git_describe_says_the_same_as_before(repo: Repo, git: Git) -> None:
    repo.git("tag", "-m", "release", "v1.0")
    repo.commit("More")
    before = [repo.git("describe", *options) for options in ((), ("--tags",), ("--all",), ("--always",))]
    record(git, code="HEAD", baseline="paper-v1", light_tag="refs/tags/env/auto/x")
    record(git, "2.0", code="HEAD", light_tag="refs/tags/env/auto/y")
    after = [repo.git("describe", *options) for options in ((), ("--tags",), ("--all",), ("--always",))]
    assert before == after


def test_snapshots_survive_garbage_collection(repo: Repo, git: Git) -> None:
    commits = [record(git, version).commit for version in ("1.0", "2.0", "3.0")]
    repo.git("gc", "--quiet", "--prune=now")
    for commit, version in zip(commits, ("1.0", "2.0", "3.0"), strict=True):
        observation = history.observation_of(git, commit)
        assert contents.read_snapshot(git, observation) == snapshot_with(version)
    record(git, "4.0")  # on packed refs


def test_branch_that_is_checked_out_shows_no_phantom_in_the_users_own_work_tree(repo: Repo, git: Git) -> None:
    record(git)
    repo.git("worktree", "add", "--quiet", "../look", "envgit/default")
    assert record(git, "2.0").note == ""
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize("folder", ["look", "look here"])
def test_work_tree_that_has_the_branch_checked_out_follows_and_shows_no_phantom(
    repo: Repo, git: Git, folder: str
) -> None:
    record(git)
    look = repo.path.with_name(folder)
    repo.git("worktree", "add", "--quiet", str(look), "envgit/default")
    commit = record(git, "2.0").commit
    assert repo.git("-C", str(look), "status", "--porcelain") == ""
    assert repo.git("-C", str(look), "rev-parse", "HEAD") == commit


def test_change_of_the_users_where_the_branch_is_checked_out_stays_and_is_told(repo: Repo, git: Git) -> None:
    record(git)
    look = repo.path.with_name("look")
    repo.git("worktree", "add", "--quiet", str(look), "envgit/default")
    (look / "environment.yml").write_text("mine\n")
    note = record(git, "2.0").note
    assert note.startswith(f"{look} has this branch checked out and could not follow it: ")
    assert (look / "environment.yml").read_text() == "mine\n"


def test_sha256_repository_works(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code", options=("--object-format=sha256",))
    git = git_of(repo)
    appended = record(git, code="HEAD", baseline="paper-v1", light_tag=None)
    assert len(appended.commit) == 64
    observation = history.linked(git, repo.head)
    assert observation is not None
    assert observation.commit == appended.commit
    assert contents.read_snapshot(git, observation) == snapshot_with("1.0")
    assert repo.git("rev-parse", "env/paper-v1^{commit}") == appended.commit


def test_tag_is_written_though_git_was_killed_after_the_branch_had_moved(
    repo: Repo, git: Git, tmp_path: Path
) -> None:
    """Git gives the refs of a transaction their new values one after the other."""
    record(git)
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    real = shutil.which("git")
    fake.write_text(
        "#!/bin/sh\n"
        f'case " $* " in *" update-ref "*) ;; *) exec {real} "$@" ;; esac\n'
        f'[ -e "{tmp_path}/killed" ] && exec {real} "$@"\n'
        f'touch "{tmp_path}/killed"\n'
        f"grep -v refs/tags/ | {real} update-ref --stdin >/dev/null\n"
        "kill -9 $$\n"
    )
    fake.chmod(0o755)
    git.environ["PATH"] = f"{fake.parent}:{os.environ['PATH']}"
    appended = record(git, "2.0", light_tag="refs/tags/env/auto/today")
    assert (tmp_path / "killed").exists()
    assert repo.refs("refs/tags/") == {"refs/tags/env/auto/today": appended.commit}
    assert len(repo.git("rev-list", BRANCH).split()) == 2
