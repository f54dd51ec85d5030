"""Every way to make a commit is recorded once, in the commit's own name, and leaves the index alone."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from envgit.githooks.init import init
from envgit.operations.snapshot import snapshot
from envgit.operations.workspace import open_workspace
from tests.builders import Repo, make_prefix, make_repo
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path


def test_commit_is_recorded_silently_when_nothing_changed(project: Project) -> None:
    assert project.commit() == ""
    assert project.sightings() == [("post-commit", project.repo.head)]
    linked = project.linked()
    assert linked is not None
    assert linked.code_tree == project.repo.git("rev-parse", "HEAD^{tree}")


def test_commit_after_a_change_says_it_in_one_line(project: Project) -> None:
    project.upgrade("2.0")
    said = project.commit()
    linked = project.linked()
    assert linked is not None
    assert said == f"envgit: six 1.0 → 2.0 (snapshot {linked.snapshot[:12]})\n"
    assert project.commit() == ""


def test_first_commit_of_a_repository_is_recorded(tmp_path: Path) -> None:
    project = make_project(tmp_path, commit=False)
    project.repo.commit("First")
    assert project.sightings() == [("post-commit", project.repo.head)]


@pytest.mark.parametrize(
    "options", [("-n",), ("--no-verify", "--no-status"), ("--allow-empty-message", "-m", "")]
)
def test_commit_without_verification_is_recorded(project: Project, options: tuple[str, ...]) -> None:
    project.commit(*options)
    assert project.sightings() == [("post-commit", project.repo.head)]


def test_commit_on_a_detached_head_is_recorded(project: Project) -> None:
    project.repo.git("checkout", "--quiet", "--detach")
    project.commit()
    assert project.sightings() == [("post-commit", project.repo.head)]


def test_amended_commit_is_linked_and_the_one_it_replaced_stays_linked(project: Project) -> None:
    project.commit()
    old = project.repo.head
    before = project.linked()
    project.upgrade("2.0")
    project.commit("--amend", "-m", "Amended")
    assert project.sightings() == [("post-commit", old), ("post-commit", project.repo.head)]
    assert project.linked(old) == before
    assert project.linked() != before


def test_amend_without_a_change_of_the_code_has_its_own_link(project: Project) -> None:
    project.commit()
    project.commit("--amend", "--date", "2001-01-01T00:00:00Z")
    assert project.sightings()[-1] == ("post-commit", project.repo.head)
    assert len(project.sightings()) == 2


@pytest.mark.parametrize(
    "command",
    [
        ("commit", "-a"),
        ("commit", "a.py"),
        ("commit", "--include", "b.py"),
        ("commit",),
        ("commit", "--only", "--amend", "b.py"),
    ],
    ids=" ".join,
)
def test_index_is_that_of_a_control_without_hooks(
    tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``commit -a`` and partial commits hand hooks an index of their own in GIT_INDEX_FILE."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", "2024-01-01T00:00:00Z")
    states = []
    for name, hooks in (("with", True), ("without", False)):
        project = make_project(tmp_path / name, hooks=False, commit=False)
        repo = project.repo
        repo.write({"a.py": "1\n", "b.py": "1\n", "c.py": "1\n"})
        repo.commit("First")
        if hooks:
            init(project.workspace(), prefix=str(project.prefix))
        repo.write({"a.py": "2\n", "b.py": "2\n", "c.py": "2\n", "d.py": "new\n"})
        repo.git("add", "c.py")
        project.upgrade("2.0")
        repo.git(*command, "--quiet", "-m", "Part")
        states.append((repo.head, repo.git("ls-files", "--stage"), repo.git("status", "--porcelain")))
        if hooks:
            assert project.sightings() == [("post-commit", repo.head)]
        assert not (repo.git_dir / "index.lock").exists()
    assert states[0] == states[1]


def test_index_file_is_not_written_by_a_hook(project: Project) -> None:
    index = project.repo.git_dir / "index"
    project.add_hook("post-commit.before-envgit", '#!/bin/sh\ncp "$GIT_INDEX_FILE" ../index-at-commit\n')
    project.upgrade("2.0")
    project.repo.commit("Change", files={"new.py": ""})
    assert index.read_bytes() == (project.prefix.parent / "index-at-commit").read_bytes()


def test_author_and_date_of_the_code_are_not_the_snapshots(project: Project) -> None:
    env = {"GIT_COMMITTER_NAME": "Somebody", "GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z"}
    project.commit("--author", "Else <else@example.org>", "--date", "2002-02-02T00:00:00Z", env=env)
    shown = project.repo.git("log", "-1", "--format=%an %cn %ad %cd", "--date=format:%Y", "envgit/default")
    assert "Somebody" not in shown
    assert "Else" not in shown
    assert "2001" not in shown
    assert "2002" not in shown


def test_identity_given_on_the_command_line_alone_is_enough(
    project: Project, sealed_environment: Path
) -> None:
    (sealed_environment / ".gitconfig").write_text("[user]\nuseConfigOnly = true\n")
    said = project.repo.run(
        "-c", "user.name=Ada", "-c", "user.email=a@b", "commit", "--allow-empty", "-qm", "x"
    )
    assert (said.returncode, said.stderr) == (0, "")
    env = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    assert project.commit(env=env) == ""
    assert len(project.sightings()) == 2


def test_signing_without_a_key_does_not_reach_the_snapshot(project: Project) -> None:
    for setting in ("commit.gpgSign", "tag.gpgSign"):
        project.repo.git("config", setting, "true")
    project.repo.git("config", "gpg.program", "false")
    project.upgrade("2.0")
    assert "six 1.0 → 2.0" in project.commit("--no-gpg-sign")


def diverge(project: Project) -> Repo:
    """A branch ``side`` and ``main``, one commit each, recorded; main is checked out."""
    repo = project.repo
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("Side", files={"side.py": "side's\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit("Main", files={"main.py": ""})
    return repo


def test_true_merge_is_recorded_once(project: Project) -> None:
    repo = diverge(project)
    repo.git("merge", "--quiet", "--no-edit", "side")
    assert project.sightings()[2:] == [("post-merge", repo.head)]


def test_merge_after_a_conflict_is_recorded_once(project: Project) -> None:
    repo = diverge(project)
    repo.commit("Conflict", files={"side.py": "main's\n"})
    repo.run("merge", "side")
    repo.write({"side.py": "both\n"})
    repo.git("commit", "--all", "--quiet", "--no-edit")
    assert project.sightings()[3:] == [("post-commit", repo.head)]


@pytest.mark.parametrize("options", [(), ("-m", "Not used"), ("--ff-only",)])
def test_fast_forward_makes_no_record(project: Project, options: tuple[str, ...]) -> None:
    repo = project.repo
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("Side")
    repo.git("checkout", "--quiet", "main")
    before = project.sightings()
    repo.git("merge", "--quiet", *options, "side")
    assert project.sightings() == before


def test_pull_that_fast_forwards_makes_no_record(project: Project, tmp_path: Path) -> None:
    project.repo.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Repo(path=tmp_path / "clone")
    clone.commit("Theirs")
    project.repo.git("pull", "--quiet", str(clone.path), "main")
    assert project.repo.head == clone.head
    assert project.sightings() == []


def test_pull_that_merges_is_recorded_once(project: Project, tmp_path: Path) -> None:
    project.repo.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Repo(path=tmp_path / "clone")
    clone.commit("Theirs", files={"theirs.py": ""})
    project.repo.commit("Ours", files={"ours.py": ""})
    project.repo.git("pull", "--quiet", "--no-rebase", "--no-edit", str(clone.path), "main")
    assert project.sightings()[1:] == [("post-merge", project.repo.head)]


def test_squash_merge_is_recorded_at_its_commit(project: Project) -> None:
    repo = diverge(project)
    repo.git("merge", "--quiet", "--squash", "side")
    assert len(project.sightings()) == 2
    repo.git("commit", "--quiet", "-m", "Squashed")
    assert project.sightings()[2:] == [("post-commit", repo.head)]


def test_cherry_picks_are_recorded_once_each(project: Project) -> None:
    repo = diverge(project)
    repo.git("checkout", "--quiet", "side")
    repo.commit("Side 2", files={"side2.py": ""})
    repo.git("checkout", "--quiet", "main")
    before = len(project.sightings())
    repo.git("cherry-pick", "side~1", "side")
    first, second = repo.git("rev-list", "--reverse", "-2", "HEAD").split()
    assert project.sightings()[before:] == [("post-commit", first), ("post-commit", second)]


def test_revert_is_recorded_once(project: Project) -> None:
    project.commit()
    project.repo.commit("Mistake", files={"a.py": ""})
    project.repo.git("revert", "--no-edit", "HEAD")
    assert project.sightings()[2:] == [("post-commit", project.repo.head)]


def test_applied_mail_is_recorded_for_each_commit(project: Project) -> None:
    repo = diverge(project)
    repo.git("checkout", "--quiet", "side")
    repo.commit("Side 2", files={"side2.py": ""})
    patches = repo.git("format-patch", "--stdout", "main..side")
    repo.git("checkout", "--quiet", "main")
    before = len(project.sightings())
    repo.git("am", "--quiet", stdin=patches + "\n")
    first, second = repo.git("rev-list", "--reverse", "-2", "HEAD").split()
    assert project.sightings()[before:] == [("post-applypatch", first), ("post-applypatch", second)]


@pytest.mark.parametrize(
    "command",
    [
        ("stash",),
        ("reset", "--hard", "HEAD~1"),
        ("reset", "HEAD~1"),
        ("checkout", "--", "train.py"),
        ("restore", "train.py"),
        ("checkout", "HEAD~1", "--", "train.py"),
        ("commit", "--dry-run", "-a"),
        ("commit-tree", "HEAD^{tree}", "-m", "x"),
        ("branch", "other"),
        ("tag", "-m", "release", "v1"),
        ("gc", "--quiet"),
        ("fetch", "--quiet", "."),
    ],
    ids=" ".join,
)
def test_what_makes_no_commit_of_the_users_records_and_says_nothing(
    project: Project, command: tuple[str, ...]
) -> None:
    repo = project.repo
    repo.commit("Second", files={"train.py": "2\n"})
    repo.write({"train.py": "3\n"})
    project.upgrade("2.0")
    before = repo.refs("refs/heads/envgit")
    assert "envgit" not in repo.run(*command).stderr
    assert repo.refs("refs/heads/envgit") == before


def test_commit_in_a_linked_work_tree_is_recorded_in_the_common_repository(
    project: Project, tmp_path: Path
) -> None:
    linked = Repo(path=tmp_path / "linked")
    project.repo.git("worktree", "add", "--quiet", "-b", "side", str(linked.path))
    linked.commit("In the linked work tree", files={"a.py": ""})
    assert project.sightings() == [("post-commit", linked.head)]
    assert project.repo.git("status", "--porcelain") == linked.git("status", "--porcelain") == ""


def test_linked_work_tree_records_its_own_environment(tmp_path: Path) -> None:
    repo, linked = make_repo(tmp_path / "code"), Repo(path=tmp_path / "linked")
    repo.write({".gitignore": ".env\n"})
    repo.commit("Ignore")
    main = make_prefix(repo.path / ".env", conda={"zlib": "1.3"})
    init(open_workspace(repo.path), prefix=str(main))
    project = Project(repo=repo, prefix=main)
    repo.git("worktree", "add", "--quiet", str(linked.path))
    make_prefix(linked.path / ".env", conda={"zlib": "1.2"})
    linked.commit("There")
    repo.commit("Here")
    there, here = project.linked(linked.head), project.linked()
    assert there is not None
    assert here is not None
    assert there.snapshot != here.snapshot
    assert there.summary == "zlib 1.3 → 1.2"
    assert here.summary == "zlib 1.2 → 1.3"


def test_commit_in_a_submodule_leaves_the_superproject_alone(tmp_path: Path) -> None:
    outer = make_project(tmp_path / "outer")
    make_repo(tmp_path / "part")
    outer.repo.git("submodule", "--quiet", "add", str(tmp_path / "part"), "part")
    outer.repo.commit("Add the part")
    before = outer.repo.refs()
    part = Repo(path=outer.repo.path / "part")
    init(open_workspace(part.path), prefix=str(outer.prefix))
    inner = Project(repo=part, prefix=outer.prefix)
    inner.repo.commit("In the part", files={"a.py": ""})
    assert inner.sightings() == [("post-commit", part.head)]
    assert outer.repo.refs() == before
    assert not (outer.repo.path / "part/.git/envgit").exists()


def test_commit_with_a_git_folder_elsewhere_is_recorded_there(project: Project, tmp_path: Path) -> None:
    """As dotfiles are kept: the work tree has no ``.git``, and lies in another repository."""
    dotfiles = Repo(path=project.repo.path / "dotfiles")
    dotfiles.path.mkdir()
    there = (f"--git-dir={tmp_path / 'dotfiles.git'}", f"--work-tree={dotfiles.path}")
    dotfiles.git(*there, "init", "--quiet")
    for event in ("post-commit",):
        hook = (project.hooks / event).read_text()
        project.add_hook(event, hook, folder=tmp_path / "dotfiles.git/hooks")
    dotfiles.git(*there, "config", "envgit.default.prefix", str(project.prefix))
    dotfiles.git(*there, "commit", "--quiet", "--allow-empty", "-m", "Elsewhere")
    assert project.sightings() == []
    linked = dotfiles.git(
        *there, "log", "-1", "--format=%(trailers:key=Code-Commit,valueonly)", "envgit/default"
    )
    assert linked.strip() == dotfiles.git(*there, "rev-parse", "HEAD")


def test_file_called_head_confuses_nothing(project: Project) -> None:
    project.repo.commit("Odd", files={"HEAD": "", "envgit/default": "", "--": "", "refs": ""})
    assert project.sightings() == [("post-commit", project.repo.head)]


def test_sha256_repository_is_recorded(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code", options=("--object-format=sha256",))
    project = Project(repo=repo, prefix=make_prefix(tmp_path / "env"))
    init(project.workspace(), prefix=str(project.prefix))
    assert project.commit() == ""
    assert project.sightings() == [("post-commit", repo.head)]


def test_parallel_commits_in_work_trees_are_all_recorded(project: Project, tmp_path: Path) -> None:
    trees = [Repo(path=tmp_path / f"tree{number}") for number in range(4)]
    for tree in trees:
        project.repo.git("worktree", "add", "--quiet", str(tree.path))
    script = 'for n in 1 2 3; do git commit --quiet --allow-empty -m "$PWD $n" || exit; done'
    running = [
        subprocess.Popen(["sh", "-c", script], cwd=tree.path, stderr=subprocess.PIPE) for tree in trees
    ]
    assert [(one.communicate()[1], one.returncode) for one in running] == [(b"", 0)] * 4
    commits = {commit for tree in trees for commit in tree.git("rev-list", "-3", "HEAD").split()}
    assert {commit for _, commit in project.sightings()} == commits
    assert len(commits) == len(project.sightings()) == 12


# --- what may look unchanged ---


@pytest.mark.parametrize(
    ("file", "text", "summary"),
    [
        ("METADATA", "Metadata-Version: 2.1\nName: seven\nVersion: 7.0\n", "+seven 7.0, −six"),
        ("INSTALLER", "conda\n", None),
        ("RECORD", "six.py,sha256=x,1\n", "six rebuilt"),
    ],
)
def test_metadata_that_was_edited_in_place_is_read_again(
    project: Project, file: str, text: str, summary: str | None
) -> None:
    project.commit()
    (metadata,) = project.prefix.glob(f"lib/python*/site-packages/six-*.dist-info/{file}")
    metadata.write_text(text)
    said = project.commit()
    trees = project.repo.git("log", "-2", "--format=%T", "envgit/default").split()
    assert trees[0] != trees[1]
    if summary:
        assert summary in said


def test_link_to_the_active_prefix_that_was_turned_is_followed(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_prefix(tmp_path / "other", conda={"zlib": "1.3"}, pypi={"six": "9.0"})
    project.repo.git("config", "envgit.other.prefix", str(other))
    link = tmp_path / "current"
    monkeypatch.setenv("CONDA_PREFIX", str(link))
    for prefix, environment in ((project.prefix, "default"), (other, "other"), (project.prefix, "default")):
        link.unlink(missing_ok=True)
        link.symlink_to(prefix)
        for _ in range(2):
            project.commit()
            observation = project.linked(project.repo.head)
            assert observation is not None
            assert observation.environment == environment


@pytest.mark.parametrize("deadline", ["abc", "nan", "inf", "-1", "0", "1e999"])
def test_what_is_kept_for_unchanged_commits_may_be_damaged(project: Project, deadline: str) -> None:
    project.commit()
    file = project.repo.git_dir / "envgit/unchanged"
    fields = file.read_text().split("\0")
    file.write_text("\0".join([*fields[:2], deadline, *fields[3:]]))
    assert project.commit() == ""
    assert project.sightings()[-1] == ("post-commit", project.repo.head)


def test_fifo_in_place_of_what_is_kept_is_no_trouble(project: Project) -> None:
    project.commit()
    file = project.repo.git_dir / "envgit/unchanged"
    file.unlink()
    os.mkfifo(file)
    assert project.commit() == ""
    assert project.sightings()[-1] == ("post-commit", project.repo.head)


def test_lost_object_of_an_unchanged_environment_is_written_again(project: Project) -> None:
    project.commit()
    blob = project.repo.git("rev-parse", "envgit/default:snapshot.json")
    (project.repo.git_dir / "objects" / blob[:2] / blob[2:]).unlink()
    snapshot(project.workspace())
    assert project.repo.git("cat-file", "-t", blob) == "blob"


def test_words_that_cannot_be_said_record_nothing_twice(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The active environment is not the bound one, which is a remark at every commit."""
    monkeypatch.setenv("CONDA_PREFIX", str(make_prefix(tmp_path / "other")))
    project.repo.git("commit", "--quiet", "--allow-empty", "--message", "x", env={"ENVGIT": "0"})
    before = project.repo.git("rev-list", "--count", "envgit/default")
    command = ["sh", "-c", f"{project.hooks}/post-commit 2>&-"]
    subprocess.run(command, cwd=project.repo.path, check=True)
    assert int(project.repo.git("rev-list", "--count", "envgit/default")) == int(before) + 1
