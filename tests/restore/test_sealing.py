"""Cached packages are hashed before they are linked, unless a seal says that nothing has touched them."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from envgit.restore.conda import calling
from envgit.restore.conda.sealing import look_at
from tests.restore.environments import Workshop, conda_environment, conda_package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.channel import Channel

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no seals where ctimes tell nothing")

CONTENT = "1.1 cpu_0\n"


def share(prefix: Path) -> Path:
    return prefix / "share/variant.txt"


def cached_file(workshop: Workshop) -> Path:
    return share(workshop.settings.cache / "conda/sha256/variant-1.1-cpu_0")


def seal(workshop: Workshop) -> Path:
    return workshop.settings.cache / "conda/seals/sha256/variant-1.1-cpu_0"


def forged(workshop: Workshop) -> str:
    """The seal that the package would have, were it right as it is."""
    look = look_at(workshop.settings.cache / "conda/sha256/variant-1.1-cpu_0")
    assert look is not None
    before = json.loads(seal(workshop).read_text())
    return json.dumps(before | {"lasting": look.lasting, "fleeting": look.fleeting})


def in_the_cache(workshop: Workshop, _prefix: Path) -> Path:
    return cached_file(workshop)


def through_a_link(_workshop: Workshop, prefix: Path) -> Path:
    return share(prefix)


@pytest.mark.parametrize("place", [in_the_cache, through_a_link])
@pytest.mark.parametrize("mtime_is_put_back", [False, True])
def test_altered_file_is_found_and_fetched_again(
    channel: Channel,
    workshop: Workshop,
    prefix: Path,
    place: Callable[[Workshop, Path], Path],
    mtime_is_put_back: bool,
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    file = place(workshop, prefix)
    before = file.stat()
    file.write_text(CONTENT.replace("1", "2"))
    if mtime_is_put_back:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    second = prefix.with_name("second")
    (note,) = workshop.restore(environment, second)
    assert share(second).read_text() == CONTENT
    assert "damaged in the package cache" in note.reason


def test_file_that_another_one_took_the_place_of_is_found(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    file = cached_file(workshop)
    impostor = file.with_name("impostor")
    impostor.write_text(CONTENT.replace("1", "2"))
    os.utime(impostor, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    impostor.replace(file)
    second = prefix.with_name("second")
    workshop.restore(environment, second)
    assert share(second).read_text() == CONTENT


@pytest.mark.parametrize("sealed_anew", [False, True])
def test_file_that_was_altered_together_with_its_hash_in_the_cache_is_found(
    channel: Channel, workshop: Workshop, prefix: Path, sealed_anew: bool
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    if sealed_anew:
        os.unlink(share(prefix))
        workshop.restore(environment, prefix.with_name("first"))
    file, impostor = cached_file(workshop), CONTENT.replace("1", "2").encode()
    paths = file.parents[1] / "info/paths.json"
    listed = paths.read_text()
    before, after = (hashlib.sha256(content).hexdigest() for content in (file.read_bytes(), impostor))
    assert before in listed
    file.write_bytes(impostor)
    paths.write_text(listed.replace(before, after))
    second = prefix.with_name("second")
    (note,) = workshop.restore(environment, second)
    assert share(second).read_text() == CONTENT
    assert "damaged in the package cache" in note.reason
    assert paths.read_text() == listed


def test_nothing_is_hashed_while_a_seal_holds(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    """The seal is forged here: it is what tells a package that is hashed from one that is not."""
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    cached_file(workshop).write_text("forged\n")
    seal(workshop).write_text(forged(workshop))
    second = prefix.with_name("second")
    workshop.restore(environment, second)
    assert share(second).read_text() == "forged\n"


def test_seals_last_through_any_number_of_restores(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    for number in range(3):
        workshop.restore(environment, prefix.with_name(f"env{number}"))
        assert seal(workshop).read_text() == forged(workshop)


def test_package_is_sealed_again_once_it_was_hashed(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    os.unlink(share(prefix))  # as by an environment that is removed
    assert seal(workshop).read_text() != forged(workshop)
    workshop.restore(environment, prefix.with_name("second"))
    assert seal(workshop).read_text() == forged(workshop)


@pytest.mark.parametrize("content", ["", "{}", "[1, 2]", "null", '["a", "b", "c"]', "\xff"])
def test_seal_that_means_nothing_is_none(
    content: str, channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    cached_file(workshop).write_text("altered\n")
    seal(workshop).write_bytes(content.encode("latin-1"))
    second = prefix.with_name("second")
    workshop.restore(environment, second)
    assert share(second).read_text() == CONTENT


def test_change_in_the_tick_of_the_look_is_no_seal(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    look = look_at(tmp_path)
    assert look is not None
    assert not look.settled(look.newest)
    assert look.settled(look.newest + 3_000_000_000)


def test_worker_that_is_started_early_does_the_first_task(
    channel: Channel, workshop: Workshop, prefix: Path
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    with calling.expecting():
        workshop.restore(environment, prefix)
        workshop.restore(environment, prefix.with_name("second"))
    assert share(prefix.with_name("second")).read_text() == CONTENT


def test_worker_that_is_not_needed_ends(workshop: Workshop) -> None:
    with calling.expecting():
        (worker,) = calling._WAITING
    assert worker.child.returncode is not None
    assert not calling._WAITING
