"""Nothing is lost: what a hook cannot write waits, and what it cannot see is said in the store."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from envgit.errors import UnknownRevision
from envgit.operations.revision import open_revision
from envgit.operations.snapshot import snapshot
from envgit.store.trailers import read_trailers
from tests.builders import make_prefix
from tests.githooks.project import LATER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.githooks.project import Project


class Lock:
    """A lock that no Git can take and nobody can take away: a folder of its name."""

    def __init__(self, project: Project) -> None:
        self._folder = project.repo.git_dir / "refs/heads/envgit/default.lock"
        self._folder.mkdir()
        os.utime(self._folder, (time.time() - 3600, time.time() - 3600))

    def release(self) -> None:
        self._folder.rmdir()


def waiting(project: Project) -> list[Path]:
    return sorted((project.repo.git_dir / "envgit/queue").glob("*.json"))


def unobserved(project: Project) -> list[tuple[str, str]]:
    """Code commit and reason of each commit on the branch that tells of none, oldest first."""
    messages = project.repo.git("log", "--reverse", "--format=%B%x00", "envgit/default").split("\0")
    said = [read_trailers(message.lstrip("\n")) for message in messages]
    return [(one["Code-Commit"][0], one["Unobserved"][0]) for one in said if "Unobserved" in one]


def test_commits_while_a_ref_is_locked_are_recorded_once_it_is_free(project: Project) -> None:
    lock = Lock(project)
    codes = []
    for version in ("2.0", "2.0", "3.0"):
        project.upgrade(version)
        assert "what there is to record waits for the next commit" in project.commit()
        codes.append(project.repo.head)
    assert len(waiting(project)) == 3
    lock.release()
    project.commit()
    assert [code for _, code in project.sightings()] == [*codes, project.repo.head]
    versions = [open_revision(project.workspace(), code).snapshot for code in codes]
    assert [snapshot.environment.pypi[0].version for snapshot in versions] == ["2.0", "2.0", "3.0"]
    assert waiting(project) == []
    assert not (project.repo.git_dir / "envgit/queue").exists()


def test_stale_lock_of_a_killed_git_is_taken_away_and_the_commit_recorded(project: Project) -> None:
    lock = project.repo.git_dir / "refs/heads/envgit/default.lock"
    lock.touch()
    os.utime(lock, (time.time() - 3600, time.time() - 3600))
    project.upgrade("2.0")
    assert "six 1.0 → 2.0" in project.commit()
    assert project.sightings() == [("post-commit", project.repo.head)]
    assert not lock.exists()


def test_stale_lock_on_a_ref_of_the_users_is_left_to_them(project: Project) -> None:
    project.upgrade("2.0")
    project.commit()
    project.repo.git("pack-refs", "--all")
    lock = project.repo.git_dir / "packed-refs.lock"
    lock.touch()
    os.utime(lock, (time.time() - 3600, time.time() - 3600))
    project.commit()
    assert lock.exists()


def test_what_waited_is_dated_when_it_was_seen(project: Project) -> None:
    lock = Lock(project)
    project.commit()
    (event,) = waiting(project)
    fields = json.loads(event.read_text())
    event.write_text(json.dumps({**fields, "time": 1_700_000_000}))
    lock.release()
    snapshot(project.workspace())
    assert project.repo.git("log", "-1", "--skip=1", "--format=%ct %at", "envgit/default") == (
        "1700000000 1700000000"
    )


def test_what_waits_survives_gc_that_prunes_at_once(project: Project) -> None:
    lock = Lock(project)
    project.upgrade("2.0")
    project.commit()
    code = project.repo.head
    lock.release()
    project.repo.git("gc", "--quiet", "--prune=now")
    project.commit()
    assert open_revision(project.workspace(), code).snapshot.environment.pypi[0].version == "2.0"


def test_event_that_was_written_by_somebody_killed_before_it_was_taken_out_is_not_written_twice(
    project: Project,
) -> None:
    lock = Lock(project)
    project.commit()
    (event,) = waiting(project)
    kept = event.read_bytes()
    lock.release()
    snapshot(project.workspace())
    before = project.sightings()
    event.parent.mkdir()
    event.write_bytes(kept)
    snapshot(project.workspace())
    assert project.sightings() == [*before, ("snapshot", project.repo.head)]


def test_event_of_an_unobserved_commit_is_not_written_twice_either(project: Project) -> None:
    away = project.prefix.with_name("away")
    project.prefix.rename(away)
    lock = Lock(project)
    project.commit()
    away.rename(project.prefix)
    (event,) = waiting(project)
    kept = event.read_bytes()
    code = project.repo.head
    lock.release()
    project.commit()
    event.parent.mkdir(exist_ok=True)
    event.write_bytes(kept)
    project.commit()
    assert [commit for commit, _ in unobserved(project)] == [code]


def damaged(**changes: object) -> str:
    """An event like those that envgit puts, with something else in it."""
    last = {"environment": "default", "snapshot": "a" * 64, "tree": "b" * 40, "conda": 1, "pypi": 1}
    code = {"commit": "c" * 40, "tree": "d" * 40}
    event = {"kind": "seen", "time": 1, "trigger": "t", "code": code, "last": last, "files": {}}
    return json.dumps({**event, **changes})


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "{}", '{"kind": "other"}', "\0", "[" * 10_000,
        damaged(time="abc"), damaged(time=-1), damaged(code={"commit": "x", "tree": "y"}), damaged(code=1),
        damaged(files={"a": 1}), damaged(last={}), damaged(last={"environment": None}), damaged(trigger=None),
        damaged(kind="unobserved"), damaged(kind="unobserved", environment="a/b", reason="x"),
        damaged(kind="rewritten", pairs=[["a"]]), damaged(kind="rewritten", pairs=[["a", "b"]]),
    ],
)  # fmt: skip
def test_damaged_event_is_set_aside_said_and_stops_nothing(project: Project, content: str) -> None:
    folder = project.repo.git_dir / "envgit/queue"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text(content)
    said = project.commit()
    assert said.count("\n") == 1
    assert f"{folder.parent}/damaged-1.json holds no event that can be read" in said
    assert (folder.parent / "damaged-1.json").read_text() == content
    assert project.sightings()[-1] == ("post-commit", project.repo.head)
    assert project.commit() == ""


def test_what_is_no_file_in_the_queue_is_passed_over(project: Project) -> None:
    folder = project.repo.git_dir / "envgit/queue"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "1.json")
    (folder / "2.json").mkdir()
    assert project.commit() == ""
    assert project.sightings()[-1] == ("post-commit", project.repo.head)


def test_sighting_whose_tree_was_lost_is_said_to_be_unobserved(project: Project) -> None:
    project.commit()
    code = project.repo.head
    project.repo.git("commit", "--quiet", "--allow-empty", "--message", "x", env={"ENVGIT": "0"})
    head = {"commit": project.repo.head, "tree": project.repo.git("rev-parse", "HEAD^{tree}")}
    folder = project.repo.git_dir / "envgit/queue"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text(damaged(code=head))
    project.commit()
    assert unobserved(project) == [
        (head["commit"], "what was seen of it was lost before it could be written")
    ]
    assert code in {one for _, one in project.sightings()}


def test_while_another_takes_from_the_queue_a_commit_is_recorded_all_the_same(project: Project) -> None:
    lock = Lock(project)
    project.commit()
    waited = project.repo.head
    lock.release()
    with FileLock(project.repo.git_dir / "envgit/queue.lock"):
        assert project.commit() == ""
        assert project.sightings() == [("post-commit", project.repo.head)]
        assert len(waiting(project)) == 1
    project.commit()
    assert waited in {code for _, code in project.sightings()}
    assert waiting(project) == []


def test_links_of_a_rebase_wait_too(project: Project) -> None:
    project.commit()
    old = project.repo.head
    lock = Lock(project)
    project.repo.git("rebase", "--quiet", "--force-rebase", "HEAD~1", env=LATER)
    new = project.repo.head
    assert new != old
    lock.release()
    project.commit()
    observation = open_revision(project.workspace(), new).observation
    assert observation is not None
    assert observation.code_commit == old


def test_commit_without_an_environment_is_said_to_be_unobserved(project: Project) -> None:
    away = project.prefix.with_name("away")
    project.prefix.rename(away)
    project.commit()
    code = project.repo.head
    assert unobserved(project) == [(code, "there was no whole environment at the bound prefix")]
    with pytest.raises(UnknownRevision, match="could not be observed: there was no whole environment"):
        open_revision(project.workspace(), code)
    away.rename(project.prefix)
    assert project.commit() == ""
    assert project.sightings()[-1] == ("post-commit", project.repo.head)


def test_what_is_shared_of_an_unobserved_commit_names_no_folder_of_this_machine(project: Project) -> None:
    shutil.rmtree(project.prefix)
    project.commit()
    assert str(project.prefix) not in project.repo.git("log", "-1", "--format=%B", "envgit/default")


def test_commit_whose_capture_took_too_long_is_said_to_be_unobserved(project: Project) -> None:
    make_prefix(project.prefix, conda={f"package{number}": "1.0" for number in range(200)})
    project.repo.git("config", "envgit.deadline", "0.002")
    project.commit()
    assert unobserved(project) == [(project.repo.head, "reading it took too long")]


def test_later_sighting_of_an_unobserved_commit_stands_for_it(project: Project) -> None:
    project.repo.git("config", "envgit.deadline", "0.0001")
    project.commit()
    project.repo.git("config", "--unset", "envgit.deadline")
    snapshot(project.workspace())
    observation = open_revision(project.workspace(), project.repo.head).observation
    assert observation is not None
    assert observation.trigger == "snapshot"


def test_where_nothing_was_ever_recorded_or_bound_nothing_is_said_to_be_missing(project: Project) -> None:
    project.repo.git("config", "--unset", "envgit.default.prefix")
    project.repo.git("branch", "-D", "envgit/default")
    assert "no environment is bound" in project.commit()
    assert "refs/heads/envgit/default" not in project.repo.refs()


def test_first_commit_of_a_bound_repository_may_be_unobserved(project: Project) -> None:
    project.repo.git("branch", "-D", "envgit/default")
    away = project.prefix.with_name("away")
    project.prefix.rename(away)
    project.commit()
    assert [code for code, _ in unobserved(project)] == [project.repo.head]
    away.rename(project.prefix)
    assert "2 conda and 1 pip packages" in project.commit()
    assert project.sightings() == [("post-commit", project.repo.head)]
