"""What the doctor finds in the store."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from envgit.store.names import branch_ref
from tests.builders import Repo, make_repo
from tests.doctor.visits import follow, found, mended, said, the_only
from tests.store.records import git_of, record, snapshot_with, tree_with

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.store.git import Git

BRANCH = branch_ref("default")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with two snapshots, seen three times, and a baseline."""
    repo = make_repo(tmp_path / "code")
    git = git_of(repo)
    for version in ("1.0", "1.0", "2.0"):
        record(git, version, code="HEAD", baseline="paper-v1" if version == "2.0" else None)
    return repo


@pytest.fixture
def git(repo: Repo) -> Git:
    return git_of(repo)


@pytest.fixture
def remote(repo: Repo, tmp_path: Path) -> Repo:
    """A remote that has everything."""
    remote = make_repo(tmp_path / "remote", bare=True)
    repo.git("remote", "add", "origin", str(remote.path))
    repo.git("push", "--quiet", "origin", "HEAD", "refs/heads/envgit/*:refs/heads/envgit/*", "--tags")
    return remote


def lose(repo: Repo, rev: str) -> str:
    """Delete a loose object; its name."""
    name = repo.git("rev-parse", rev)
    (repo.git_dir / "objects" / name[:2] / name[2:]).unlink()
    return name


def spoil(repo: Repo, rev: str) -> None:
    """Overwrite a loose object with what is none."""
    name = repo.git("rev-parse", rev)
    file = repo.git_dir / "objects" / name[:2] / name[2:]
    file.chmod(0o644)
    file.write_bytes(b"spoilt")


def commit_tree(repo: Repo, tree: str, message: str, *options: str) -> str:
    return repo.git("commit-tree", tree, *options, "-m", message)


# --- snapshots ---


def test_sound_store_is_counted_and_no_finding(repo: Repo) -> None:
    assert found(repo, "store") == []
    assert said(repo, "store") == "3 sightings of 2 snapshots on 1 branch, 1 tag"


def test_sha256_repository_is_looked_at_all_the_same(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "code", options=("--object-format=sha256",))
    record(git_of(repo), code="HEAD", baseline="paper-v1")
    assert found(repo, "store") == []
    lose(repo, f"{BRANCH}:requirements.txt")
    assert "cannot be found" in the_only(repo, "store").message


def test_repository_without_snapshots_is_a_warning(tmp_path: Path) -> None:
    finding = the_only(make_repo(tmp_path / "code"), "store")
    assert (finding.severity, finding.message) == ("warning", "no snapshot was recorded yet")
    assert finding.command == "envgit init"


def test_bare_repository_is_looked_at(repo: Repo, remote: Repo) -> None:
    assert found(remote, "store") == []
    assert said(remote, "store").startswith("3 sightings")


def test_clone_that_knows_only_a_remotes_snapshots_is_no_finding(
    repo: Repo, remote: Repo, tmp_path: Path
) -> None:
    repo.git("clone", "--quiet", "--no-tags", str(remote.path), str(tmp_path / "clone"))
    clone = Repo(path=tmp_path / "clone")
    assert found(clone, "store") == []
    assert said(clone, "store") == "nothing was recorded here yet; a remote's snapshots are known"


def test_id_that_is_not_the_one_of_what_is_held_is_broken(repo: Repo, git: Git) -> None:
    claimed = snapshot_with("3.0").id
    lying = commit_tree(repo, tree_with(git, "4.0"), f"x\n\nSnapshot: {claimed}", "-p", BRANCH)
    repo.git("update-ref", BRANCH, lying)
    finding = the_only(repo, "store")
    assert finding.severity == "broken"
    assert finding.message == (
        f"snapshot commit {lying[:12]} is spoilt: "
        f"it holds snapshot {snapshot_with('4.0').id[:12]} and says {claimed[:12]}"
    )
    follow(repo, finding)


def test_tree_without_a_manifest_is_broken(repo: Repo) -> None:
    code = commit_tree(repo, "HEAD^{tree}", f"x\n\nSnapshot: {'a' * 64}", "-p", BRANCH)
    repo.git("update-ref", BRANCH, code)
    assert "snapshot.json: cannot be read" in the_only(repo, "store").message


