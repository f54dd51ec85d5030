"""A signed baseline from the command line: made by `tag --sign`, checked by `verify`."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.builders import make_prefix, make_repo, run_cli

if TYPE_CHECKING:
    from pathlib import Path

    from tests.builders import Repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with Ada's key, and with a baseline `paper-v1` that she signed."""
    repo, key = make_repo(tmp_path / "repo"), tmp_path / "key"
    made = subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip(f"ssh-keygen makes no key here: {made.stderr.decode()}")
    (tmp_path / "signers").write_text(f"ada@example.org {key.with_suffix('.pub').read_text()}")
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingKey", str(key))
    repo.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "signers"))
    repo.git("config", "envgit.default.prefix", str(make_prefix(tmp_path / "env", pypi={"six": "1.16.0"})))
    ran = run_cli("tag", "paper-v1", "--sign", cwd=repo.path)
    assert ran.code == 0, ran.stderr
    return repo


def test_verify_says_that_the_signature_is_good(repo: Repo) -> None:
    ran = run_cli("verify", "paper-v1", cwd=repo.path)
    assert ran.code == 0
    assert "signature of env/paper-v1: good\n" in ran.stdout
    told = json.loads(run_cli("verify", "paper-v1", "--json", cwd=repo.path).stdout)
    assert told["signature"] == {"baseline": "paper-v1", "verdict": "good", "words": ""}


def test_verify_of_a_baseline_with_a_bad_signature_fails(repo: Repo) -> None:
    content = repo.git("cat-file", "tag", "env/paper-v1").replace("tagger Ada", "tagger Eve") + "\n"
    made = subprocess.run(
        ["git", "mktag"], cwd=repo.path, input=content.encode(), capture_output=True, check=True
    )
    repo.git("update-ref", "refs/tags/env/paper-v1", made.stdout.decode().strip())
    ran = run_cli("verify", "paper-v1", cwd=repo.path)
    assert ran.code == 1
    assert "signature of env/paper-v1: bad" in ran.stdout


def test_verify_by_a_key_that_is_not_known_says_so_and_compares(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "signers").write_text("")
    ran = run_cli("verify", "paper-v1", cwd=repo.path)
    assert ran.code == 0
    assert "signature of env/paper-v1: unknown" in ran.stdout


def test_verify_of_an_unsigned_baseline_says_nothing_of_signatures(repo: Repo) -> None:
    run_cli("tag", "plain", cwd=repo.path)
    ran = run_cli("verify", "plain", cwd=repo.path)
    assert ran.code == 0
    assert "signature" not in ran.stdout + ran.stderr
