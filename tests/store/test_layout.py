"""The files of a snapshot have plain names and are bytes, whatever the packages claim to be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from envgit.formats.manifest import decode_manifest
from envgit.identity import snapshot_of
from envgit.model import CondaPackage, Distribution, Environment
from envgit.store.append import write_tree
from envgit.store.layout import MANIFEST, files_of, lock_name

if TYPE_CHECKING:
    from envgit.store.git import Git


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("linux-64", "conda-linux-64.lock"),
        ("linux/64", "conda-linux_64.lock"),
        ("../x", "conda-.._x.lock"),
        ("a\nb\tc", "conda-a_b_c.lock"),
        ("\udce9\u2028\0", "conda-___.lock"),
    ],
)
def test_lock_is_a_plain_file_whatever_the_platform(git: Git, platform: str, name: str) -> None:
    assert lock_name(platform) == name
    zlib = CondaPackage(name="zlib", version="1.3", build="0", subdir=platform, channel="conda-forge")
    snapshot = snapshot_of(Environment(kind="conda", platform=platform, conda=(zlib,)))
    tree = write_tree(git, files_of(snapshot, name="x"), os.path.join(git.environ["GIT_DIR"], "envgit"))
    assert name in git.line("ls-tree", "--name-only", tree).split("\n")


def test_text_that_is_no_unicode_is_still_written_and_kept_whole_in_the_manifest() -> None:
    distributions = (Distribution(name="six", version="1.0\udce9", owner="pypi"),)
    snapshot = snapshot_of(
        Environment(kind="venv", platform="linux-64", python="3.11.7", distributions=distributions)
    )
    files = files_of(snapshot, name="x")
    assert "\\udce9" in files["requirements.txt"].decode()
    assert decode_manifest(files[MANIFEST], where=MANIFEST) == snapshot
