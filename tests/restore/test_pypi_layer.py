"""The Python layer: installed by uv as recorded, with the final paths, and honest about what is gone."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from envgit.errors import RestoreFailed
from envgit.model import IndexFile, Source
from tests.builders import make_wheel, run_python, site_packages
from tests.restore.distributions import (
    demo,
    dist_info,
    files_with,
    serve,
    untrue_rows,
    with_settings,
)
from tests.restore.environments import (
    Workshop,
    beside,
    conda_environment,
    conda_package,
    dist,
    record_of,
    venv_environment,
)
from tests.restore.projects import make_project
from tests.server import Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.channel import Channel
    from tests.server import Server


GREETING = {"asked.py": "def main():\n    print('hi')\n"}


@pytest.fixture
def workshop(indexed: Workshop) -> Workshop:
    """Restores from the test's own index alone."""
    return indexed


def test_distributions_come_with_their_final_paths_and_marks(
    index: Server, workshop: Workshop, prefix: Path
) -> None:
    serve(
        index,
        "asked",
        "1.0",
        entry_points={"asked": "asked:main"},
        files=GREETING,
    )
    serve(index, "needed", "2.0", scripts={"needed.py": "#!python\nprint('needed')\n"})
    environment = venv_environment(dist("asked", "1.0"), dist("needed", "2.0", requested=False))
    assert workshop.restore(environment, prefix) == ()
    for script, said in (("asked", "hi\n"), ("needed.py", "needed\n")):
        ran = subprocess.run([prefix / "bin" / script], capture_output=True, text=True, check=True)
        assert ran.stdout == said
    assert (dist_info(prefix, "asked") / "REQUESTED").exists()
    assert not (dist_info(prefix, "needed") / "REQUESTED").exists()
    assert untrue_rows(prefix, "asked") == untrue_rows(prefix, "needed") == []
    assert files_with(prefix, ".envgit-") == []
    assert beside(prefix) == []


@pytest.mark.parametrize("name", ["with space", "it's", "naïve", "x" * 120])
def test_scripts_start_from_any_folder(name: str, index: Server, workshop: Workshop, prefix: Path) -> None:
    serve(
        index,
        "asked",
        "1.0",
        entry_points={"asked": "asked:main"},
        files=GREETING,
    )
    odd = prefix.with_name(name)
    workshop.restore(venv_environment(dist("asked", "1.0")), odd)
    assert subprocess.run([odd / "bin/asked"], capture_output=True, text=True, check=True).stdout == "hi\n"
    sourced = ["bash", "-c", '. "$1/bin/activate" && command -v asked', "bash", str(odd)]
    found = subprocess.run(sourced, capture_output=True, text=True, check=True).stdout.strip()
    assert found == str(odd / "bin/asked")
    assert files_with(odd, ".envgit-") == []


def test_what_cannot_be_had_is_missing_with_the_reason_and_the_rest_is_there(
    index: Server, workshop: Workshop, prefix: Path
) -> None:
    names = [f"have{n}" for n in range(5)]
    for name in names:
        serve(index, name, "1.0")
    wanted = [dist(name, "1.0") for name in names]
    wanted[1:1] = [dist("nowhere", "1.0"), dist("have0-other", "1.0")]
    serve(index, "outdated", "2.0")
    wanted.append(dist("outdated", "1.0"))
    notes = workshop.restore(venv_environment(*wanted), prefix)
    assert [(note.name, note.grade) for note in notes] == [
        ("nowhere", "missing"),
        ("have0-other", "missing"),
        ("outdated", "missing"),
    ]
    reasons = {note.name: note.reason for note in notes}
    assert reasons["nowhere"] == "the index has no nowhere"
    assert reasons["outdated"] == "the index has no outdated 1.0"
    assert all("No solution found" in note.details for note in notes)
    assert "envgit-" not in "".join(reasons.values())
    there = run_python(prefix, "-c", f"import {', '.join(names)}; print('all')")
    assert there == "all"
    assert workshop.bars.done[-1] == len(wanted)


