"""A word of the user's is opened as what it means, and where it comes from is said."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml

from envgit.errors import AmbiguousRevision, BadFile
from envgit.operations.advice import ran_elsewhere
from envgit.operations.host import current_host
from envgit.operations.importing import import_file
from envgit.operations.log import log
from envgit.operations.revision import open_head, open_revision
from envgit.operations.snapshot import snapshot
from envgit.operations.tag import tag
from tests.builders import Repo
from tests.githooks.project import Project, make_project

if TYPE_CHECKING:
    from pathlib import Path

YML = "name: x\ndependencies:\n  - zlib=1.3.1\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path, hooks=False)
    project.repo.git("config", "envgit.autotag", "never")
    return project


@pytest.fixture
def clone(project: Project, tmp_path: Path) -> Project:
    """A clone of one recorded commit, bound to the same environment; nothing was recorded in it."""
    recorded = tag(project.workspace(), "paper-v1").observation.commit
    project.repo.git("clone", "--quiet", str(project.repo.path), str(tmp_path / "clone"))
    cloned = Project(repo=Repo(path=tmp_path / "clone"), prefix=project.prefix)
    cloned.repo.git("config", "envgit.default.prefix", str(project.prefix))
    assert cloned.repo.git("rev-parse", "origin/envgit/default") == recorded
    return cloned


@pytest.mark.parametrize("word", ["paper", "env/paper", "main", "refs/heads/main"])
def test_file_of_the_name_of_a_snapshot_is_ambiguous(
    project: Project, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    tag(project.workspace(), "paper")
    project.repo.write({word: YML})
    monkeypatch.chdir(project.repo.path)
    with pytest.raises(AmbiguousRevision) as caught:
        open_revision(project.workspace(), word)
    assert caught.value.message == f"{word!r} is a file here and a snapshot in this repository"
    assert caught.value.hint.startswith(f"write ./{word} for the file, ")


@pytest.mark.parametrize("start", ["./", "../code/", "/"])
def test_path_that_can_be_nothing_else_is_the_file(
    project: Project, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    tag(project.workspace(), "paper")
    project.repo.write({"env/paper": YML})
    monkeypatch.chdir(project.repo.path)
    before = (
        str(project.repo.path) + os.sep if start == "/" else start.replace("code", project.repo.path.name)
    )
    assert open_revision(project.workspace(), f"{before}env/paper").observation is None
    with pytest.raises(BadFile, match="no such file"):
        open_revision(project.workspace(), f"{before}env/gone")


def test_file_in_a_folder_that_means_nothing_else_is_opened(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot(project.workspace())
    project.repo.write({"envs/gpu.yml": YML})
    monkeypatch.chdir(project.repo.path)
    assert open_revision(project.workspace(), "envs/gpu.yml").label == "envs/gpu.yml"


def test_pipe_is_read_like_a_file_and_a_folder_is_none(project: Project) -> None:
    read, write = os.pipe()
    os.write(write, YML.encode())
    os.close(write)
    assert open_revision(project.workspace(), f"/dev/fd/{read}").observation is None
    os.close(read)
    with pytest.raises(BadFile, match=r": a folder$"):
        open_revision(project.workspace(), str(project.repo.path))


def test_stream_without_an_end_is_refused(project: Project) -> None:
    with pytest.raises(BadFile, match=r"^/dev/zero: larger than 32 MiB, which no environment file is$"):
        open_revision(project.workspace(), "/dev/zero")


def test_what_was_recorded_here_needs_no_note(project: Project) -> None:
    tag(project.workspace(), "paper-v1")
    assert open_head(project.workspace()).note == ""
    assert open_revision(project.workspace(), "paper-v1").note == ""


def test_what_a_remote_recorded_is_said_to_be_its(clone: Project) -> None:
    assert open_head(clone.workspace()).note == "the snapshot of HEAD is recorded by origin"
    snapshot(clone.workspace())
    assert open_head(clone.workspace()).note == ""


def test_ancestor_that_a_remote_recorded_is_said_to_be_both(clone: Project) -> None:
    recorded = clone.repo.head[:12]
    head = clone.repo.commit("Two", files={"train.py": "2\n"})[:12]
    assert open_head(clone.workspace()).note == (
        f"HEAD ({head}) has no snapshot; its nearest recorded ancestor is {recorded}; "
        f"the snapshot of {recorded} is recorded by origin"
    )


def test_advice_after_a_checkout_says_who_recorded_the_commit(clone: Project) -> None:
    head = clone.repo.head
    assert ran_elsewhere(clone.workspace(), head) is None
    clone.upgrade("2.0")
    found = ran_elsewhere(clone.workspace(), head)
    assert found is not None
    assert found.advice == (
        "this commit ran in another environment (six 2.0 → 1.0; recorded by origin); "
        "to bring it back: envgit checkout paper-v1"
    )


def test_no_name_that_a_shell_would_run_is_advised(project: Project) -> None:
    made = snapshot(project.workspace())
    project.repo.git("update-ref", "refs/tags/env/!;touch${IFS}pwned;", made.commit)
    project.repo.git("update-ref", "refs/tags/env/a\u2028b", made.commit)
    project.upgrade("2.0")
    found = ran_elsewhere(project.workspace(), project.repo.head)
    assert found is not None
    assert found.advice.endswith(f": envgit checkout {made.snapshot[:12]}")


def test_snapshots_of_environments_that_cannot_be_do_not_stop_the_log(project: Project) -> None:
    made = snapshot(project.workspace())
    tree, commit = f"{made.commit}^{{tree}}", made.commit
    for _ in range(2):
        words = f"unchanged\n\nSnapshot: {made.snapshot}\nEnvironment: ../../x\n"
        commit = project.repo.git("commit-tree", tree, "-p", commit, stdin=words)
    project.repo.git("update-ref", "refs/remotes/evil/envgit/x", commit)
    assert [entry.observation.commit for entry in log(project.workspace(), everything=True)] == [made.commit]


def lock_for(*platforms: str) -> str:
    """A lock of conda-lock: a package for each platform, its version the platform's place in the list."""
    url = "https://conda.anaconda.org/conda-forge"
    entries = [
        {
            "name": "zlib",
            "version": str(number),
            "manager": "conda",
            "platform": platform,
            "dependencies": {},
            "url": f"{url}/{platform}/zlib-{number}-h0_0.conda",
            "hash": {"md5": "b" * 32, "sha256": "a" * 64},
            "category": "main",
            "optional": False,
        }
        for number, platform in enumerate(platforms)
    ]
    metadata = {
        "content_hash": dict.fromkeys(platforms, "c" * 64),
        "channels": [{"url": "conda-forge", "used_env_vars": []}],
        "platforms": list(platforms),
        "sources": ["environment.yml"],
    }
    return yaml.safe_dump({"version": 1, "metadata": metadata, "package": entries})


def test_lock_for_several_platforms_is_opened_for_this_one(project: Project) -> None:
    here = current_host(project.workspace()).platform
    project.repo.write({"conda-lock.yml": lock_for("zos-z", here, "linux-riscv64")})
    path = str(project.repo.path / "conda-lock.yml")
    environment = open_revision(project.workspace(), path).snapshot.environment
    assert (environment.platform, [package.version for package in environment.conda]) == (here, ["1"])
    imported = import_file(project.workspace(), path, platform="zos-z").snapshot.environment
    assert (imported.platform, [package.version for package in imported.conda]) == ("zos-z", ["0"])


def test_lock_for_other_platforms_alone_is_refused_with_their_names(project: Project) -> None:
    project.repo.write({"conda-lock.yml": lock_for("zos-z", "linux-riscv64")})
    with pytest.raises(BadFile, match="zos-z"):
        open_revision(project.workspace(), str(project.repo.path / "conda-lock.yml"))
