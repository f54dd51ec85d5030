"""Where the file of a distribution is had from: near places first, and on to the next for other bytes."""

from __future__ import annotations

import json
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from envgit.model import IndexFile, Source
from tests.builders import make_wheel, run_python
from tests.restore.distributions import dist_info, serve, sha256_of, untrue_rows, with_settings
from tests.restore.environments import Workshop, dist, venv_environment
from tests.restore.projects import BACKEND, MODULE, PYPROJECT
from tests.server import Status, WrongBytes

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Distribution, Environment
    from tests.server import Server

SAYS = ("-c", "import far; print(far.__version__)")


def far(wheel: Path, **places: str) -> Distribution:
    """The distribution of a wheel, whose file is known."""
    return dist("far", "1.0", file=IndexFile(name=wheel.name, sha256=sha256_of(wheel), **places))


def other_wheel(folder: Path) -> Path:
    """A wheel of the same name and version with other content."""
    return make_wheel(folder, "far", "1.0", files={"far.py": "__version__ = 'other'\n"})


def restored(workshop: Workshop, distribution: Distribution, prefix: Path) -> Environment:
    """Restore a layer of one distribution, which has to come back without a word."""
    environment = venv_environment(distribution)
    assert workshop.restore(environment, prefix) == ()
    assert run_python(prefix, *SAYS) == "1.0"
    assert not (dist_info(prefix, "far") / "direct_url.json").exists()
    assert untrue_rows(prefix, "far") == []
    return environment


