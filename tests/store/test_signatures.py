"""A signature on a baseline is checked, and what Git says of it is told as good, bad or unknown."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from envgit.store.append import tag_object
from envgit.store.baselines import create_baseline
from envgit.store.git import GitFailed
from envgit.store.signatures import signature_of
from tests.store.records import git_of, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envgit.store.git import Git
    from tests.builders import Repo


@pytest.fixture
def by_ssh(repo: Repo, tmp_path: Path) -> Path:
    """The file of allowed signers, which Ada is in."""
    key, signers = tmp_path / "key", tmp_path / "signers"
    made = subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip(f"ssh-keygen makes no key here: {made.stderr.decode()}")
    signers.write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingKey", str(key))
    repo.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    return signers


@pytest.fixture
def by_gpg(
    repo: Repo, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    home = tmp_path_factory.mktemp("gpg")  # short: an agent listens there
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    generate = ("gpg", "--batch", "--passphrase", "", "--quick-gen-key", "Ada <ada@example.org>", "ed25519")
    try:
        made = subprocess.run(generate, check=False, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no gpg here")
    if made.returncode:
        pytest.skip(f"gpg makes no key here: {made.stderr.decode()}")
    repo.git("config", "user.signingKey", "ada@example.org")
    yield
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False, capture_output=True)


def signed(git: Git, name: str = "paper-v1") -> str:
    return create_baseline(git, name, record(git).commit, message="The paper", sign=True)


def tampered(git: Git, ref: str) -> None:
    """Let the signed tag name another snapshot than the one that was signed."""
    other = record(git, "6.6.6").commit
    before = git.run("cat-file", "tag", ref)
    content = before.replace(before.split()[1], other.encode(), 1)
    git.run("update-ref", ref, git.line("mktag", stdin=content))


@pytest.mark.usefixtures("by_ssh")
def test_baseline_signed_by_a_known_ssh_key_is_good(git: Git) -> None:
    signed(git)
    for rev in ("paper-v1", "env/paper-v1"):
        found = signature_of(git, rev)
        assert found is not None
        assert (found.baseline, found.verdict, found.words) == ("paper-v1", "good", "")


@pytest.mark.usefixtures("by_gpg")
def test_baseline_signed_by_a_known_gpg_key_is_good(repo: Repo) -> None:
    git = git_of(repo)  # with GNUPGHOME
    signed(git)
    found = signature_of(git, "paper-v1")
    assert found is not None
    assert (found.verdict, found.words) == ("good", "")


@pytest.mark.usefixtures("by_ssh")
def test_baseline_that_names_another_snapshot_than_was_signed_is_bad_by_ssh(git: Git) -> None:
    tampered(git, signed(git))
    found = signature_of(git, "paper-v1")
    assert found is not None
    assert found.verdict == "bad"
    assert "incorrect signature" in found.words


@pytest.mark.usefixtures("by_gpg")
def test_baseline_that_names_another_snapshot_than_was_signed_is_bad_by_gpg(repo: Repo) -> None:
    git = git_of(repo)
    tampered(git, signed(git))
    found = signature_of(git, "paper-v1")
    assert found is not None
    assert found.verdict == "bad"
    assert found.words


@pytest.mark.usefixtures("by_ssh")
def test_signed_tag_under_another_name_is_bad(git: Git) -> None:
    ref = signed(git)
    git.run("update-ref", "refs/tags/env/paper-v2", ref)
    found = signature_of(git, "paper-v2")
    assert found is not None
    assert (found.verdict, found.words) == ("bad", "it was made for env/paper-v1")


@pytest.mark.parametrize("signers", ["", None], ids=["nobody", "no file"])
def test_signature_by_a_key_that_is_not_known_here_is_unknown(
    repo: Repo, git: Git, by_ssh: Path, signers: str | None
) -> None:
    signed(git)
    if signers is None:
        repo.git("config", "--unset", "gpg.ssh.allowedSignersFile")
    else:
        by_ssh.write_text(signers)
    found = signature_of(git, "paper-v1")
    assert found is not None
    assert found.verdict == "unknown"
    assert ("No principal matched" in found.words) or ("allowedSignersFile" in found.words)


@pytest.mark.usefixtures("by_gpg")
def test_signature_by_a_gpg_key_that_is_not_known_here_is_unknown(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(git_of(repo))
    (tmp_path / "empty").mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "empty"))
    found = signature_of(git_of(repo), "paper-v1")
    assert found is not None
    assert (found.verdict, found.words) == ("unknown", "its key is not known here")


def test_what_is_not_signed_has_nothing_said_of_it(git: Git) -> None:
    commit = record(git, baseline="paper-v1").commit
    git.run("tag", "env/light", commit)
    for rev in ("paper-v1", "light", "none", "HEAD", commit, "env/../x"):
        assert signature_of(git, rev) is None


@pytest.mark.parametrize("setting", ["tag.gpgSign", "commit.gpgSign", "tag.forceSignAnnotated"])
def test_locked_key_is_asked_for_by_nothing_but_a_signed_baseline(
    repo: Repo, git: Git, tmp_path: Path, setting: str
) -> None:
    asked = tmp_path / "asked"
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\ntouch {asked}\nexit 2\n")
    program.chmod(0o755)
    repo.git("config", setting, "true")
    repo.git("config", "gpg.program", str(program))
    commit = record(git, light_tag="refs/tags/env/auto/2026-01-01-abcdef01", baseline="a").commit
    create_baseline(git, "b", commit, message="Unsigned")
    tag_object(git, "refs/tags/env/c", commit, message="Unsigned")
    assert not asked.exists()
    with pytest.raises(GitFailed, match="failed to sign"):
        create_baseline(git, "d", commit, message="Signed", sign=True)
    assert asked.exists()