def test_tree_without_its_other_files_is_broken(repo: Repo) -> None:
    manifest = repo.git("rev-parse", f"{BRANCH}:snapshot.json")
    tree = repo.git("mktree", stdin=f"100644 blob {manifest}\tsnapshot.json\n")
    bare = commit_tree(repo, tree, f"x\n\nSnapshot: {snapshot_with('2.0').id}", "-p", BRANCH)
    repo.git("update-ref", BRANCH, bare)
    assert [finding.message for finding in found(repo, "store")] == [
        f"the tree {tree[:12]} of a snapshot has no environment.yml",
        f"the tree {tree[:12]} of a snapshot has no observation.json",
    ]


def test_snapshot_of_a_newer_envgit_is_a_warning(repo: Repo) -> None:
    manifest = repo.git("show", f"{BRANCH}:snapshot.json")
    newer = repo.git("hash-object", "-w", "--stdin", stdin=manifest.replace('"format": 1', '"format": 99'))
    tree = repo.git("mktree", stdin=f"100644 blob {newer}\tsnapshot.json\n")
    commit = commit_tree(repo, tree, f"x\n\nSnapshot: {'a' * 64}", "-p", BRANCH)
    repo.git("update-ref", BRANCH, commit)
    assert the_only(repo, "store").severity == "warning"


def test_commit_of_the_users_on_the_branch_is_a_warning(repo: Repo) -> None:
    stranger = commit_tree(repo, f"{BRANCH}^{{tree}}", "Mine", "-p", BRANCH)
    repo.git("update-ref", BRANCH, stranger)
    finding = the_only(repo, "store")
    assert (finding.severity, finding.message) == (
        "warning",
        "1 commit on envgit/default not made by envgit, to be passed over",
    )
    follow(repo, finding)


def test_commit_that_says_why_nothing_was_observed_is_no_finding(repo: Repo) -> None:
    unobserved = commit_tree(repo, f"{BRANCH}^{{tree}}", "x\n\nUnobserved: took too long", "-p", BRANCH)
    repo.git("update-ref", BRANCH, unobserved)
    assert found(repo, "store") == []


@pytest.mark.parametrize("file", ["snapshot.json", "requirements.txt", "environment.yml"])
def test_file_that_is_missing_is_broken(repo: Repo, file: str) -> None:
    name = lose(repo, f"{BRANCH}~1:{file}")
    missing = next(f for f in found(repo, "store") if f.message.endswith(name))
    assert (missing.severity, missing.command) == ("broken", "git fsck --full --no-dangling")


@pytest.mark.parametrize("file", ["snapshot.json", "requirements.txt", "environment.yml"])
def test_file_of_the_newest_snapshot_that_is_missing_is_written_again_from_the_environment(
    repo: Repo, file: str
) -> None:
    lost = {lose(repo, f"{BRANCH}:{file}"): "envgit snapshot"}
    lost[lose(repo, f"{BRANCH}~2:requirements.txt")] = "git fsck --full --no-dangling"
    told = {f.command: f.message for f in found(repo, "store") if "cannot be found" in f.message}
    for name, command in lost.items():
        assert told[command].startswith(f"1 object of snapshots cannot be found: {name}")
    assert told["envgit snapshot"].endswith("(the command mends it if the environment is still the same)")


def test_manifest_that_is_spoilt_is_broken(repo: Repo) -> None:
    spoil(repo, f"{BRANCH}:snapshot.json")
    findings = found(repo, "store")
    assert {finding.severity for finding in findings} == {"broken"}
    assert any("snapshot.json: cannot be read" in finding.message for finding in findings)


@pytest.mark.parametrize(
    "lost", [f"{BRANCH}:requirements.txt", f"{BRANCH}^{{tree}}", f"{BRANCH}~1", f"{BRANCH}^{{commit}}"]
)
def test_object_that_is_missing_is_fetched_again_from_the_remote(repo: Repo, remote: Repo, lost: str) -> None:
    lose(repo, lost)
    findings = found(repo, "store")
    assert {finding.severity for finding in findings} == {"broken"}
    assert {finding.command for finding in findings} == {"git fetch --refetch origin"}
    assert mended(repo, findings[0])
    assert found(repo, "store") == []


def test_partial_clone_is_checked_without_fetching_what_it_left_out(
    repo: Repo, remote: Repo, tmp_path: Path
) -> None:
    remote.git("config", "uploadpack.allowFilter", "true")
    url = f"file://{remote.path}"
    repo.git("clone", "--quiet", "--filter=blob:none", "--bare", url, str(tmp_path / "clone"))
    clone = Repo(path=tmp_path / "clone")
    before = sorted((clone.path / "objects").rglob("*"))
    messages = [finding.message for finding in found(clone, "store")]
    assert "a partial clone: what the snapshots hold was not checked" in messages
    assert sorted((clone.path / "objects").rglob("*")) == before


