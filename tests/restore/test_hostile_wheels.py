"""Wheels that a stranger made write, read and remove nothing outside the environment."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import RestoreFailed
from envgit.model import IndexFile, Source
from envgit.restore import build, place, staged
from tests.builders import make_wheel, run_python, site_packages
from tests.restore.distributions import dist_info, serve, sha256_of
from tests.restore.environments import (
    Workshop,
    beside,
    conda_environment,
    conda_package,
    dist,
    venv_environment,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.model import Environment
    from tests.channel import Channel
    from tests.server import Server

WANTED = venv_environment(dist("evil", "1.0"), dist("good", "1.0"))
META = "evil-1.0.dist-info"


@pytest.fixture(autouse=True)
def good(index: Server) -> Path:
    """A harmless distribution beside the other, which comes back whatever the other does."""
    return serve(index, "good", "1.0")


@pytest.fixture
def treasure(tmp_path: Path) -> Path:
    """A file of the user's, which has to stay as it is, in a folder to which nothing may be added."""
    file = tmp_path / "treasure" / "thesis.tex"
    file.parent.mkdir()
    file.write_text("years of work")
    return file


def evil(index: Server, members: Mapping[str, str], *, link: str = "", record: str = "") -> Path:
    """A wheel with members of any path; ``link`` is a symbolic link, ``record`` more rows of its RECORD."""
    wheel = serve(index, "evil", "1.0", files={"evil.py": "x = 1\n", **members})
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[f"{META}/RECORD"] += record.encode()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (0o120777 if name == link else 0o100644) << 16
            archive.writestr(member, content)
    return wheel


def untouched(treasure: Path) -> bool:
    """Whether the user's file is what it was, and alone."""
    alone = [entry.name for entry in treasure.parent.iterdir()] == [treasure.name]
    return alone and treasure.read_text() == "years of work"


@pytest.mark.parametrize(
    "member",
    [
        "../../../../../treasure/evil.txt",
        "{treasure}/evil.txt",
        "evil-1.0.data/data/../../treasure/evil.txt",
        "evil-1.0.data/data/{treasure}/evil.txt",
        "evil-1.0.data/scripts/../../../treasure/evil.txt",
        "evil-1.0.data/purelib/../../../../../treasure/evil.txt",
        "..\\..\\..\\..\\..\\treasure\\evil.txt",
    ],
)
def test_members_that_lead_out_of_the_environment_write_nothing_there(
    member: str, index: Server, indexed: Workshop, treasure: Path, prefix: Path
) -> None:
    evil(index, {member.format(treasure=treasure.parent): "evil"})
    indexed.restore(WANTED, prefix)
    assert untouched(treasure)
    assert run_python(prefix, "-c", "import good; print(good.__version__)") == "1.0"


def test_a_member_that_is_a_link_leads_nowhere(
    index: Server, indexed: Workshop, treasure: Path, prefix: Path
) -> None:
    evil(index, {"link": str(treasure.parent), "link/evil.txt": "evil"}, link="link")
    (note,) = indexed.restore(WANTED, prefix)
    assert (note.name, note.grade) == ("evil", "missing")
    assert untouched(treasure)
    assert run_python(prefix, "-c", "import good; print(good.__version__)") == "1.0"


def test_a_record_that_names_files_outside_removes_none_of_them(
    index: Server, indexed: Workshop, treasure: Path, prefix: Path
) -> None:
    rows = (
        f"../../../../../treasure/thesis.tex,sha256=AAAA,1\n{treasure},sha256=AAAA,1\n/dev/zero,sha256=A,\n"
    )
    evil(index, {}, record=rows)
    indexed.restore(WANTED, prefix)
    assert untouched(treasure)
    assert str(treasure) not in (dist_info(prefix, "evil") / "RECORD").read_text()


@pytest.mark.parametrize("kind", ["scripts", "data"])
def test_a_wheel_that_brings_a_python_of_its_own_is_missing(
    kind: str, index: Server, indexed: Workshop, prefix: Path
) -> None:
    below = "evil-1.0.data/scripts" if kind == "scripts" else "evil-1.0.data/data/bin"
    evil(index, {f"{below}/python": "#!/bin/sh\necho evil\n"})
    before = sha256_of(Path(sys.executable).resolve())
    (note,) = indexed.restore(WANTED, prefix)
    assert (note.name, note.grade) == ("evil", "missing")
    assert run_python(prefix, "-c", "print('python')") == "python"
    assert sha256_of(Path(sys.executable).resolve()) == before


@pytest.mark.parametrize("name", ["../../../treasure/evil", "{treasure}/evil", "python"])
def test_entry_points_that_are_no_names_are_refused(
    name: str, index: Server, indexed: Workshop, treasure: Path, prefix: Path
) -> None:
    points = f"[console_scripts]\n{name.format(treasure=treasure.parent)} = evil:x\n"
    evil(index, {f"{META}/entry_points.txt": points})
    (note,) = indexed.restore(WANTED, prefix)
    assert (note.name, note.grade) == ("evil", "missing")
    assert untouched(treasure)


