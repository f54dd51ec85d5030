"""Rewritten commits inherit what their originals ran in: one start, no new sighting, nothing lost."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.builders import Repo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.githooks.project import Project


def branch_of(project: Project, count: int) -> list[str]:
    """A branch ``topic`` of recorded commits, each with its own environment, beside a newer main."""
    repo = project.repo
    repo.git("checkout", "--quiet", "-b", "topic")
    commits = []
    for number in range(count):
        project.upgrade(f"2.{number}")
        commits.append(project.recorded_commit(f"Topic {number}", files={f"topic{number}.py": ""}))
    repo.git("checkout", "--quiet", "main")
    project.recorded_commit("Main", files={"main.py": "main's\n"})
    repo.git("checkout", "--quiet", "topic")
    return commits


def snapshots(project: Project, commits: list[str]) -> list[str | None]:
    linked = (project.linked(commit) for commit in commits)
    return [observation.snapshot if observation else None for observation in linked]


def last(repo: Repo, count: int) -> list[str]:
    return repo.git("rev-list", "--reverse", f"-{count}", "HEAD").split()


def triggers(project: Project) -> list[str]:
    return [trigger for trigger, _ in project.sightings()]


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_rebase_links_every_commit_to_its_originals_snapshot(project: Project, backend: str) -> None:
    old = branch_of(project, 4)
    before = triggers(project)
    known = snapshots(project, old)
    project.repo.git("rebase", "--quiet", backend, "main")
    new = last(project.repo, 4)
    assert not set(new) & set(old)
    assert len(set(known)) == 4
    assert snapshots(project, new) == snapshots(project, old) == known
    assert triggers(project) == [*before, "post-rewrite"]


def test_rebase_of_100_commits_starts_envgit_once_and_links_them_all(project: Project) -> None:
    old = branch_of(project, 2)
    for number in range(98):
        old.append(project.repo.commit(f"More {number}", files={"more.py": f"{number}\n"}))
    before = triggers(project)
    known = snapshots(project, old)
    starts = project.count_starts()
    project.repo.git("rebase", "--quiet", "main")
    assert starts.events() == ["post-rewrite"]
    assert snapshots(project, last(project.repo, 100)) == known
    assert triggers(project) == [*before, "post-rewrite"]


def test_rebase_by_patches_starts_envgit_for_its_checkout_too(project: Project) -> None:
    """That comes before Git has written down that a rebase is going on."""
    branch_of(project, 3)
    starts = project.count_starts()
    project.repo.git("rebase", "--quiet", "--apply", "main")
    assert starts.events() == ["post-checkout", "post-rewrite"]


def test_rebase_is_one_commit_on_the_snapshot_branch_with_its_tree(project: Project) -> None:
    old = branch_of(project, 3)
    tip = project.repo.git("rev-parse", "envgit/default")
    project.repo.git("rebase", "--quiet", "main")
    new = last(project.repo, 3)
    assert project.repo.git("rev-parse", "envgit/default~1") == tip
    assert project.repo.git("rev-parse", "envgit/default^{tree}") == project.repo.git(
        "rev-parse", f"{tip}^{{tree}}"
    )
    newest = project.observations()[0]
    assert (newest.summary, newest.code_commit) == ("unchanged, 3 commits rewritten", None)
    pairs = project.repo.git("log", "-1", "--format=%(trailers:key=Rewritten,valueonly)", "envgit/default")
    assert pairs.split("\n")[:3] == [f"{a} {b}" for a, b in zip(old, new, strict=True)]


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_rebase_says_nothing(project: Project, backend: str) -> None:
    branch_of(project, 2)
    project.upgrade("9.0")
    assert project.repo.run("rebase", "--quiet", backend, "main").stderr == ""


def test_rebase_of_commits_from_before_envgit_writes_nothing(project: Project) -> None:
    repo = project.repo
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit("Unrecorded", files={"a.py": ""}, env={"ENVGIT": "0"})
    repo.git("checkout", "--quiet", "main")
    repo.commit("Main", files={"main.py": "main's\n"})
    before = repo.refs("refs/heads/envgit")
    repo.git("rebase", "--quiet", "main", "topic")
    assert repo.refs("refs/heads/envgit") == before


def test_rebase_twice_is_followed_to_the_first_originals(project: Project) -> None:
    known = snapshots(project, branch_of(project, 2))
    for round_ in range(2):
        project.repo.git("rebase", "--quiet", "main")
        project.repo.git("checkout", "--quiet", "main")
        project.repo.commit(f"Main {round_}", files={f"more{round_}.py": ""})
        project.repo.git("checkout", "--quiet", "topic")
    project.repo.git("rebase", "--quiet", "main")
    assert snapshots(project, last(project.repo, 2)) == known


def test_autosquash_links_many_to_one(project: Project) -> None:
    repo = project.repo
    base = repo.head
    for number, message in enumerate(("One", "Two", "fixup! One", "squash! Two", "fixup! One")):
        project.upgrade(f"2.{number}")
        project.recorded_commit(message, files={f"{number}.py": ""})
    old = last(repo, 5)
    known = snapshots(project, old)
    before = triggers(project)
    starts = project.count_starts()
    repo.git("-c", "sequence.editor=true", "rebase", "--quiet", "--interactive", "--autosquash", base)
    one, two = last(repo, 2)
    assert starts.events() == ["post-rewrite"]
    assert triggers(project) == [*before, "post-rewrite"]
    assert snapshots(project, [one])[0] in {known[0], known[2], known[4]}
    assert snapshots(project, [two])[0] in {known[1], known[3]}
    pairs = repo.git("log", "-1", "--format=%(trailers:key=Rewritten,valueonly)", "envgit/default").split(
        "\n"
    )
    assert {tuple(pair.split()) for pair in pairs if pair} == {
        (old[0], one), (old[2], one), (old[4], one), (old[1], two), (old[3], two)
    }  # fmt: skip


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_aborted_rebase_leaves_no_link(project: Project, backend: str) -> None:
    branch_of(project, 2)
    repo = project.repo
    repo.commit("Conflict", files={"main.py": "topic's\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit("Conflict too", files={"main.py": "main's\n"})
    repo.git("checkout", "--quiet", "topic")
    before, refs = triggers(project), repo.refs("refs/heads/envgit")
    assert repo.run("rebase", "--quiet", backend, "main").returncode != 0
    repo.git("rebase", "--abort")
    assert (triggers(project), repo.refs("refs/heads/envgit")) == (before, refs)


def test_rebase_continued_after_a_conflict_links_what_it_rewrote(project: Project) -> None:
    old = branch_of(project, 2)
    repo = project.repo
    repo.commit("Conflict", files={"main.py": "topic's\n"})
    known = snapshots(project, [*old, repo.head])
    repo.run("rebase", "--quiet", "main")
    repo.write({"main.py": "both\n"})
    repo.git("add", "main.py")
    repo.git("rebase", "--continue")
    new = last(repo, 3)
    assert snapshots(project, new)[:2] == known[:2]
    assert snapshots(project, new)[2] is not None


def test_commit_made_where_a_rebase_has_stopped_is_a_sighting(project: Project) -> None:
    """At an ``edit`` the user runs things and commits: that did run in the environment as it is now."""
    old = branch_of(project, 2)
    repo = project.repo
    repo.git("-c", "sequence.editor=sed -i -e 1s/pick/edit/", "rebase", "--quiet", "--interactive", "main")
    project.upgrade("9.0")
    repo.commit("Split off", files={"split.py": ""})
    split = repo.head
    repo.git("rebase", "--continue")
    observation = project.linked(split)
    assert observation is not None
    assert observation.summary == "six 2.1 → 9.0"
    assert snapshots(project, last(repo, 1)) == snapshots(project, old[1:])


@pytest.mark.parametrize("todo", ["break", "exec false"])
def test_commits_made_at_a_break_or_a_failed_exec_are_sightings(project: Project, todo: str) -> None:
    branch_of(project, 2)
    repo = project.repo
    editor = f"sequence.editor=sed -i -e '1a {todo}'"
    repo.run("-c", editor, "rebase", "--quiet", "--interactive", "main")
    project.upgrade("9.0")
    own = repo.commit("Fix", files={"fix.py": ""})
    amended = repo.commit("Fixed", "--amend", files={"fix.py": "1\n"})
    repo.run("rebase", "--edit-todo", env={"GIT_SEQUENCE_EDITOR": "sed -i -e 's/^exec false/exec true/'"})
    repo.git("rebase", "--continue")
    for commit in (own, amended):
        observation = project.linked(commit)
        assert observation is not None
        assert observation.trigger == "post-commit"
    assert None not in snapshots(project, last(repo, 3))


def test_commit_made_by_an_exec_is_a_sighting(project: Project) -> None:
    old = branch_of(project, 1)
    repo = project.repo
    repo.git("rebase", "--quiet", "--exec", "git commit --quiet --allow-empty --message Own", "main")
    assert [code for _, code in project.sightings()][-2] == repo.head
    assert snapshots(project, last(repo, 2)[:1]) == snapshots(project, old)


def test_rebase_with_exec_records_only_what_it_commits_itself(project: Project) -> None:
    branch_of(project, 2)
    before = triggers(project)
    project.repo.git("rebase", "--quiet", "--exec", "true", "main")
    assert triggers(project) == [*before, "post-rewrite"]


def test_rebase_in_a_linked_work_tree_starts_envgit_once(project: Project, tmp_path: Path) -> None:
    known = snapshots(project, branch_of(project, 3))
    project.repo.git("checkout", "--quiet", "main")
    linked = Repo(path=tmp_path / "linked")
    project.repo.git("worktree", "add", "--quiet", str(linked.path), "topic")
    starts = project.count_starts()
    linked.git("rebase", "--quiet", "main")
    assert starts.events() == ["post-rewrite"]
    assert snapshots(project, last(linked, 3)) == known


def test_rebase_in_a_submodule_starts_envgit_once(project: Project, tmp_path: Path) -> None:
    """Its ``.git`` is a file: where a rebase stands is told by GIT_DIR alone."""
    outer = Repo(path=tmp_path / "outer")
    outer.path.mkdir()
    outer.git("init", "--quiet")
    branch_of(project, 3)
    outer.git("submodule", "--quiet", "add", "-b", "topic", str(project.repo.path), "part")
    part = Repo(path=outer.path / "part")
    part.git("branch", "main", "origin/main")
    starts = project.count_starts()
    for hook in project.hooks.iterdir():
        if "envgit" in hook.read_text():
            hook.rename(part.git_dir / "hooks" / hook.name)
    part.git("config", "envgit.default.prefix", str(project.prefix))
    part.git("rebase", "--quiet", "main")
    assert starts.events() == ["post-rewrite"]
    log = part.git("log", "-1", "--format=%s", "envgit/default")
    assert log == "unchanged, 3 commits rewritten"


def test_amend_starts_nothing_more_than_a_commit_and_its_rewrite(project: Project) -> None:
    project.commit()
    starts = project.count_starts()
    project.commit("--amend", "-m", "Amended")
    assert starts.events() == ["post-commit", "post-rewrite"]
    assert triggers(project) == ["post-commit", "post-commit"]


def test_commits_that_another_tool_rewrote_are_linked(project: Project) -> None:
    """git-revise and its like commit without hooks and then call post-rewrite as ``amend``."""
    project.commit()
    old = project.repo.head
    new = project.repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD~1", "-m", "Revised")
    hook = project.hooks / "post-rewrite"
    project.repo.git(
        "-c",
        f"alias.rewritten=!{shlex.quote(str(hook))} amend",
        "rewritten",
        stdin=f"{old} {new}\n{'a' * 40} {'b' * 40}\n{old} {old}\n",
    )
    assert snapshots(project, [new]) == snapshots(project, [old])
    assert triggers(project) == ["post-commit", "post-rewrite"]


def test_extra_words_in_the_input_of_post_rewrite_are_passed_over(project: Project) -> None:
    project.commit()
    old = project.repo.head
    new = project.repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD~1", "-m", "Revised")
    hook = shlex.quote(str(project.hooks / "post-rewrite"))
    ran = project.repo.run(
        "-c", f"alias.rewritten=!{hook} rebase", "rewritten", stdin=f"\n{old} {new} more words\nalone\n\n"
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert snapshots(project, [new]) == snapshots(project, [old])
