"""`envgit push` and `envgit pull` as users run them, and what a colleague can do in a plain clone."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.builders import Repo, make_prefix, make_repo, run_cli
from tests.store.records import git_of, record, snapshot_with

if TYPE_CHECKING:
    from pathlib import Path

BRANCH = "refs/heads/envgit/default"


@pytest.fixture
def remote(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "remote.git", bare=True)


@pytest.fixture
def ada(tmp_path: Path, remote: Repo) -> Repo:
    ada = make_repo(tmp_path / "ada")
    ada.git("remote", "add", "origin", str(remote.path))
    ada.git("push", "--quiet", "-u", "origin", "main")
    record(git_of(ada), "1.0", code="HEAD", baseline="paper-v1")
    record(git_of(ada), "2.0", light_tag="refs/tags/env/auto/2026-01-01-01234567")
    return ada


def clone(remote: Repo, path: Path, *options: str) -> Repo:
    remote.git("clone", "--quiet", *options, f"file://{remote.path}", str(path))
    return Repo(path=path)


def test_push_and_pull_say_what_moved(ada: Repo, remote: Repo, tmp_path: Path) -> None:
    ben = clone(remote, tmp_path / "ben")
    record(git_of(ben), "3.0")
    assert run_cli("push", cwd=ada.path) == (
        0,
        "",
        "To origin: envgit/default, env/paper-v1, 1 automatic tag\n",
    )
    assert run_cli("push", cwd=ada.path) == (0, "", "Nothing new between here and origin\n")
    assert run_cli("push", "origin", cwd=ben.path) == (
        0,
        "",
        "From origin: envgit/default (united), env/paper-v1, 1 automatic tag\nTo origin: envgit/default\n",
    )
    assert run_cli("pull", cwd=ada.path) == (0, "", "From origin: envgit/default\n")


def test_json_says_what_became_of_each_ref(ada: Repo) -> None:
    ran = run_cli("push", "--json", cwd=ada.path)
    assert (ran.code, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == {
        "remote": "origin",
        "fetched": [],
        "pushed": [
            {"ref": ref, "outcome": "created", "note": ""}
            for ref in (BRANCH, "refs/tags/env/auto/2026-01-01-01234567", "refs/tags/env/paper-v1")
        ],
        "complete": True,
    }
    ran = run_cli("pull", "--json", cwd=ada.path)
    fetched = json.loads(ran.stdout)["fetched"]
    assert fetched == [{"ref": BRANCH, "outcome": "unchanged", "note": ""}]


def test_refused_ref_is_a_warning_and_exit_code_1_and_the_rest_goes(ada: Repo, remote: Repo) -> None:
    hook = remote.path / "hooks/update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/heads/envgit/*) echo "ask Grace" >&2; exit 1 ;; esac\n')
    hook.chmod(0o755)
    words = "[remote rejected] (hook declined) (origin says: ask Grace)"
    assert run_cli("push", cwd=ada.path) == (
        1,
        "",
        f"To origin: env/paper-v1, 1 automatic tag\nwarning: envgit/default: {words}\n",
    )
    ran = run_cli("push", "--json", cwd=ada.path)
    assert ran.code == 1
    told = json.loads(ran.stdout)
    assert told["complete"] is False
    assert told["pushed"] == [{"ref": BRANCH, "outcome": "refused", "note": words}]


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (("http://ada:hunter2secret@127.0.0.1:9/code.git",), 1, "unreachable"),
        (("nowhere",), 2, "usage"),
    ],
)
def test_errors_are_told_without_credentials(
    ada: Repo, arguments: tuple[str, ...], code: int, kind: str
) -> None:
    for verb in ("push", "pull"):
        ran = run_cli(verb, *arguments, "--json", cwd=ada.path, timeout=30)
        assert ran.code == code
        assert json.loads(ran.stdout)["error"]["kind"] == kind
        assert "hunter2" not in ran.stdout + ran.stderr


def test_empty_remote_is_a_conflict_that_says_what_goes_first(ada: Repo, tmp_path: Path) -> None:
    empty = make_repo(tmp_path / "empty.git", bare=True)
    ran = run_cli("push", empty.path, cwd=ada.path)
    assert ran.code == 11
    assert ran.stderr == (
        f"Error: {empty.path} has no branch yet; the first one it gets becomes its default\n"
        f"Hint: git push {empty.path} HEAD, then envgit push\n"
    )


@pytest.mark.parametrize("options", [(), ("--depth", "1"), ("--single-branch", "--no-tags")])
def test_colleague_looks_at_baselines_in_a_clone_that_never_saw_envgit(
    ada: Repo, remote: Repo, tmp_path: Path, options: tuple[str, ...]
) -> None:
    run_cli("push", cwd=ada.path)
    ben = clone(remote, tmp_path / "ben", *options)
    if options:
        ran = run_cli("show", "paper-v1", cwd=ben.path)
        assert ran.code == 10
        assert "Hint: git fetch origin" in ran.stderr
        assert run_cli("pull", cwd=ben.path).code == 0
    shown = run_cli("show", "paper-v1", "--json", cwd=ben.path)
    assert json.loads(shown.stdout)["snapshot"] == snapshot_with("1.0").id
    compared = run_cli(
        "diff", "paper-v1", "envgit/default" if options else "origin/envgit/default", cwd=ben.path
    )
    assert compared.code == 0
    assert "six" in compared.stdout
    ran = run_cli("checkout", "paper-v1", "--dry-run", "--json", cwd=ben.path)
    assert json.loads(ran.stdout)["snapshot"] == snapshot_with("1.0").id


@pytest.mark.parametrize("options", [(), ("--single-branch",)])
def test_init_on_a_second_device_continues_what_the_first_began(
    ada: Repo, remote: Repo, tmp_path: Path, options: tuple[str, ...]
) -> None:
    run_cli("push", cwd=ada.path)
    ben = clone(remote, tmp_path / "ben", *options)
    prefix = make_prefix(tmp_path / "env", conda={"zlib": "1.3"})
    ran = run_cli("init", "--prefix", prefix, cwd=ben.path)
    assert ran.code == 0, ran.stderr
    assert ben.git("rev-parse", f"{BRANCH}^") == ada.refs()[BRANCH]


def test_progress_of_git_is_shown_on_a_terminal_only(ada: Repo) -> None:
    assert "%" not in run_cli("push", cwd=ada.path).stderr
    record(git_of(ada), "3.0")
    master, slave = pty.openpty()
    with os.fdopen(slave, "wb"):
        command = [sys.executable, "-m", "envgit", "push"]
        env = {**os.environ, "TERM": "xterm"}
        ran = subprocess.run(command, cwd=ada.path, env=env, stderr=slave, check=False, timeout=60)
    shown = os.read(master, 1 << 16).decode()
    os.close(master)
    assert ran.returncode == 0
    assert "Sending" in shown or "Counting" in shown
    assert "To origin: envgit/default" in shown


def test_user_may_be_asked_for_a_password(ada: Repo) -> None:
    """On their own command they sit there: what asks for a password can be asked."""
    asked, helper = ada.path.with_name("asked"), ada.path.with_name("askpass")
    helper.write_text(f'#!/bin/sh\ntouch "{asked}"\necho nobody\n')
    helper.chmod(0o755)
    ssh = ada.path.with_name("ssh")
    ssh.write_text('#!/bin/sh\n[ -z "$SSH_ASKPASS_REQUIRE" ] && "$GIT_ASKPASS" || exit 1\nexit 255\n')
    ssh.chmod(0o755)
    env = {"GIT_ASKPASS": str(helper), "GIT_SSH_COMMAND": str(ssh)}
    assert run_cli("pull", "ssh://example.org/code.git", cwd=ada.path, env=env).code == 1
    assert asked.exists()