def test_history_that_breaks_off_is_broken(repo: Repo) -> None:
    lose(repo, f"{BRANCH}~1")
    finding = the_only(repo, "store")
    assert finding.severity == "broken"
    assert finding.message.startswith(f"{BRANCH} cannot be read down to its first snapshot: ")


# --- baselines ---


@pytest.mark.parametrize(
    "options", [("HEAD",), ("HEAD", "-m", "Released"), ("HEAD:README.md",), ("HEAD^{tree}",)]
)
def test_tag_of_the_users_that_is_called_as_a_baseline_is_a_note_and_left_alone(
    repo: Repo, options: tuple[str, ...]
) -> None:
    repo.commit("Read me", files={"README.md": "x\n"}, env={"ENVGIT": "0"})
    repo.git("tag", "env/prod", *options)
    finding = the_only(repo, "store")
    assert (finding.severity, finding.command) == ("note", "")
    assert finding.message == "tag env/prod names no snapshot: envgit passes it over"


@pytest.mark.parametrize("name", ["$(touch run)", "a;touch run", "a'b"])
def test_name_of_a_tag_is_never_run_by_the_shell(repo: Repo, name: str) -> None:
    lone = commit_tree(repo, f"{BRANCH}^{{tree}}", "x")
    if repo.run("update-ref", f"refs/tags/env/{name}", lone).returncode:
        name = name.replace(" ", "${IFS}")
        repo.git("update-ref", f"refs/tags/env/{name}", lone)
    lose(repo, lone)
    assert mended(repo, the_only(repo, "store"))
    assert not (repo.path / "run").exists()


def test_baseline_whose_commit_is_gone_is_broken_until_it_is_deleted(repo: Repo) -> None:
    lone = commit_tree(repo, f"{BRANCH}^{{tree}}", "x")
    repo.git("tag", "env/lone", lone, "-m", "Lone")
    lose(repo, lone)
    finding = the_only(repo, "store")
    assert finding.message == "refs/tags/env/lone leads to a commit that is not there"
    assert mended(repo, finding)


def test_baseline_on_no_branch_is_checked_as_the_others(repo: Repo, git: Git) -> None:
    lying = commit_tree(repo, tree_with(git, "4.0"), f"x\n\nSnapshot: {'a' * 64}")
    repo.git("tag", "env/fetched", lying)
    assert f"snapshot commit {lying[:12]} is spoilt" in the_only(repo, "store").message


# --- refs ---


LOCKS = [f"{BRANCH}.lock", "refs/tags/env/auto/v1.0.lock"]


@pytest.mark.parametrize("lock", LOCKS)
def test_young_lock_on_a_ref_of_ours_is_a_warning_until_it_is_removed(repo: Repo, lock: str) -> None:
    file = repo.git_dir / lock
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (time.time() - 60,) * 2)
    finding = the_only(repo, "store")
    assert (finding.severity, finding.command) == ("warning", f"rm {file}")
    assert finding.message.startswith(
        f"{lock.removesuffix('.lock')} is locked since 60 s; unless a Git is at it"
    )
    assert mended(repo, finding)


def test_young_lock_on_what_all_refs_share_is_no_finding(repo: Repo) -> None:
    (repo.git_dir / "packed-refs.lock").touch()
    assert found(repo, "store") == []


@pytest.mark.parametrize("lock", [*LOCKS, "packed-refs.lock"])
def test_lock_that_was_left_behind_is_broken_until_it_is_removed(repo: Repo, lock: str) -> None:
    file = repo.git_dir / lock
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (time.time() - 3600,) * 2)
    finding = the_only(repo, "store")
    assert finding.message == f"{file} was left behind 60 minutes ago: what it locks cannot be written"
    assert mended(repo, finding)


@pytest.mark.parametrize("left", ["", "garbage\n"])
def test_ref_that_a_crash_cut_off_is_set_to_its_last_commit(repo: Repo, left: str) -> None:
    tip = repo.git("rev-parse", BRANCH)
    (repo.git_dir / BRANCH).write_text(left)
    finding = next(f for f in found(repo, "store") if "holds no object name" in f.message)
    assert finding.severity == "broken"
    assert mended(repo, finding)
    assert repo.git("rev-parse", BRANCH) == tip
    assert found(repo, "store") == []


