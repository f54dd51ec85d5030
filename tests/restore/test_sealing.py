"""Cached packages are hashed before they are linked, unless a seal says that nothing has touched them."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from envgit.restore.conda import calling
from envgit.restore.conda.layer import announce_conda
from envgit.restore.conda.sealing import Glance, Seal, look_at
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


def test_all_that_is_to_be_done_meanwhile_is_done(channel: Channel, workshop: Workshop, prefix: Path) -> None:
    done: list[str] = []
    with calling.expecting(lambda: done.append("early")), calling.expecting(lambda: done.append("late")):
        workshop.restore(conda_environment(conda_package(channel, "variant", "1.1")), prefix)
    assert done == ["early", "late"]


def test_worker_that_is_not_needed_ends(workshop: Workshop) -> None:
    with calling.expecting():
        (worker,) = calling._WAITING
    assert worker.child.returncode is not None
    assert not calling._WAITING


@pytest.mark.parametrize("is_altered", [False, True])
def test_what_is_announced_is_looked_at_before_the_task_is_known(
    channel: Channel, workshop: Workshop, prefix: Path, is_altered: bool
) -> None:
    environment = conda_environment(conda_package(channel, "variant", "1.1"))
    workshop.restore(environment, prefix)
    if is_altered:
        share(prefix).write_text(CONTENT.replace("1", "2"))
    second = prefix.with_name("second")
    with calling.expecting():
        announce_conda(environment, workshop.settings.cache)
        (note,) = workshop.restore(environment, second)
    assert share(second).read_text() == CONTENT
    assert ("damaged in the package cache" in note.reason) is is_altered


def test_what_was_seen_counts_while_its_seal_holds_and_not_for_long(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(CONTENT)
    glance = Glance.at([str(tmp_path), str(tmp_path / "none")])
    look = look_at(tmp_path)
    assert look is not None
    seal = Seal(of="", lists="", lasting=look.lasting, fleeting=look.fleeting)
    assert glance.of(tmp_path, seal) == look
    assert glance.of(tmp_path, None) is None
    assert glance.of(tmp_path, replace(seal, fleeting="")) is None
    assert replace(glance, moment=glance.moment - 1).of(tmp_path, seal) is None


def test_a_stranger_s_package_names_no_folder_to_look_at(
    channel: Channel, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[list[str]] = []
    monkeypatch.setattr("envgit.restore.conda.layer.announce", announced.append)
    package = conda_package(channel, "variant", "1.1")
    announce_conda(conda_environment(replace(package, build="../../etc")), workshop.settings.cache)
    assert announced == []
    announce_conda(conda_environment(package), workshop.settings.cache)
    assert announced == [[str(workshop.settings.cache / "conda/sha256/variant-1.1-cpu_0")]]
