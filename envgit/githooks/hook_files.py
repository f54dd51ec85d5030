"""Launchers as files in a hooks folder, around whatever hooks are there, and out again without a trace."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
from typing import TYPE_CHECKING

from envgit.errors import Conflict
from envgit.githooks.events import EVENTS
from envgit.githooks.launcher import launcher_block
from envgit.store.leftovers import is_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack
    from pathlib import Path

_BEFORE = ".before-envgit"
#: What the pre-commit framework renames a hook to when it puts its own in front; it runs that first.
_LEGACY = ".legacy"
#: How a hook is called until it is moved into place.
_ASIDE = re.compile(rf"\.(?:{'|'.join(EVENTS)})-[0-9a-f]{{8}}")
_BARE = b"#!/bin/sh"


def install_files(folder: Path, undo: ExitStack) -> None:
    """Install or renew the launcher of every event; ``undo`` is told how to take each step back.

    Raises:
        Conflict: the folder holds two foreign hooks for one event; nothing is written.
        OSError: the folder cannot be written to.
    """
    _refuse_second_hook(folder)
    _sweep(filter(is_abandoned, _unfinished(folder)))
    if not folder.is_dir():
        folder.mkdir(parents=True)
        undo.callback(folder.rmdir)
    for event in EVENTS:
        _install_launcher(folder, event, undo)


def remove_files(folder: Path) -> bool:
    """Take every launcher out and put back what was there before it; whether there was anything to do.

    Raises:
        OSError: the folder cannot be written to.
    """
    removed = [_remove_launcher(folder, event) for event in EVENTS]
    _sweep(_unfinished(folder))
    return any(removed)


def _unfinished(folder: Path) -> list[str]:
    """Launchers that were never moved into place: whoever wrote them was killed, or is at it."""
    names = os.listdir(folder) if folder.is_dir() else []
    return [str(folder / name) for name in names if _ASIDE.fullmatch(name)]


def _sweep(files: Iterable[str]) -> None:
    for file in files:
        os.unlink(file)


def events_in(folder: Path) -> tuple[str, ...]:
    """The events whose hook holds a launcher, leads to one, or has the line to paste."""
    return tuple(
        event for event in EVENTS if _launcher(folder, event) is not None or _has_line(folder / event, event)
    )


def _has_line(hook: Path, event: str) -> bool:
    return hook.is_file() and f"envgit hook {event}".encode() in hook.read_bytes()


def _launcher(folder: Path, event: str) -> Path | None:
    """The file with our launcher: the hook, or what another tool's hook in front of it runs."""
    hook = folder / event
    for file in (hook, folder / (event + _LEGACY)):
        if hook.is_file() and file.is_file() and _block_of(event).search(file.read_bytes()):
            return file
    return None


def _refuse_second_hook(folder: Path) -> None:
    """Of two foreign hooks only one can be kept as the one before ours."""
    for event in EVENTS:
        hook, before = folder / event, folder / (event + _BEFORE)
        if _launcher(folder, event) is None and os.path.lexists(hook) and os.path.lexists(before):
            if _same(hook, before):
                continue  # its tool wrote it anew over ours
            raise Conflict(
                f"{hook} replaced envgit's hook, and {before.name} beside it is the hook from before envgit",
                hint=f"keep one of the two as {event}, remove the other, then: envgit init",
            )


def _same(hook: Path, before: Path) -> bool:
    return hook.is_file() and before.is_file() and hook.read_bytes() == before.read_bytes()


def _install_launcher(folder: Path, event: str, undo: ExitStack) -> None:
    block = launcher_block(event)
    hook, before = folder / event, folder / (event + _BEFORE)
    launcher = _launcher(folder, event)
    if launcher is not None:
        old = launcher.read_bytes()
        _write_executable(launcher, _block_of(event).sub(lambda _: block, old))
        undo.callback(_write_executable, launcher, old)
        return
    if os.path.lexists(hook):
        if not os.path.lexists(before):  # else it is the same
            _keep(hook, before)
        undo.callback(os.replace, before, hook)
    else:
        undo.callback(hook.unlink)
    _write_executable(hook, _BARE + b"\n" + block)


def _keep(hook: Path, before: Path) -> None:
    """Keep a foreign hook under a second name: it stays in service until ours is in its place."""
    try:
        os.link(hook, before, follow_symlinks=False)
    except (OSError, NotImplementedError):  # no links here
        shutil.copy2(hook, before, follow_symlinks=False)


def _remove_launcher(folder: Path, event: str) -> bool:
    launcher = _launcher(folder, event)
    hook, before = folder / event, folder / (event + _BEFORE)
    if launcher is not None:
        _take_out(launcher, event)
    elif os.path.lexists(before) and (not os.path.lexists(hook) or _same(hook, before)):
        # Our hook was deleted by hand, and theirs would stay out of service; or `init` was killed.
        os.replace(before, hook)
        before.unlink(missing_ok=True)  # two names of one file are left as they are
    else:
        return False
    return True


def _take_out(launcher: Path, event: str) -> None:
    before = launcher.with_name(event + _BEFORE)
    theirs = _block_of(event).sub(b"", launcher.read_bytes())
    if theirs.strip() != _BARE:
        # Somebody wrote into our file. Their text stays, and what ran before it still does.
        first, _, rest = theirs.partition(b"\n")
        _write_executable(launcher, first + b"\n" + _chained(before, event) + rest)
    elif os.path.lexists(before):
        os.replace(before, launcher)
    else:
        launcher.unlink()


def _chained(before: Path, event: str) -> bytes:
    """A line that runs the hook from before ours, under a name that a later `init` will not need."""
    if not os.path.lexists(before):
        return b""
    names = (f"{event}.before{number}" for number in itertools.count(1))
    kept = next(name for name in names if not os.path.lexists(before.with_name(name)))
    os.replace(before, before.with_name(kept))
    return f'"${{0%/*}}/{kept}" "$@" || exit\n'.encode()


def _block_of(event: str) -> re.Pattern[bytes]:
    name = re.escape(event.encode())
    return re.compile(rb"# >>> envgit: " + name + rb" >>>\n.*?# <<< envgit: " + name + rb" <<<\n", re.DOTALL)


def _write_executable(hook: Path, content: bytes) -> None:
    """Replace a hook in one step: Git may be running it right now."""
    mode = stat.S_IMODE(hook.stat().st_mode) if hook.exists() else 0o755
    aside = hook.with_name(f".{hook.name}-{os.urandom(4).hex()}")
    try:
        aside.write_bytes(content)
        aside.chmod(mode | 0o555)  # Git runs no hook that is not executable
        aside.replace(hook)
    finally:
        aside.unlink(missing_ok=True)
