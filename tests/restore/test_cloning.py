"""A clone of an environment: the same files, and none that an installer writes into."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from envgit.errors import Conflict
from envgit.restore.changing.cloning import clone
from envgit.sights import sights_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    prefix = tmp_path / "env"
    for folder in ("bin", "conda-meta", "lib/deep", "empty"):
        (prefix / folder).mkdir(parents=True)
    (prefix / "lib/deep/module.py").write_text("VALUE = 1\n")
    (prefix / "lib/link").symlink_to("deep/module.py")
    (prefix / "lib/dangling").symlink_to("/nowhere/at/all")
    (prefix / "lib/twin.py").hardlink_to(prefix / "lib/deep/module.py")
    (prefix / "bin/tool").write_text("#!/bin/sh\n")
    (prefix / "bin/tool").chmod(0o755)
    (prefix / "bin/large").write_bytes(b"\x7fELF" + b"\0" * 100_000)
    (prefix / "conda-meta/history").write_text("==> then <==\n")
    (prefix / "conda-meta/six-1.0-0.json").write_text("{}")
    (prefix / "empty").chmod(0o500)
    return prefix


def shared(one: Path, other: Path) -> bool:
    return os.path.samestat(one.lstat(), other.lstat())


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_mode,
            os.fsencode(os.readlink(path))
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else b"",
        )
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("linked", [True, False])
def test_clone_holds_the_same(linked: bool, prefix: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    clone(sights_of(prefix), copy, linked=linked)
    assert tree(copy) == tree(prefix)
    assert shared(copy / "lib/deep/module.py", prefix / "lib/deep/module.py") is linked


def test_files_that_are_written_into_are_copies(prefix: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    clone(sights_of(prefix), copy)
    apart = {
        name for name in tree(copy) if (copy / name).is_file() and not shared(copy / name, prefix / name)
    }
    assert apart == {"bin/tool", "conda-meta/history"}
    assert (copy / "bin/tool").stat().st_mtime_ns == (prefix / "bin/tool").stat().st_mtime_ns


def test_what_cannot_be_linked_is_copied(
    prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    clone(sights_of(prefix), tmp_path / "copy")
    assert tree(tmp_path / "copy") == tree(prefix)


@pytest.fixture
def listening(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.chdir(prefix)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("socket")
        opened.listen()
        yield opened


def test_socket_that_a_program_listens_on_can_be_reached_in_the_clone(
    listening: socket.socket, prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone(sights_of(prefix), tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect("socket")


def test_files_of_another_user_stop_it(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: prefix.stat().st_uid + 1)
    with pytest.raises(Conflict, match="belongs to another user"):
        clone(sights_of(prefix), tmp_path / "copy")


def test_clone_on_another_file_system_is_a_copy(prefix: Path, tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system to write to")
    with TemporaryDirectory(dir=memory) as folder:
        copy = Path(folder, "copy")
        clone(sights_of(prefix), copy)
        assert tree(copy) == tree(prefix)
        assert (copy / "lib/deep/module.py").stat().st_mtime_ns == (
            prefix / "lib/deep/module.py"
        ).stat().st_mtime_ns
