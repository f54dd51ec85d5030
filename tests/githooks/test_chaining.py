"""Hooks that were there first run first, as if envgit were not there."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from envgit.githooks.init import init
from tests.githooks.project import LATER, Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

#: Notes its arguments, its input and what of Git's environment it got.
WITNESS = f"""#!{sys.executable} -I
import json, os, sys
with open(os.path.join("..", "witness.jsonl"), "a") as file:
    event = os.path.basename(sys.argv[0]).split(".")[0]
    noted = [event, sys.argv[1:], sys.stdin.read(), os.getcwd(), os.environ.get("GIT_INDEX_FILE")]
    print(json.dumps(noted), file=file)
print("words of the hook", file=sys.stderr)
"""
EVENTS = (
    "pre-commit",
    "post-commit",
    "post-merge",
    "post-applypatch",
    "post-rewrite",
    "post-checkout",
    "pre-push",
)


def witnessed(folder: Path) -> list[list[object]]:
    log = folder / "witness.jsonl"
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def story(project: Project) -> None:
    """Something of everything that runs hooks."""
    repo = project.repo
    repo.git("init", "--quiet", "--bare", "../remote.git")
    repo.git("remote", "add", "origin", "../remote.git")
    for branch in ("side", "topic"):
        repo.git("checkout", "--quiet", "-b", branch, "main")
        for number in (1, 2):
            repo.commit(f"{branch} {number}", files={f"{branch}{number}.py": branch})
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    repo.git("rebase", "--quiet", "main", "topic")
    repo.git("commit", "--quiet", "--amend", "-m", "Amended")
    patch = repo.git("format-patch", "--stdout", "HEAD~1")
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.git("am", "--quiet", stdin=patch + "\n")
    repo.git("push", "--quiet", "origin", "main", "topic")


def test_foreign_hooks_see_what_they_would_see_without_envgit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments, whole input, folder and environment of every hook, through a story of all seven."""
    for who in ("AUTHOR", "COMMITTER"):  # two repositories of equal commits
        monkeypatch.setenv(f"GIT_{who}_DATE", "2024-01-01T00:00:00Z")
    foreign = dict.fromkeys(EVENTS, WITNESS)
    stories = {}
    for name, hooks in (("with", True), ("without", False)):
        project = make_project(tmp_path / name, hooks=hooks, foreign=foreign)
        if hooks:
            (tmp_path / name / "witness.jsonl").unlink(missing_ok=True)
        story(project)
        noted = json.dumps(witnessed(tmp_path / name)).replace(str(tmp_path / name), "TMP")
        stories[name] = [json.loads(noted), project.repo.refs("refs/heads/topic")]
    assert {event for event, *_ in stories["without"][0]} == set(EVENTS)
    assert stories["with"] == stories["without"]


