"""Snapshots go along with a push where the user asked for it, and never hold one up."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from envgit.operations import share
from envgit.operations.workspace import open_workspace
from envgit.store.remote import find_remote
from tests.builders import Repo, make_repo
from tests.store.records import git_of, record

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

    from tests.githooks.project import Project


BRANCH = "refs/heads/envgit/default"


@pytest.fixture
def remote(project: Project, tmp_path: Path) -> Repo:
    """A bare remote which has the code already."""
    remote = make_repo(tmp_path / "remote.git", bare=True)
    project.repo.git("remote", "add", "origin", str(remote.path))
    project.repo.git("push", "--quiet", "origin", "main")
    project.repo.git("config", "envgit.push", "true")
    return remote


def push(project: Project, *arguments: str, where: str = "origin") -> CompletedProcess[str]:
    return project.repo.run("push", "--quiet", where, *(arguments or ("main",)))


def test_snapshots_and_tags_go_along_with_the_code(project: Project, remote: Repo) -> None:
    project.commit()
    ran = push(project)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert remote.refs() == project.repo.refs("refs/heads") | project.repo.refs("refs/tags")


def test_snapshots_stay_here_unless_asked_for(project: Project, remote: Repo) -> None:
    project.repo.git("config", "--unset", "envgit.push")
    project.commit()
    assert push(project).returncode == 0
    assert list(remote.refs()) == ["refs/heads/main"]


def test_other_branches_and_tags_of_the_users_are_not_pushed(project: Project, remote: Repo) -> None:
    project.repo.git("branch", "private")
    project.repo.git("tag", "v0-draft")
    project.commit()
    push(project)
    assert not {"refs/heads/private", "refs/tags/v0-draft"} & set(remote.refs())


def test_what_others_pushed_meanwhile_is_united_along_with_the_push(
    project: Project, remote: Repo, tmp_path: Path
) -> None:
    push(project)
    remote.git("clone", "--quiet", str(remote.path), str(tmp_path / "colleague"))
    colleague = Repo(path=tmp_path / "colleague")
    share.pull(open_workspace(colleague.path))
    theirs = record(git_of(colleague), "7.0").commit
    share.push(open_workspace(colleague.path))
    project.commit()
    ours = project.repo.refs()[BRANCH]
    ran = push(project)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert remote.git("rev-parse", f"{BRANCH}^1", f"{BRANCH}^2").split() == [ours, theirs]
    assert remote.refs()["refs/heads/main"] == project.repo.head


def test_branch_there_that_holds_no_snapshots_is_not_overwritten(project: Project, remote: Repo) -> None:
    push(project)
    theirs = project.repo.git("commit-tree", "HEAD^{tree}", "-m", "a colleague's")
    project.repo.git("push", "--quiet", "--force", "origin", f"{theirs}:{BRANCH}")
    project.commit()
    ran = push(project)
    assert ran.returncode == 0
    assert ran.stderr == (
        "envgit: envgit/default was not shared with origin: what origin has is left alone: "
        f"commit {theirs[:12]} is no snapshot of environment default\n"
    )
    assert remote.refs()[BRANCH] == theirs
    assert remote.refs()["refs/heads/main"] == project.repo.head


def test_ref_that_the_remote_refuses_costs_one_line_and_no_push(project: Project, remote: Repo) -> None:
    project.add_hook(
        "update",
        '#!/bin/sh\ncase "$1" in refs/heads/envgit/*) echo protected >&2; exit 1 ;; esac\n',
        folder=remote.path / "hooks",
    )
    project.commit()
    ran = push(project)
    assert ran.returncode == 0
    assert ran.stderr == (
        "envgit: envgit/default was not shared with origin: "
        "[remote rejected] (hook declined) (origin says: protected)\n"
    )
    assert remote.refs()["refs/heads/main"] == project.repo.head


def test_empty_remote_gets_the_code_first(project: Project, tmp_path: Path) -> None:
    """The first branch that a forge sees becomes its default."""
    remote = make_repo(tmp_path / "empty.git", bare=True)
    project.repo.git("config", "envgit.push", "true")
    project.repo.git("remote", "add", "origin", str(remote.path))
    ran = push(project)
    words = "envgit: origin has no branch yet: snapshots go with the next push, or: envgit push\n"
    assert (ran.returncode, ran.stderr) == (0, words)
    assert list(remote.refs()) == ["refs/heads/main"]
    project.commit()
    ran = push(project)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "refs/heads/envgit/default" in remote.refs()


def test_push_of_everything_to_an_empty_remote_leaves_nothing_to_say(
    project: Project, tmp_path: Path
) -> None:
    remote = make_repo(tmp_path / "empty.git", bare=True)
    project.repo.git("config", "envgit.push", "true")
    project.repo.git("remote", "add", "origin", str(remote.path))
    ran = push(project, "--mirror")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert BRANCH in remote.refs()


def test_remote_given_by_its_url_gets_snapshots_too(project: Project, remote: Repo) -> None:
    project.commit()
    ran = push(project, where=str(remote.path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "refs/heads/envgit/default" in remote.refs()


def test_remote_that_cannot_be_reached_fails_as_without_envgit(project: Project, remote: Repo) -> None:
    project.repo.git("config", "remote.origin.url", str(remote.path.with_name("gone.git")))
    ran = push(project)
    assert ran.returncode != 0
    assert "envgit" not in ran.stderr


def test_push_url_of_its_own_is_used(project: Project, remote: Repo, tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other.git", bare=True)
    project.repo.git("push", "--quiet", str(other.path), "main")
    project.repo.git("config", "remote.origin.pushUrl", str(other.path))
    project.commit()
    assert push(project).returncode == 0
    assert "refs/heads/envgit/default" in other.refs()
    assert "refs/heads/envgit/default" not in remote.refs()


def test_inner_push_starts_no_hook_again(project: Project, remote: Repo) -> None:
    starts = project.count_starts()
    project.commit()
    assert push(project).returncode == 0
    assert starts.events() == ["post-commit", "pre-push"]


@pytest.mark.parametrize("what", [("main", "envgit/default"), ("--all",), ("--tags",), ("--mirror",)])
def test_snapshots_that_the_user_pushes_are_left_to_that_push(
    project: Project, remote: Repo, what: tuple[str, ...]
) -> None:
    project.upgrade("2.0")
    project.commit()
    ran = push(project, *what)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert remote.refs("refs/heads/envgit") == project.repo.refs("refs/heads/envgit")
    assert remote.refs("refs/tags") == project.repo.refs("refs/tags")


def test_many_refused_refs_are_one_line(project: Project, remote: Repo) -> None:
    project.upgrade("2.0")
    project.commit()
    project.add_hook("pre-receive", "#!/bin/sh\n! grep -q envgit\n", folder=remote.path / "hooks")
    ran = push(project)
    assert ran.returncode == 0
    (line,) = ran.stderr.splitlines()
    assert line.endswith(
        " was not shared with origin: [remote rejected] (pre-receive hook declined) (and 2 more)"
    )


def test_deleting_a_remote_branch_works(project: Project, remote: Repo) -> None:
    push(project, "main:side")
    assert push(project, ":side").returncode == 0
    assert "refs/heads/side" not in remote.refs()


def test_credentials_in_a_url_are_not_shown(project: Project, remote: Repo) -> None:
    url = "http://ada:hunter2secret@localhost:9/code.git"
    hook = project.hooks / "pre-push"
    ran = project.repo.run("-c", f"alias.try=!{hook}", "try", url, url, stdin="")
    assert ran.returncode == 0
    assert "hunter2secret" not in ran.stderr


def over_ssh(project: Project, remote: Repo, script: str) -> None:
    """Reach the remote by a program in place of ssh; the last argument is what to run on the other side."""
    program = project.prefix.with_name("ssh")
    program.write_text(f"#!/bin/sh\nfor last; do :; done\n{script}\n")
    program.chmod(0o755)
    project.repo.git("config", "core.sshCommand", str(program))
    project.repo.git("config", "remote.origin.url", f"ssh://example.org{remote.path}")


def test_remote_that_hangs_costs_the_deadline_and_no_push(project: Project, remote: Repo) -> None:
    """What is started on the way ends too, though it pays no heed to the end of its pipes."""
    project.repo.git("config", "envgit.deadline", "1")
    first = project.prefix.with_name("first")
    # The push of the code is answered; whatever asks after it is not.
    over_ssh(project, remote, f'mkdir {first} 2>/dev/null || exec sleep 60\neval "$last"')
    project.commit()
    started = time.monotonic()
    ran = push(project)
    assert time.monotonic() - started < 20
    assert ran.returncode == 0
    (line,) = ran.stderr.splitlines()
    assert line.startswith("envgit: pre-push: took too long and was given up")
    assert remote.refs()["refs/heads/main"] == project.repo.head


def test_program_that_will_not_end_is_killed(project: Project, remote: Repo) -> None:
    project.repo.git("config", "envgit.deadline", "1")
    first = project.prefix.with_name("first")
    stubborn = "trap '' TERM HUP; sleep 30; sleep 30; exit"
    over_ssh(project, remote, f'mkdir {first} 2>/dev/null || {{ {stubborn}; }}\neval "$last"')
    project.commit()
    started = time.monotonic()
    ran = push(project)
    assert time.monotonic() - started < 15
    assert ran.returncode == 0
    assert "took too long and was given up" in ran.stderr
    assert remote.refs()["refs/heads/main"] == project.repo.head


def test_nothing_can_ask_for_a_password(project: Project, remote: Repo) -> None:
    """Not even with a terminal at hand: a push of the code must not stop for the snapshots."""
    found = project.prefix.with_name("terminals")
    ask = f"if ( : < /dev/tty ) 2>/dev/null; then echo yes; else echo no; fi >> {found}"
    over_ssh(project, remote, f'{ask}\neval "$last"')
    project.commit()
    master, slave = pty.openpty()
    code = (
        "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
        "os.execvp('git', ['git', 'push', '--quiet', 'origin', 'main'])"
    )
    with os.fdopen(master, "rb"), os.fdopen(slave, "rb"):
        command = [sys.executable, "-c", code]
        subprocess.run(command, cwd=project.repo.path, stdin=slave, check=True, timeout=60)
    first, *others = found.read_text().split()
    assert first == "yes"  # the user's own push may ask
    assert set(others) == {"no"}
    assert BRANCH in remote.refs()


def test_unattended_push_asks_no_helper_program(project: Project, remote: Repo) -> None:
    asked = project.prefix.with_name("asked")
    helper = project.prefix.with_name("askpass")
    helper.write_text(f"#!/bin/sh\ntouch {asked}\n")
    helper.chmod(0o755)
    end = find_remote(project.workspace(GIT_ASKPASS=str(helper), SSH_ASKPASS=str(helper)).git, "origin")[0]
    environ = end._environ()
    credential = "protocol=https\nhost=example.org\n\n"
    ran = subprocess.run(
        ["git", "credential", "fill"],
        input=credential,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "terminal prompts disabled" in ran.stderr
    assert not asked.exists()


def test_no_key_is_needed_to_push_along(project: Project, remote: Repo) -> None:
    """The user's own push may be signed, with a key that somebody has to unlock."""
    remote.git("config", "receive.certNonceSeed", "seed")
    project.repo.git("config", "push.gpgSign", "true")
    project.repo.git("config", "gpg.program", "false")
    project.commit()
    ran = project.repo.run("push", "--quiet", "--no-signed", "origin", "main")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert BRANCH in remote.refs()