@pytest.mark.parametrize("below", [".", "wheels", "simple/far"])
def test_an_archive_that_is_a_folder_is_looked_in_before_any_index(
    below: str, index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    wheel = make_wheel(tmp_path / "archive" / below, "far", "1.0")
    workshop = with_settings(indexed, tmp_path, archives=(str(tmp_path / "archive"),))
    restored(workshop, far(wheel), prefix)
    restored(workshop, dist("far", "1.0"), prefix.with_name("2"))
    assert index.count() == 0


def test_an_archive_that_is_a_url_is_looked_in_before_the_index(
    index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    wheel = make_wheel(index.folder / "archive/simple/far", "far", "1.0")
    serve(index, "far", "1.0")
    workshop = with_settings(indexed, tmp_path, archives=(f"{index.url}/archive",))
    restored(workshop, far(wheel), prefix)
    assert (index.count("/archive/*.whl"), index.count("/simple/*.whl")) == (1, 0)


@pytest.mark.parametrize("place", ["folder", "url", "url of wheels", "gone", "not answering"])
def test_other_bytes_in_an_archive_or_none_lead_on_to_the_index(
    place: str, index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    wheel = serve(index, "far", "1.0")
    other_wheel(tmp_path / "archive")
    other_wheel(index.folder / "archive/simple/far")
    other_wheel(index.folder / "flat")
    archive = {
        "folder": str(tmp_path / "archive"),
        "url": f"{index.url}/archive",
        "url of wheels": f"{index.url}/flat",
        "gone": f"{index.url}/gone",
        "not answering": "http://127.0.0.1:9",
    }[place]
    restored(with_settings(indexed, tmp_path, archives=(archive,)), far(wheel), prefix)


def test_a_mirror_of_the_index_stands_in_for_it(
    index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    wheel = make_wheel(index.folder / "mirror/far", "far", "1.0")
    mirrors = (("https://index.example/simple", f"{index.url}/mirror"),)
    distribution = far(wheel, index="https://index.example/simple/")
    restored(with_settings(indexed, tmp_path, mirrors=mirrors), distribution, prefix)


def test_an_index_of_its_own_is_asked_for_that_distribution_alone(
    index: Server, indexed: Workshop, prefix: Path
) -> None:
    wheel = make_wheel(
        index.folder / "own/far", "far", "1.0+cu118", files={"far.py": "__version__ = '1.0'\n"}
    )
    usual = "https://usual.example/simple/"
    layer = [dist("far", "1.0+cu118", file=IndexFile(sha256=sha256_of(wheel), index=f"{index.url}/own/"))]
    for name in ("near", "next"):
        file = serve(index, name, "1.0")
        layer.append(dist(name, "1.0", file=IndexFile(name=file.name, sha256=sha256_of(file), index=usual)))
    assert indexed.restore(venv_environment(*layer), prefix) == ()
    assert run_python(prefix, *SAYS) == "1.0"
    assert (index.count("/own/far/"), index.count("/own/near*"), index.count("/simple/near/")) == (1, 0, 1)


def test_a_file_that_the_index_no_longer_lists_is_had_by_its_url(
    index: Server, indexed: Workshop, prefix: Path
) -> None:
    wheel = make_wheel(index.folder / "files", "far", "1.0")
    restored(indexed, far(wheel, url=f"{index.url}/files/{wheel.name}"), prefix)


#: What is said where no contents were recorded that could tell whether it is the same all the same.
SUBSTITUTED = ("rebuilt", "any file of its version was taken, for want of the recorded one")


@pytest.mark.parametrize("allowed", [False, True])
def test_other_bytes_everywhere_are_missing_unless_a_substitute_is_allowed(
    allowed: bool, index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    other_wheel(index.folder / "simple/far")
    wheel = make_wheel(tmp_path / "gone", "far", "1.0")
    workshop = with_settings(indexed, tmp_path, allow_substitutes=allowed)
    (note,) = workshop.restore(venv_environment(far(wheel)), prefix)
    if allowed:
        assert (note.grade, note.reason) == SUBSTITUTED
        assert run_python(prefix, *SAYS) == "other"
    else:
        assert (note.grade, "is not the recorded one: expected" in note.reason) == ("missing", True)


def test_an_index_may_stand_in_for_an_archive_and_is_not_said_to_be_it(
    index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    other_wheel(index.folder / "simple/far")
    source = Source(
        kind="archive", url=(tmp_path / "gone/far-1.0-py3-none-any.whl").as_uri(), sha256="0" * 64
    )
    workshop = with_settings(indexed, tmp_path, allow_substitutes=True)
    (note,) = workshop.restore(venv_environment(dist("far", "1.0", source=source)), prefix)
    assert (note.grade, note.reason) == SUBSTITUTED
    assert run_python(prefix, *SAYS) == "other"
    assert not (dist_info(prefix, "far") / "direct_url.json").exists()
    assert untrue_rows(prefix, "far") == []


def test_spoilt_bytes_on_the_way_are_never_installed(
    index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    wheel = serve(index, "far", "1.0")
    index.fail("/simple/far/*.whl", WrongBytes())
    (note,) = indexed.restore(venv_environment(far(wheel)), prefix)
    assert (note.name, note.grade) == ("far", "missing")


def test_one_that_cannot_be_had_costs_a_few_runs_of_uv_not_one_for_each(
    index: Server, indexed: Workshop, prefix: Path
) -> None:
    names = [f"have{number}" for number in range(12)]
    for name in names:
        serve(index, name, "1.0")
    index.fail("/simple/have5/*.whl", Status(404))
    notes = indexed.restore(venv_environment(*(dist(name, "1.0") for name in names)), prefix)
    assert [note.name for note in notes] == ["have5"]
    assert index.count("/simple/have5/*.whl") <= 6


def test_a_kept_copy_stands_in_for_a_wheel_that_is_gone_and_the_origin_is_as_recorded(
    indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    wheel = make_wheel(tmp_path / "mine", "far", "1.0")
    sha256, url = sha256_of(wheel), wheel.as_uri()
    kept = indexed.settings.cache / "wheels" / sha256 / wheel.name
    kept.parent.mkdir(parents=True)
    shutil.move(wheel, kept)
    direct = {"url": url, "archive_info": {"hashes": {"sha256": sha256}}}
    for source, file in (
        (Source(kind="archive", url=url, sha256=sha256), None),
        (Source(kind="archive", url=url), IndexFile(name=wheel.name, sha256=sha256)),
    ):
        place = prefix.with_name("a" if file else "b")
        assert indexed.restore(venv_environment(dist("far", "1.0", source=source, file=file)), place) == ()
        written = json.loads((dist_info(place, "far") / "direct_url.json").read_text())
        assert written == (direct if source.sha256 else {"url": url, "archive_info": {}})
        assert untrue_rows(place, "far") == []

    kept.write_bytes(kept.read_bytes() + b"\0")
    (note,) = indexed.restore(venv_environment(dist("far", "1.0", source=source, file=file)), prefix)
    assert (note.grade, "No such file" in note.reason) == ("missing", True)


@pytest.mark.parametrize("local", [True, False])
def test_a_source_distribution_is_built_again(
    local: bool, index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    tree = tmp_path / "demo_project-0.3"
    tree.mkdir()
    metadata = "Metadata-Version: 2.1\nName: demo-project\nVersion: 0.3\n"
    files = {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND,
        "demo_project.py": MODULE,
        "PKG-INFO": metadata,
    }
    for name, text in files.items():
        (tree / name).write_text(text)
    folder = tmp_path / "mine" if local else index.folder / "simple/demo-project"
    folder.mkdir()
    sdist = folder / f"{tree.name}.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        archive.add(tree, tree.name)
    source = Source(kind="archive", url=sdist.as_uri(), sha256=sha256_of(sdist)) if local else None
    file = IndexFile(name=sdist.name, sha256=sha256_of(sdist))
    environment = venv_environment(dist("demo-project", "0.3", source=source, file=file))
    assert indexed.restore(environment, prefix) == ()
    assert (dist_info(prefix, "demo_project") / "direct_url.json").exists() == local
    assert "demo" in run_python(prefix, "-c", "import demo_project; demo_project.main()")