def test_offline_what_no_cache_has_is_said_in_a_sentence(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    offline = with_settings(workshop, tmp_path, offline=True)
    file = IndexFile(sha256="a" * 64, index="https://index.example/simple/")
    (note,) = offline.restore(venv_environment(dist("have0", "1.0", file=file)), prefix)
    assert note.reason == "no file of have0 1.0 is in uv's cache, and --offline was given"
    assert "network was disabled" in note.details


def test_index_that_does_not_answer_costs_one_attempt(
    index: Server, workshop: Workshop, prefix: Path
) -> None:
    index.fail("*", Status(503))
    wanted = [dist(f"have{n}", "1.0") for n in range(8)]
    notes = workshop.restore(venv_environment(*wanted), prefix)
    assert [note.grade for note in notes] == ["missing"] * 8
    assert index.count("*/have0/*") <= 2


def test_pip_over_conda_comes_back_over_conda(
    channel: Channel, index: Server, workshop: Workshop, prefix: Path
) -> None:
    serve(index, "six", "1.17.1", files={"six.py": "__version__ = 'newer'\n"})
    serve(index, "idna", "3.10", files={"idna.py": "__version__ = 'same version'\n"})
    conda = [conda_package(channel, name) for name in ("python", "idna")]
    conda.append(conda_package(channel, "six", "1.16.0"))
    layer = (
        dist("idna", "3.10", owner="clobbered", conda_package="idna"),
        dist("six", "1.17.1", owner="clobbered", conda_package="six"),
    )
    assert workshop.restore(conda_environment(*conda, pypi=layer), prefix) == ()
    said = run_python(prefix, "-c", "import six, idna; print(six.__version__, idna.__version__)")
    assert said == "newer same version"
    assert record_of(prefix, "six")["version"] == "1.16.0"
    assert [folder.name for folder in site_packages(prefix).glob("six-*")] == ["six-1.17.1.dist-info"]


def test_conda_s_own_stays_as_it_was_where_pip_s_cannot_be_had(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    conda = [conda_package(channel, "python"), conda_package(channel, "six", "1.16.0")]
    layer = (dist("six", "1.17.1", owner="clobbered", conda_package="six", requested=False),)
    (note,) = workshop.restore(conda_environment(*conda, pypi=layer), prefix)
    assert (note.name, note.grade) == ("six", "missing")
    for entry in record_of(prefix, "six")["paths_data"]["paths"]:
        content = (prefix / entry["_path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_distributions_need_a_python(workshop: Workshop, channel: Channel, prefix: Path) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"), pypi=(dist("six", "1.16.0"),))
    with pytest.raises(RestoreFailed, match="has no Python"):
        workshop.restore(environment, prefix)
    assert beside(prefix) == []


def test_local_wheel_is_installed_from_its_place_if_it_is_the_same(
    workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    wheel = make_wheel(tmp_path / "my wheels", "local", "1.0")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    source = Source(kind="archive", url=wheel.as_uri(), sha256=sha256)
    assert workshop.restore(venv_environment(dist("local", "1.0", source=source)), prefix) == ()
    assert json.loads((dist_info(prefix, "local") / "direct_url.json").read_text()) == {
        "url": wheel.as_uri(),
        "archive_info": {"hashes": {"sha256": sha256}},
    }
    assert untrue_rows(prefix, "local") == []

    wheel.write_bytes(wheel.read_bytes() + b"\0")
    (note,) = workshop.restore(venv_environment(dist("local", "1.0", source=source)), prefix.with_name("2"))
    assert (note.grade, note.source) == ("missing", wheel.as_uri())
    assert f"is not what was installed: expected sha256 {sha256}" in note.reason

    wheel.unlink()
    (note,) = workshop.restore(venv_environment(dist("local", "1.0", source=source)), prefix.with_name("3"))
    assert "No such file" in note.reason


def test_wheel_at_a_url_is_checked_against_its_hash(index: Server, workshop: Workshop, prefix: Path) -> None:
    wheel = serve(index, "far", "1.0")
    url = f"{index.url}/simple/far/{wheel.name}"
    right = Source(kind="archive", url=url, sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
    wrong = Source(kind="archive", url=url, sha256="0" * 64)
    assert workshop.restore(venv_environment(dist("far", "1.0", source=right)), prefix) == ()
    (note,) = workshop.restore(venv_environment(dist("far", "1.0", source=wrong)), prefix.with_name("2"))
    assert note.grade == "missing"
    assert "is not the recorded one: expected sha256:000000000000" in note.reason


def test_git_revision_is_installed_at_its_commit(workshop: Workshop, tmp_path: Path, prefix: Path) -> None:
    repo = make_project(tmp_path / "remote", subdirectory="python")
    commit = repo.head
    repo.commit("Break it", files={"python/demo_project.py": "raise SystemExit('broken')\n"})
    source = Source(
        kind="vcs",
        vcs="git",
        url=repo.path.as_uri(),
        requested_revision="main",
        commit=commit,
        subdirectory="python",
    )
    assert workshop.restore(venv_environment(demo(source)), prefix) == ()
    assert subprocess.run([prefix / "bin/demo-project"], check=False).returncode == 0
    assert json.loads((dist_info(prefix, "demo_project") / "direct_url.json").read_text()) == {
        "url": repo.path.as_uri(),
        "vcs_info": {"vcs": "git", "commit_id": commit, "requested_revision": "main"},
        "subdirectory": "python",
    }

    shutil.rmtree(repo.path)
    environ = {**workshop.settings.environ, "UV_CACHE_DIR": str(tmp_path / "empty")}
    elsewhere = with_settings(workshop, tmp_path, environ=environ)
    (note,) = elsewhere.restore(venv_environment(demo(source)), prefix.with_name("2"))
    assert note.grade == "missing"
    assert str(repo.path) in note.reason


def _source(**values: Any) -> Source:
    harmless = {"kind": "vcs", "vcs": "git", "commit": "1" * 40, "url": "https://example.org/r"}
    return Source(**(harmless | values))


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        (dist("--index-url=https://evil.example", "1"), "is no name"),
        (dist("a\n-r /etc/passwd", "1"), "is no name"),
        (dist("a", "1\n--index-url https://evil.example"), "is none that an index serves"),
        (dist("a", "1 ; import os"), "is none that an index serves"),
        (dist("a", ""), "pins no version"),
        (dist("a", "1", source=_source(url="https://evil.example/${HOME}")), "no place to install from"),
        (dist("a", "1", source=_source(url="https://evil.example/x --hash=y")), "no place to install from"),
        (dist("a", "1", source=_source(url="ext::sh -c id")), "no place to install from"),
        (dist("a", "1", source=_source(url="ssh://-oProxyCommand=id/x")), "no place to install from"),
        (dist("a", "1", source=_source(url="file://host/share")), "another machine"),
        (dist("a", "1", source=_source(commit="--upload-pack=id")), "is not recorded"),
        (dist("a", "1", source=_source(vcs="hg")), "only Git repositories"),
        (dist("a", "1", source=_source(subdirectory="../../etc")), "leads out of its repository"),
        (dist("a", "1", source=_source(kind="directory", repository=".", subdirectory="/etc")), "leads out"),
        (dist("a", "1", source=_source(kind="archive", url="ftp://example.org/a.whl")), "no place"),
        (dist("a", "1", source=_source(kind="archive", sha256="x")), "is no SHA-256"),
        (dist("a", "1", source=_source(kind="directory", editable=True, repository="-u evil")), "no place"),
    ],
)
def test_a_stranger_s_distributions_are_data(
    hostile: Any, reason: str, workshop: Workshop, tmp_path: Path, prefix: Path
) -> None:
    workshop = with_settings(workshop, tmp_path, repository=tmp_path)
    (note,) = workshop.restore(venv_environment(hostile), prefix)
    assert note.grade == "missing"
    assert reason in note.reason
