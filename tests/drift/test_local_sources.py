"""Editable installs of this machine: where a folder lies is no difference."""

from __future__ import annotations

from envgit.drift import drift
from envgit.model import Distribution, Environment, Source


def test_a_clone_of_a_folder_of_this_machine_is_no_other_origin() -> None:
    commit = "1" * 40
    folder = Source(kind="directory", url="file:///src/lib", editable=True, vcs="git", commit=commit)
    clone = Source(
        kind="directory",
        url="file:///envs/new/src/lib",
        editable=True,
        vcs="git",
        commit=commit,
        repository="file:///src/lib",
    )
    one, other = (
        Environment(
            kind="venv",
            platform="linux-64",
            distributions=(
                Distribution(name="lib", version="1.0", owner="pypi", digest="a" * 64, source=source),
            ),
        )
        for source in (folder, clone)
    )
    assert not drift(one, other)
