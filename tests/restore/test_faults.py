"""What the operating system refuses is said in words that help."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from envgit.errors import RestoreFailed
from envgit.restore.faults import refused, refused_to
from tests.restore.environments import (
    Workshop,
    beside,
    conda_environment,
    conda_package,
    settings_for,
    venv_environment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.channel import Channel


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space left on the disk that holds /p"),
        (errno.EDQUOT, "no space left on the disk that holds /p"),
        (errno.EACCES, "no permission to write /p"),
        (errno.EROFS, "no permission to write /p"),
        (errno.ENAMETOOLONG, "cannot write /p: File name too long"),
    ],
)
def test_errors_of_the_system_are_told_apart(number: int, message: str) -> None:
    assert refused(OSError(number, os.strerror(number)), "/p").message == message


def test_full_disk_is_recognised_in_what_a_program_says() -> None:
    said = "failed to link\nCaused by: No space left on device (os error 28)\n"
    found = refused_to("the installer", said, Path("/p"))
    assert found is not None
    assert found.message == "no space left on the disk that holds /p"


def test_other_trouble_of_a_program_is_none_of_the_disk() -> None:
    assert refused_to("uv", "Connection refused (os error 111)", "/p") is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk_stops_the_restore_and_leaves_nothing(
    channel: Channel, workshop: Workshop, small_disk: Path
) -> None:
    environment = conda_environment(conda_package(channel, "python"))
    with pytest.raises(RestoreFailed, match=f"no space left on the disk that holds {small_disk}"):
        workshop.restore(environment, small_disk / "env")
    assert beside(small_disk / "env") == []


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system nobody can write to, where this process may mount one."""
    disk = tmp_path / "read-only"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no read-only file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_cache_that_cannot_be_written_says_how_to_choose_another(
    channel: Channel, read_only_disk: Path, tmp_path: Path, prefix: Path
) -> None:
    workshop = Workshop(settings=settings_for(tmp_path, cache=read_only_disk / "cache"))
    with pytest.raises(RestoreFailed, match=f"no permission to write {read_only_disk}") as caught:
        workshop.restore(conda_environment(conda_package(channel, "python")), prefix)
    assert "ENVGIT_CACHE" in caught.value.hint
    assert "git config envgit.cache" in caught.value.hint
    assert "-p" not in caught.value.hint


def test_a_prefix_that_cannot_be_written_says_how_to_choose_another(
    workshop: Workshop, read_only_disk: Path
) -> None:
    with pytest.raises(RestoreFailed, match=f"no permission to write {read_only_disk}") as caught:
        workshop.restore(venv_environment(), read_only_disk / "envs/here")
    assert "-p PREFIX" in caught.value.hint


def test_uv_that_is_gone_is_called_by_its_name(
    workshop: Workshop, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uv

    monkeypatch.setattr(uv, "find_uv_bin", _gone)
    with pytest.raises(RestoreFailed, match=r"the uv program.* is missing") as caught:
        workshop.restore(venv_environment(), prefix)
    assert "pip install --force-reinstall uv" in caught.value.hint


def _gone() -> str:
    raise FileNotFoundError("Could not find the uv binary")


def test_a_prefix_too_long_for_a_package_says_by_how_much(
    channel: Channel, workshop: Workshop, tmp_path: Path
) -> None:
    prefix = tmp_path.joinpath(*["x" * 80] * 4, "env")
    told = f"the prefix is too long: it has {len(bytes(prefix))} characters, and prefixed allows 255"
    with pytest.raises(RestoreFailed, match=told) as caught:
        workshop.restore(conda_environment(conda_package(channel, "prefixed")), prefix)
    assert "choose a shorter place" in caught.value.hint
