"""Where distributions will be had from, seen before anything is touched, and where they were had from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from envgit.model import IndexFile, Source
from envgit.restore import supply_of
from envgit.restore.building import build
from envgit.restore.keeping import keep_file
from envgit.restore.prefix.staging import staged
from tests.builders import make_wheel
from tests.restore.distributions import serve, sha256_of, with_settings
from tests.restore.environments import Workshop, dist, venv_environment

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Distribution
    from tests.server import Server


def of_index(wheel: Path, index: str = "") -> Distribution:
    """The distribution of a wheel that an index served."""
    return dist("far", "1.0", file=IndexFile(name=wheel.name, sha256=sha256_of(wheel), index=index or None))


def test_a_kept_copy_is_named_and_was_the_source(indexed: Workshop, tmp_path: Path, prefix: Path) -> None:
    wheel = make_wheel(tmp_path / "mine", "far", "1.0")
    source = Source(kind="archive", url=wheel.as_uri(), sha256=sha256_of(wheel))
    environment = venv_environment(dist("far", "1.0", source=source))
    there = supply_of(environment, indexed.settings).origins["far"]
    assert (there.kind, there.place, there.remote) == ("recorded", wheel.as_uri(), False)

    sha256 = keep_file(wheel, cache=indexed.settings.cache)
    wheel.unlink()
    assert sha256
    kept = supply_of(environment, indexed.settings).origins["far"]
    assert (kept.kind, sha256 in kept.place, kept.remote) == ("cache", True, False)
    with staged(prefix) as staging:
        (note,) = build(
            environment, staging=staging, prefix=prefix, settings=indexed.settings, progress=indexed.bars
        )
    assert (note.grade, note.source, note.reason) == ("exact", kept.place, "")


def test_what_an_index_serves_is_a_download_unless_it_lies_here(
    index: Server, indexed: Workshop, tmp_path: Path
) -> None:
    wheel = serve(index, "far", "1.0")
    recorded = of_index(wheel, "https://other.example/simple/")
    common = (dist("a", "1", file=IndexFile(sha256="a" * 64, index="https://usual.example/simple/")),) * 2
    supply = supply_of(venv_environment(recorded, *common), indexed.settings)
    assert (supply.origins["far"].place, supply.origins["far"].remote) == (
        "https://other.example/simple/",
        True,
    )
    make_wheel(tmp_path / "archive", "far", "1.0")
    near = with_settings(indexed, tmp_path, archives=(str(tmp_path / "archive"),))
    origin = supply_of(venv_environment(of_index(wheel)), near.settings).origins["far"]
    assert (origin.kind, origin.remote) == ("archive", False)
    assert index.count() == 0


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Source(kind="archive", url="file:///gone/far-1.0-py3-none-any.whl"), "No such file"),
        (Source(kind="directory", url="file:///gone/far"), "the folder /gone/far is not there"),
        (Source(kind="directory", url="file:///gone/far", editable=True), "the folder /gone/far is not"),
        (
            Source(kind="directory", url="file:///gone/far", editable=True, commit="0" * 40),
            "the folder /gone/far is not there",
        ),
        (Source(kind="vcs", url="file:///gone/far", vcs="git", editable=True), "commit"),
        (Source(kind="vcs", url="file:///gone/far", vcs="git", commit="0" * 40), "is not there"),
    ],
)
def test_a_file_or_folder_that_is_gone_is_lost_with_the_reason(
    source: Source, reason: str, indexed: Workshop
) -> None:
    supply = supply_of(venv_environment(dist("far", "1.0", source=source)), indexed.settings)
    assert supply.origins == {}
    assert reason in supply.lost["far"]