def test_both_hooks_of_post_rewrite_get_the_whole_input(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-rewrite": WITNESS})
    repo = project.repo
    base = repo.head
    for number in range(5):
        repo.commit(f"Change {number}", files={f"{number}.py": ""})
    repo.git("rebase", "--quiet", "--force-rebase", base, env=LATER)
    ((_, arguments, stdin, *_),) = witnessed(tmp_path)
    assert arguments == ["rebase"]
    assert len(str(stdin).splitlines()) == 5
    assert str(stdin).endswith("\n")
    assert all(project.linked(f"HEAD~{number}") for number in range(5))


def test_words_of_a_foreign_hook_come_first_and_ours_after(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-commit": WITNESS})
    project.upgrade("2.0")
    first, second = project.commit().splitlines()
    assert first == "words of the hook"
    assert second.startswith("envgit: six 1.0 → 2.0 (snapshot ")


@pytest.mark.parametrize("status", [1, 12, 127])
def test_failing_pre_commit_of_the_users_still_refuses(tmp_path: Path, status: int) -> None:
    project = make_project(tmp_path, foreign={"pre-commit": f"#!/bin/sh\necho no >&2\nexit {status}\n"})
    before = project.repo.refs()
    ran = project.repo.run("commit", "--allow-empty", "-m", "Refused")
    assert (ran.returncode, ran.stderr) == (1, "no\n")
    assert project.repo.refs() == before


def test_failing_pre_push_of_the_users_still_refuses(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"pre-push": "#!/bin/sh\nexit 3\n"})
    project.repo.git("config", "envgit.push", "true")
    project.repo.git("init", "--quiet", "--bare", "../remote.git")
    ran = project.repo.run("push", "../remote.git", "main", "envgit/default")
    assert ran.returncode == 1
    assert project.repo.git("ls-remote", "../remote.git") == ""


def test_status_of_a_failing_post_checkout_is_passed_on(tmp_path: Path) -> None:
    """Git makes it the status of the checkout."""
    project = make_project(tmp_path, foreign={"post-checkout": "#!/bin/sh\nexit 5\n"})
    assert project.repo.run("checkout", "-b", "side").returncode == 1
    assert project.repo.git("symbolic-ref", "HEAD") == "refs/heads/side"


def test_failing_post_commit_of_the_users_costs_no_record(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-commit": "#!/bin/sh\nexit 1\n"})
    project.commit()
    assert len(project.sightings()) == 1


def test_hook_that_is_not_executable_stays_silent(tmp_path: Path) -> None:
    project = make_project(tmp_path, hooks=False)
    (project.hooks / "post-commit").write_text("#!/bin/sh\necho should not run >&2\n")
    (project.hooks / "post-commit").chmod(0o644)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    assert project.commit() == ""
    assert len(project.sightings()) == 1


def test_hook_that_does_not_read_its_input_is_no_trouble(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-rewrite": "#!/bin/sh\nexec <&-\nexit 0\n"})
    repo = project.repo
    base = repo.head
    for number in range(3):
        repo.commit(f"Change {number}", files={f"{number}.py": ""})
    ran = repo.run("rebase", "--force-rebase", "--quiet", base, env=LATER)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert project.linked() is not None


#: As the pre-commit framework, which is put in front of what was there and runs that first, by its full path.
FRAMEWORK = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
echo framework >> ../log
if [ -x "$here/post-commit.legacy" ]; then "$here/post-commit.legacy" "$@" || exit; fi
"""


def install_framework(project: Project) -> None:
    (project.hooks / "post-commit").rename(project.hooks / "post-commit.legacy")
    project.add_hook("post-commit", FRAMEWORK)


def test_framework_that_wraps_us_still_runs_us(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-commit": "#!/bin/sh\necho first >> ../log\n"})
    install_framework(project)
    project.commit()
    assert (tmp_path / "log").read_text() == "framework\nfirst\n"
    assert len(project.sightings()) == 1


def test_framework_that_we_wrapped_is_run_once(tmp_path: Path) -> None:
    project = make_project(tmp_path, foreign={"post-commit": FRAMEWORK})
    project.commit()
    assert (tmp_path / "log").read_text() == "framework\n"
    assert len(project.sightings()) == 1


def test_init_behind_a_framework_makes_no_loop_and_no_second_record(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    install_framework(project)
    init(project.workspace(), prefix=str(project.prefix), hook_files=True)
    project.commit()
    assert (tmp_path / "log").read_text() == "framework\n"
    assert len(project.sightings()) == 1


def test_framework_that_wraps_us_while_we_wrap_it_makes_no_loop_and_no_second_record(tmp_path: Path) -> None:
    """Somebody's script copied our hook to where the framework looks."""
    project = make_project(tmp_path, foreign={"post-commit": FRAMEWORK})
    hook = project.hooks / "post-commit"
    legacy = project.add_hook("post-commit.legacy", hook.read_text())
    assert legacy.read_text() == hook.read_text()
    project.commit()
    assert (tmp_path / "log").read_text() == "framework\n"
    assert len(project.sightings()) == 1


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_framework_that_keeps_the_input_of_post_rewrite_to_itself_costs_no_link(
    tmp_path: Path, backend: str
) -> None:
    project = make_project(tmp_path)
    (project.hooks / "post-rewrite").rename(project.hooks / "post-rewrite.legacy")
    project.add_hook("post-rewrite", '#!/bin/sh\n"$0.legacy" "$@" </dev/null\n')
    project.recorded_commit("One", files={"one.py": ""})
    before = project.linked()
    project.repo.git("rebase", "--quiet", "--force-rebase", backend, "HEAD~1", env=LATER)
    assert [trigger for trigger, _ in project.sightings()] == ["post-commit", "post-rewrite"]
    assert project.linked() == before


def test_commit_in_another_repository_by_a_foreign_hook_is_recorded_there(tmp_path: Path) -> None:
    other = make_project(tmp_path / "other")
    script = f"#!/bin/sh\nunset $(git rev-parse --local-env-vars)\ncd {other.repo.path}\n"
    script += "git commit --quiet --allow-empty -m 'Deployed'\n"
    project = make_project(tmp_path / "one", foreign={"post-commit": script})
    project.commit()
    assert len(project.sightings()) == len(other.sightings()) == 1


def test_foreign_hook_that_commits_itself_is_run_for_that_commit_too(tmp_path: Path) -> None:
    """As without envgit: it goes on until there are four commits."""
    script = (
        "#!/bin/sh\necho ran >> ../ran\n"
        "[ $(git rev-list --count HEAD) -ge 4 ] || git commit --quiet --allow-empty --message more\n"
    )
    project = make_project(tmp_path, foreign={"post-commit": script})
    project.commit()
    assert project.repo.git("rev-list", "--count", "HEAD") == "4"
    ran = (project.repo.path.parent / "ran").read_text().split()
    assert len(ran) == 3  # the first commit was there before
    assert project.repo.head in {code for _, code in project.sightings()}