def test_ref_that_leads_nowhere_is_set_to_its_last_commit_that_is_there(repo: Repo) -> None:
    before = repo.git("rev-parse", f"{BRANCH}~1")
    repo.git("tag", "--delete", "env/paper-v1")
    lose(repo, BRANCH)
    finding = next(f for f in found(repo, "store") if "leads to a commit that is not there" in f.message)
    assert mended(repo, finding)
    assert repo.git("rev-parse", BRANCH) == before
    assert found(repo, "store") == []


@pytest.mark.parametrize(
    ("ref", "named"),
    [
        ("refs/heads/envgit", "branch envgit"),
        ("refs/tags/env", "tag env"),
        ("refs/heads/envgit/default/x", "branch envgit/default/x"),
    ],
)
def test_ref_of_the_users_in_the_way_is_broken_until_it_is_renamed(
    tmp_path: Path, ref: str, named: str
) -> None:
    repo = make_repo(tmp_path / "code")
    repo.git("update-ref", ref, "HEAD")
    finding = next(f for f in found(repo, "store") if f.message == f"{named} is in the way of snapshots")
    assert finding.severity == "broken"
    assert mended(repo, finding)


# --- sharing ---


def test_branch_that_was_never_pushed_is_a_note(repo: Repo, tmp_path: Path) -> None:
    remote = make_repo(tmp_path / "remote", bare=True)
    repo.git("remote", "add", "origin", str(remote.path))
    repo.git("push", "--quiet", "origin", "HEAD")
    finding = the_only(repo, "store")
    assert (finding.severity, finding.command) == ("note", "envgit push origin")
    assert finding.message == "envgit/default was never pushed to origin, as far as is known here"
    assert mended(repo, finding)
    assert found(repo, "store") == []


def test_snapshots_not_pushed_yet_are_a_note(repo: Repo, remote: Repo, git: Git) -> None:
    assert found(repo, "store") == []
    record(git, "3.0")
    finding = the_only(repo, "store")
    assert (finding.severity, finding.command) == ("note", "envgit push origin")
    assert finding.message == "1 commit of envgit/default to be pushed to origin"
    assert mended(repo, finding)
    assert found(repo, "store") == []


def test_snapshots_that_the_remote_is_ahead_by_are_a_note(repo: Repo, remote: Repo) -> None:
    repo.git("update-ref", BRANCH, f"{BRANCH}~1")
    finding = the_only(repo, "store")
    assert (finding.severity, finding.command) == ("note", "envgit pull origin")
    assert finding.message == "origin has 1 commit of envgit/default to be pulled"
    assert mended(repo, finding)
    assert found(repo, "store") == []


def test_branch_that_diverged_from_the_remotes_is_a_warning(repo: Repo, remote: Repo, git: Git) -> None:
    repo.git("update-ref", BRANCH, f"{BRANCH}~1")
    record(git, "3.0")
    finding = the_only(repo, "store")
    assert (finding.severity, finding.command) == ("warning", "envgit push origin")
    assert finding.message == "envgit/default has diverged from origin's: 1 commit here, 1 commit there"
    assert mended(repo, finding)
    assert found(repo, "store") == []


def test_shallow_clone_is_a_note_until_it_is_whole(repo: Repo, remote: Repo, tmp_path: Path) -> None:
    repo.commit("Second", env={"ENVGIT": "0"})
    repo.git("push", "--quiet", "origin", "HEAD")
    repo.git("clone", "--quiet", "--depth=1", f"file://{remote.path}", str(tmp_path / "clone"))
    clone = Repo(path=tmp_path / "clone")
    finding = next(f for f in found(clone, "store") if "shallow" in f.message)
    assert finding.severity == "note"
    assert mended(clone, finding)


# --- cost ---


def test_ten_thousand_snapshots_of_few_environments_take_seconds(repo: Repo, git: Git) -> None:
    trees = [tree_with(git, f"{number}.0") for number in range(5)]
    stream = [f"reset {BRANCH}\n"]
    for number in range(10_000):
        text = f"x\n\nSnapshot: {snapshot_with(f'{number % 5}.0').id}\nTrigger: post-commit\n"
        stream.append(
            f"commit {BRANCH}\ncommitter a <a@b> {1_700_000_000 + number} +0000\n"
            f"data {len(text)}\n{text}\nM 040000 {trees[number % 5]} \n\n"
        )
    repo.git("fast-import", "--quiet", "--force", stdin="".join(stream))
    began = time.monotonic()
    assert found(repo, "store") == []
    assert time.monotonic() - began < 10
    assert said(repo, "store") == "10001 sightings of 5 snapshots on 1 branch, 1 tag"