@pytest.mark.parametrize(
    "path",
    ["pyvenv.cfg", ".envgit-restored.json", ".envgit-unproven", ".Envgit-x/y", "conda-meta/evil-1-0.json"],
)
def test_what_an_environment_is_known_by_is_no_wheel_s_to_bring(
    path: str, index: Server, indexed: Workshop, prefix: Path
) -> None:
    evil(index, {f"evil-1.0.data/data/{path}": "home = /evil\n"})
    with pytest.raises(RestoreFailed, match=f"^evil writes over {path}, which belongs to the environment"):
        indexed.restore(WANTED, prefix)
    assert beside(prefix) == []
    assert not prefix.exists()


def test_a_link_in_a_conda_package_leads_no_wheel_out_of_the_environment(
    channel: Channel, index: Server, indexed: Workshop, treasure: Path, prefix: Path
) -> None:
    evil(index, {"link/thesis.tex": "evil"})
    environment = conda_environment(conda_package(channel, "python"), pypi=WANTED.pypi)
    with staged(prefix) as staging:
        planting = _Planting(staging, treasure.parent)
        build(environment, staging=staging, prefix=prefix, settings=indexed.settings, progress=planting)
        place(staging, prefix)
    assert untouched(treasure)
    assert (site_packages(prefix) / "link/thesis.tex").read_text() == "evil"
    assert (site_packages(prefix) / "other").readlink() == treasure.parent


class _Planting:
    """A progress that makes links when the Python layer begins, as if a conda package had brought them."""

    def __init__(self, staging: Path, target: Path) -> None:
        self._staging = staging
        self._target = target

    def start(self, label: str, total: int, unit: str) -> None:
        if unit == "distributions":
            for name in ("link", "other"):
                (site_packages(self._staging) / name).symlink_to(self._target)

    def advance(self, n: int) -> None:
        """Nothing."""

    def notice(self, line: str) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "file:///dev/zero", "file:///etc", "file:///nowhere.whl"]
)
@pytest.mark.parametrize("hashed", [False, True])
def test_a_source_that_is_no_wheel_is_not_even_read(
    url: str, hashed: bool, indexed: Workshop, prefix: Path
) -> None:
    source = Source(kind="archive", url=url, sha256="0" * 64 if hashed else None)
    layer = venv_environment(dist("evil", "1.0", source=source), dist("good", "1.0"))
    (note,) = indexed.restore(layer, prefix)
    assert (note.name, note.grade) == ("evil", "missing")
    assert "neither a wheel nor a source distribution" in note.reason or "No such file" in note.reason


def test_a_pipe_that_is_called_a_wheel_is_not_waited_for(
    indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    pipe = tmp_path / "evil-1.0-py3-none-any.whl"
    os.mkfifo(pipe)
    layer = venv_environment(dist("evil", "1.0", source=Source(kind="archive", url=pipe.as_uri())))
    (note,) = indexed.restore(layer, prefix)
    assert note.reason == f"{pipe} is no plain file"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (IndexFile(sha256="x --index-url https://evil.example"), "is no SHA-256"),
        (
            IndexFile(sha256="0" * 64, index="https://evil.example/ --extra-index-url x"),
            "no place to install",
        ),
        (IndexFile(sha256="0" * 64, index="-r /etc/passwd"), "no place to install"),
        (IndexFile(sha256="0" * 64, url="https://evil.example/${HOME}"), "no place to install"),
        (IndexFile(sha256="0" * 64, url="https://[evil"), "is no URL"),
        (IndexFile(sha256="0" * 64, name="../../etc/passwd"), "is no name of a file"),
    ],
)
def test_a_stranger_s_locators_are_text(
    file: IndexFile, reason: str, indexed: Workshop, prefix: Path
) -> None:
    (note,) = indexed.restore(venv_environment(dist("evil", "1.0", file=file)), prefix)
    assert (note.grade, reason in note.reason) == ("missing", True)


def test_a_file_of_another_snapshot_is_not_taken_for_this_one(
    index: Server, indexed: Workshop, tmp_path: Path, prefix: Path
) -> None:
    """What a stranger's index put into uv's cache under a name is not what the user's own index serves."""
    theirs = make_wheel(
        index.folder / "theirs/good", "good", "1.0", files={"good.py": "__version__ = 'evil'\n"}
    )
    file = IndexFile(name=theirs.name, sha256=sha256_of(theirs), index=f"{index.url}/theirs/")
    environment: Environment = venv_environment(dist("good", "1.0", file=file))
    assert indexed.restore(environment, prefix) == ()
    mine = prefix.with_name("mine")
    assert indexed.restore(venv_environment(dist("good", "1.0")), mine) == ()
    assert run_python(mine, "-c", "import good; print(good.__version__)") == "1.0"
