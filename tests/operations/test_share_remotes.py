"""Which remote is shared with, what it has to begin with, and how a second device goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

import envgit
from envgit.errors import Conflict, NoStore, UsageError
from envgit.operations.share import Shared, join, pull, push
from envgit.store.remote import Unreachable
from envgit.store.resolve import resolve
from tests.builders import make_repo
from tests.operations.team import BRANCH, TRACKED, Team, at, outcomes, versions
from tests.store.records import git_of, record, snapshot_with

TOP = Path(__file__).resolve().parents[2]


# --- which remote ---


def test_empty_remote_gets_the_code_first(tmp_path: Path) -> None:
    ada = make_repo(tmp_path / "ada")
    remote = make_repo(tmp_path / "remote.git", bare=True)
    ada.git("remote", "add", "origin", str(remote.path))
    record(git_of(ada))
    with pytest.raises(Conflict, match="origin has no branch yet") as caught:
        push(at(ada))
    assert caught.value.hint == "git push origin HEAD, then envgit push"
    assert remote.refs() == {}
    assert pull(at(ada)) == Shared(remote="origin")
    ada.git("push", "--quiet", "origin", "HEAD")
    assert outcomes(push(at(ada)).pushed) == {"envgit/default": "created"}


def test_nothing_recorded_is_nothing_to_push(team: Team) -> None:
    with pytest.raises(NoStore):
        push(at(team.clone("ada")))


@pytest.mark.parametrize("form", ["{}", "file://{}", "../remote.git"])
def test_remote_without_a_name_needs_none(team: Team, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada), "1.0", baseline="paper-v1")
    record(git_of(ben), "2.0")
    push(at(ada))
    address = form.format(team.remote.path)
    monkeypatch.chdir(ben.path)
    assert outcomes(pull(at(ben), address).fetched) == {"envgit/default": "united", "env/paper-v1": "created"}
    assert outcomes(push(at(ben), address).pushed) == {"envgit/default": "forwarded"}
    assert TRACKED not in ben.refs()
    assert ben.git("log", "-1", "--format=%s", BRANCH) == "unite 1 snapshot of another repository"
    assert team.remote.refs()[BRANCH] == ben.refs()[BRANCH]


def test_default_is_the_branchs_own_remote_then_origin_then_the_only_one(team: Team) -> None:
    ada = team.clone("ada", "--origin", "home")
    record(git_of(ada))
    assert pull(at(ada)).remote == "home"
    ada.git("remote", "add", "origin", str(team.remote.path))
    assert pull(at(ada)).remote == "home"
    ada.git("config", "remote.pushDefault", "origin")
    assert push(at(ada)).remote == "origin"
    assert pull(at(ada)).remote == "home"
    ada.git("switch", "--quiet", "--detach")
    assert pull(at(ada)).remote == "origin"
    ada.git("remote", "rename", "origin", "other")
    with pytest.raises(UsageError, match="which remote"):
        pull(at(ada))
    with pytest.raises(UsageError, match="no remote called 'orign'"):
        pull(at(ada), "orign")
    with pytest.raises(UsageError):
        pull(at(ada), "--upload-pack=x")


def test_repository_without_a_remote_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no remote") as caught:
        pull(at(make_repo(tmp_path / "alone")))
    assert caught.value.hint == "git remote add origin <URL>"


def test_every_push_address_of_a_remote_gets_the_snapshots(team: Team, tmp_path: Path) -> None:
    ada = team.clone("ada")
    other = make_repo(tmp_path / "other.git", bare=True)
    ada.git("push", "--quiet", str(other.path), "main")
    for url in (team.remote.path, other.path):
        ada.git("remote", "set-url", "--add", "--push", "origin", str(url))
    record(git_of(ada))
    push(at(ada))
    assert team.remote.refs()[BRANCH] == other.refs()[BRANCH] == ada.refs()[BRANCH]


def test_unreachable_remote_fails_at_once_without_its_credentials(team: Team) -> None:
    ada = team.clone("ada")
    record(git_of(ada))
    before = ada.refs()
    for url in ("http://ada:hunter2secret@127.0.0.1:9/code.git", str(team.folder / "gone.git")):
        for share in (pull, push):
            with pytest.raises(Unreachable) as caught:
                share(at(ada), url)
            assert "hunter2" not in caught.value.message
    assert ada.refs() == before


# --- clones that lack something ---


@pytest.mark.parametrize(
    "options",
    [
        ("--depth", "1"),
        ("--depth", "1", "--no-single-branch"),
        ("--single-branch",),
        ("--single-branch", "--no-tags"),
    ],
)
def test_pull_brings_a_partial_clone_all_snapshots(team: Team, options: tuple[str, ...]) -> None:
    ada = team.clone("ada")
    ada.commit("Second commit")
    ada.git("push", "--quiet", "origin", "main")
    for version in ("1.0", "2.0", "3.0"):
        record(git_of(ada), version)
    record(git_of(ada), "4.0", baseline="paper-v1")
    push(at(ada))
    ben = team.clone("ben", *options)
    pull(at(ben))
    assert versions(ben) == ["4.0", "3.0", "2.0", "1.0"]
    assert resolve(git_of(ben), "paper-v1").snapshot == snapshot_with("4.0").id
    assert ben.git("rev-list", "--count", "main") == ("1" if "--depth" in options else "2")  # as it was
    record(git_of(ben), "5.0")
    assert outcomes(push(at(ben)).pushed) == {"envgit/default": "forwarded"}


def test_sharing_is_part_of_the_python_interface(team: Team) -> None:
    ada = team.clone("ada")
    record(git_of(ada))
    assert outcomes(envgit.push(path=ada.path).pushed) == {"envgit/default": "created"}
    assert outcomes(envgit.pull("origin", path=ada.path).fetched) == {"envgit/default": "unchanged"}


def test_repository_of_sha256_objects_is_shared(tmp_path: Path) -> None:
    option = ("--object-format=sha256",)
    remote = make_repo(tmp_path / "remote.git", bare=True, options=option)
    ada = make_repo(tmp_path / "ada", options=option)
    ada.git("remote", "add", "origin", str(remote.path))
    ada.git("push", "--quiet", "origin", "main")
    record(git_of(ada), baseline="paper-v1")
    assert outcomes(push(at(ada)).pushed) == {"envgit/default": "created", "env/paper-v1": "created"}


# --- a second device ---


def test_second_device_continues_what_was_fetched(team: Team) -> None:
    ada = team.clone("ada")
    first = record(git_of(ada)).commit
    push(at(ada))
    ben = team.clone("ben")
    ben.git("remote", "set-url", "origin", str(team.folder / "gone.git"))  # no network is needed
    join(at(ben), "default")
    second = record(git_of(ben), "2.0").commit
    assert ben.git("rev-parse", f"{second}^") == first


def test_second_device_asks_the_remote_for_what_was_never_fetched(team: Team) -> None:
    ben = team.clone("ben")
    ada = team.clone("ada")
    first = record(git_of(ada)).commit
    record(git_of(ada), environment="gpu")
    push(at(ada))
    join(at(ben), "default")
    assert ben.refs("refs/heads/envgit") == {BRANCH: first}


def test_second_device_begins_anew_where_no_remote_answers(team: Team) -> None:
    ben = team.clone("ben")
    ben.git("remote", "set-url", "origin", str(team.folder / "gone.git"))
    join(at(ben), "default")
    assert ben.refs("refs/heads/envgit") == {}


def test_what_is_here_is_not_replaced_by_what_a_remote_has(team: Team) -> None:
    ada, ben = team.clone("ada"), team.clone("ben")
    record(git_of(ada))
    push(at(ada))
    ours = record(git_of(ben), "2.0").commit
    join(at(ben), "default")
    assert ben.refs()[BRANCH] == ours
