"""snapshot → checkout → snapshot gives the same id, for every kind of environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import envgit
from envgit.errors import ArtifactUnavailable, Conflict, IntegrityError, NotAPrefix, RestoreFailed
from envgit.identity import snapshot_of
from envgit.model import Distribution, Environment, Source
from envgit.operations.marks import Mark, read_mark, write_mark
from envgit.operations.places import cached_places
from tests.builders import (
    conda_install,
    make_repo,
    make_venv,
    make_wheel,
    pip_install,
    run_python,
)
from tests.builders.venv import run_uv
from tests.server import Status, WrongBytes

if TYPE_CHECKING:
    from envgit.operations.checkout import Restored
    from tests.builders import Repo
    from tests.channel import Channel

pytestmark = pytest.mark.slow


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo = make_repo(tmp_path / "repo", files={"train.py": "print(1)\n"})
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("ENVGIT_CACHE", str(tmp_path / "cache"))
    return repo


def there_and_back(prefix: Path, target: Path) -> Restored:
    """Snapshot a prefix, restore it to another place, check that a fresh snapshot there has the same id."""
    envgit.init(prefix=str(prefix))
    envgit.tag("paper-v1")
    restored = envgit.checkout("paper-v1", prefix=str(target))
    verified = envgit.verify("paper-v1", prefix=str(target), files=True)
    assert verified.same_id, verified.drift
    assert verified.files is not None
    assert (verified.files.altered, verified.files.missing) == ((), ())
    assert restored.grade == "exact", [p for p in restored.packages if p.grade != "exact"]
    assert not verified.drift
    return restored


def test_conda_environment(repo: Repo, channel: Channel, tmp_path: Path) -> None:
    prefix = conda_install(channel, ["python", "tabulate", "prefixed", "variant=1.0=cpu_0"], tmp_path / "a")
    target = tmp_path / "somewhere else" / "b"

    there_and_back(prefix, target)

    assert run_python(target, "-c", "import sys, tabulate; print(sys.prefix)") == str(target)
    assert str(tmp_path / "a") not in (target / "conda-meta" / "history").read_text()
    registered = (Path(os.environ["HOME"]) / ".conda" / "environments.txt").read_text()
    assert str(target) in registered.splitlines()


def test_conda_environment_with_pip_packages_some_of_them_over_conda_s(
    repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["python", "tabulate=0.9.0", "six=1.16.0"], tmp_path / "a")
    pip_install(prefix, "humanize==4.9.0", "six==1.17.0")
    target = tmp_path / "b"

    there_and_back(prefix, target)

    said = run_python(target, "-c", "import six, humanize; print(six.__version__, humanize.__version__)")
    assert said == "1.17.0 4.9.0"
    owners = {d.name: d.owner for d in envgit.show("paper-v1").revision.snapshot.environment.pypi}
    assert owners == {"humanize": "pypi", "six": "clobbered"}


def test_venv_made_by_uv(repo: Repo, tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "a", packages=["tabulate==0.9.0", "six==1.16.0"])
    target = tmp_path / "b"

    there_and_back(prefix, target)

    table = subprocess.run(
        [target / "bin" / "tabulate", "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage: tabulate" in table.stdout
    assert run_python(target, "-c", "import sys; print(sys.prefix)") == str(target)


def test_venv_made_by_python_with_pip_in_it(repo: Repo, tmp_path: Path) -> None:
    venv.create(tmp_path / "a", with_pip=True)
    pip = [str(tmp_path / "a" / "bin" / "python"), "-m", "pip", "install", "-q", "six==1.16.0"]
    subprocess.run(pip, check=True, capture_output=True)

    restored = there_and_back(tmp_path / "a", tmp_path / "b")

    assert {p.name for p in restored.packages} >= {"pip", "six"}


def test_a_package_of_the_repository_itself_installed_editable(repo: Repo, tmp_path: Path) -> None:
    package(repo.path, "mine")
    repo.commit("a package", files={})
    prefix = make_venv(tmp_path / "a")
    pip_install(prefix, "-e", repo.path)

    there_and_back(prefix, tmp_path / "b")

    assert run_python(tmp_path / "b", "-c", "import mine; print(mine.__file__)") == str(repo.path / "mine.py")


def test_a_commit_of_another_repository(repo: Repo, tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other")
    package(other.path, "theirs")
    other.git("add", "-A")
    commit = other.commit("theirs")
    prefix = make_venv(tmp_path / "a")
    pip_install(prefix, f"theirs @ git+file://{other.path}@{commit}")
    other.commit("later", files={"theirs.py": "VALUE = 2\n"})

    there_and_back(prefix, tmp_path / "b")

    assert run_python(tmp_path / "b", "-c", "import theirs; print(theirs.VALUE)") == "1"


def test_a_wheel_from_a_local_folder(repo: Repo, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "private", "1.0", files={"private.py": "VALUE = 1\n"})
    prefix = make_venv(tmp_path / "a")
    pip_install(prefix, wheel)

    there_and_back(prefix, tmp_path / "b")


def test_what_cannot_be_had_is_graded_missing_and_the_rest_comes_back(repo: Repo, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "private", "1.0", files={"private.py": "VALUE = 1\n"})
    prefix = make_venv(tmp_path / "a", packages=["six==1.16.0"])
    pip_install(prefix, wheel)
    envgit.init(prefix=str(prefix))
    wheel.unlink()

    restored = envgit.checkout("HEAD", prefix=str(tmp_path / "b"))

    grades = {package.name: package.grade for package in restored.packages}
    assert (restored.grade, grades) == ("missing", {"private": "missing", "six": "exact"})
    (reason,) = (package.reason for package in restored.packages if package.name == "private")
    assert str(wheel) in reason


def test_a_second_checkout_of_the_same_place_reuses_it_unless_it_was_changed(
    repo: Repo, tmp_path: Path
) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "a", packages=["six==1.16.0"])))
    place = str(tmp_path / "b")
    assert envgit.checkout("HEAD").prefix.is_relative_to(tmp_path / "cache")

    first, second = envgit.checkout("HEAD", prefix=place), envgit.checkout("HEAD", prefix=place)
    assert (first.reused, second.reused, second.grade) == (False, True, "exact")

    pip_install(tmp_path / "b", "six==1.17.0")
    with pytest.raises(Conflict, match="changed since"):
        envgit.checkout("HEAD", prefix=place)


def test_a_target_that_is_not_empty_is_left_alone(repo: Repo, tmp_path: Path) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "a")))
    target = tmp_path / "b"
    target.mkdir()
    (target / "thesis.tex").write_text("years of work")

    with pytest.raises(Conflict, match="no restored environment"):
        envgit.checkout("HEAD", prefix=str(target))

    assert [path.name for path in target.iterdir()] == ["thesis.tex"]


def test_a_package_that_is_gone_from_the_channel_stops_the_restore_and_leaves_nothing(
    repo: Repo, http_channel: Channel, tmp_path: Path
) -> None:
    envgit.init(prefix=str(conda_install(http_channel, ["variant=1.0=cpu_0"], tmp_path / "a")))
    assert http_channel.server is not None
    http_channel.server.fail("*/variant-*", Status(404))

    with pytest.raises(ArtifactUnavailable, match=r"variant-1\.0-cpu_0"):
        envgit.checkout("HEAD", prefix=str(tmp_path / "places" / "b"))

    assert list((tmp_path / "places").iterdir()) == []


def test_a_package_with_other_bytes_stops_the_restore(
    repo: Repo, http_channel: Channel, tmp_path: Path
) -> None:
    envgit.init(prefix=str(conda_install(http_channel, ["variant=1.0=cpu_0"], tmp_path / "a")))
    assert http_channel.server is not None
    http_channel.server.fail("*/variant-*", WrongBytes())

    with pytest.raises(IntegrityError, match="variant"):
        envgit.checkout("HEAD", prefix=str(tmp_path / "places" / "b"))

    assert list((tmp_path / "places").iterdir()) == []


def test_a_python_that_this_machine_does_not_have_is_named(repo: Repo, tmp_path: Path) -> None:
    prefix = make_venv(tmp_path / "a")
    configuration = prefix / "pyvenv.cfg"
    running = ".".join(map(str, sys.version_info[:3]))
    configuration.write_text(configuration.read_text().replace(running, "3.9.99"))
    envgit.init(prefix=str(prefix))

    with pytest.raises(RestoreFailed, match=r"3\.9\.99"):
        envgit.checkout("HEAD", prefix=str(tmp_path / "b"))


def test_variables_come_back_where_their_values_were_allowed(
    repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["variant=1.0=cpu_0"], tmp_path / "a")
    state = {"env_vars": {"DATA_ROOT": "/data", "API_TOKEN": "hunter2"}}
    (prefix / "conda-meta" / "state").write_text(json.dumps(state))
    repo.git("config", "envgit.variables", "DATA_*")
    envgit.init(prefix=str(prefix))

    restored = envgit.checkout("HEAD", prefix=str(tmp_path / "b"))

    assert json.loads((tmp_path / "b" / "conda-meta" / "state").read_text())["env_vars"] == {
        "DATA_ROOT": "/data"
    }
    assert [p.name for p in restored.packages if p.grade == "missing"] == ["variable API_TOKEN"]
    everything = repo.git("rev-list", "--objects", "--all", "--no-object-names").split()
    contents = (repo.git("cat-file", "-p", name) for name in everything)
    assert not any("hunter2" in content for content in contents)


def package(folder: Path, name: str) -> None:
    """A source tree that builds with nothing but a backend of its own, so that no index is needed."""
    (folder / f"{name}.py").write_text("VALUE = 1\n")
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["flit_core<4"]\nbuild-backend = "flit_core.buildapi"\n\n'
        f'[project]\nname = "{name}"\nversion = "1.0"\ndescription = "A package"\n'
    )


def test_an_editable_clone_that_is_gone_is_cloned_again(repo: Repo, tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other")
    package(other.path, "theirs")
    other.git("add", "-A")
    other.commit("theirs")
    other.git("clone", str(other.path), str(tmp_path / "clone"))
    prefix = make_venv(tmp_path / "a")
    pip_install(prefix, "-e", tmp_path / "clone")
    envgit.init(prefix=str(prefix))
    (tmp_path / "clone").rename(tmp_path / "away")

    restored = envgit.checkout("HEAD", prefix=str(tmp_path / "b"))

    assert (restored.grade, [p for p in restored.packages if p.grade != "exact"]) == ("exact", [])
    place = run_python(tmp_path / "b", "-c", "import theirs; print(theirs.__file__)")
    assert place == str(tmp_path / "b" / "src" / "theirs" / "theirs.py")


def test_uncommitted_changes_of_an_editable_clone_come_back_where_they_were_asked_for(
    repo: Repo, tmp_path: Path
) -> None:
    other = make_repo(tmp_path / "other")
    package(other.path, "theirs")
    other.git("add", "-A")
    other.commit("theirs")
    other.git("clone", str(other.path), str(tmp_path / "clone"))
    prefix = make_venv(tmp_path / "a")
    pip_install(prefix, "-e", tmp_path / "clone")
    (tmp_path / "clone/theirs.py").write_text("VALUE = 'changed by hand'\n")
    envgit.init(prefix=str(prefix), first_snapshot=False)
    envgit.snapshot(patch=True, tag="paper-v1")
    (tmp_path / "clone/theirs.py").write_text("VALUE = 'changed since'\n")

    restored = envgit.checkout("paper-v1", prefix=str(tmp_path / "b"))

    assert (restored.grade, [p for p in restored.packages if p.grade != "exact"]) == ("exact", [])
    assert run_python(tmp_path / "b", "-c", "import theirs; print(theirs.VALUE)") == "changed by hand"


@pytest.mark.parametrize("change", ["installed", "edited", "deleted"])
def test_a_cached_environment_that_was_changed_is_left_alone_and_another_made(
    repo: Repo, tmp_path: Path, change: str
) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "a", packages=["six==1.16.0"])))
    first = envgit.checkout("HEAD")
    (module,) = first.prefix.glob("lib/python*/site-packages/six.py")
    if change == "installed":
        pip_install(first.prefix, "six==1.17.0")
    elif change == "edited":
        module.write_text("__version__ = 'edited'\n")
    else:
        module.unlink()

    second = envgit.checkout("HEAD")
    third = envgit.checkout("HEAD")

    assert second.prefix == third.prefix == first.prefix.with_name(f"{first.prefix.name}.2")
    assert (second.grade, second.reused, third.grade, third.reused) == ("exact", False, "exact", True)
    assert "changed since; it was left as it is" in second.cautions[0]
    assert run_python(second.prefix, "-c", "import six; print(six.__version__)") == "1.16.0"


def test_files_that_no_package_knows_do_not_spoil_a_place(repo: Repo, tmp_path: Path) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "a", packages=["six==1.16.0"])))
    first = envgit.checkout("HEAD")
    run_python(first.prefix, "-c", "import six")
    (first.prefix / "share").mkdir()
    (first.prefix / "share" / "downloaded.bin").write_bytes(b"model")

    assert (envgit.checkout("HEAD").reused, envgit.checkout("HEAD").reused) == (True, True)


def test_a_restore_that_was_interrupted_before_its_proof_is_proven_by_the_next(
    repo: Repo, tmp_path: Path
) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "a", packages=["six==1.16.0"])))
    place = envgit.checkout("HEAD", prefix=str(tmp_path / "b")).prefix
    write_mark(place, Mark(snapshot=envgit.show().revision.snapshot.id))

    again = envgit.checkout("HEAD", prefix=str(tmp_path / "b"))

    assert (again.grade, again.reused) == ("exact", True)
    mark = read_mark(place)
    assert mark is not None
    assert (mark.grade, mark.captured) == ("exact", again.snapshot)


def test_many_runs_at_once_build_the_environment_once(repo: Repo, tmp_path: Path) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "a", packages=["six==1.16.0"])))
    command = [sys.executable, "-m", "envgit", "run", "HEAD", "--quiet"]
    command += ["--", "python", "-c", "import six; print(1)"]

    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]
    ended = [process.communicate(timeout=120) for process in running]

    assert [process.returncode for process in running] == [0] * 6
    assert ended == [("1\n", "")] * 6
    places = tmp_path / "cache" / "environments"
    assert len([path for path in places.iterdir() if path.is_dir()]) == 1


def test_a_snapshot_with_other_sources_has_a_cache_place_of_its_own(repo: Repo, tmp_path: Path) -> None:
    six = Distribution(name="six", version="1.16.0", owner="pypi", digest="d" * 64)
    other = Distribution(
        name="six",
        version="1.16.0",
        owner="pypi",
        digest="d" * 64,
        source=Source(kind="archive", url="https://stranger.example/six.whl"),
    )
    mine, theirs = (
        snapshot_of(Environment(kind="venv", platform="linux-64", python="3.11.7", distributions=(d,)))
        for d in (six, other)
    )
    assert mine.id == theirs.id
    assert next(cached_places(tmp_path, mine)) != next(cached_places(tmp_path, theirs))


def test_run_gives_the_exit_code_of_the_command(repo: Repo, tmp_path: Path) -> None:
    envgit.init(prefix=str(make_venv(tmp_path / "a")))
    assert envgit.run("HEAD", ["python", "-c", "raise SystemExit(7)"]) == 7


def test_half_of_a_conda_environment_is_neither_recorded_nor_bound(
    repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["python", "six"], tmp_path / "a")
    envgit.init(prefix=str(prefix))
    before = repo.git("rev-parse", "envgit/default^{tree}")
    for folder in ("bin", "lib"):
        shutil.rmtree(prefix / folder)

    for operation in (envgit.status, envgit.snapshot, lambda: envgit.tag("x"), envgit.verify):
        with pytest.raises(NotAPrefix, match="only half of an environment"):
            operation()
    committed = repo.run("commit", "--allow-empty", "-m", "two")

    assert committed.returncode == 0
    assert "only half of an environment" in committed.stderr
    assert repo.git("rev-parse", "envgit/default^{tree}") == before
    assert "\nUnobserved: " in repo.git("log", "-1", "--format=%B", "envgit/default")


def test_what_pip_uninstalled_behind_conda_s_back_stays_uninstalled(
    repo: Repo, channel: Channel, tmp_path: Path
) -> None:
    prefix = conda_install(channel, ["python", "six", "tabulate"], tmp_path / "a")
    envgit.init(prefix=str(prefix))
    run_uv("pip", "uninstall", "--quiet", "--python", str(prefix / "bin" / "python"), "six")

    drift = envgit.diff().drift
    assert [(c.layer, c.name, c.kind) for c in drift.changes] == [("pypi", "six", "removed")]
    assert not envgit.status().clean
    envgit.tag("without-six")
    restored = envgit.checkout("without-six", prefix=str(tmp_path / "b"))

    assert (restored.grade, envgit.verify("without-six", prefix=str(tmp_path / "b")).identical) == (
        "exact",
        True,
    )
    found = run_python(tmp_path / "b", "-c", "import importlib.util as u; print(u.find_spec('six'))")
    assert found == "None"
