"""Put launchers into a repository's hooks folder and take them out again, leaving all else as it was."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import Conflict
from envgit.githooks.events import EVENTS
from envgit.store.files import writing

if TYPE_CHECKING:
    from envgit.store.repository import Repository

_BEFORE = ".before-envgit"
#: What the pre-commit framework renames a hook to when it puts its own in front; it runs that first.
_LEGACY = ".legacy"
_BARE = b"#!/bin/sh"


def install(repository: Repository) -> Path:
    """Install a launcher for every event, around whatever hooks are there; returns the folder.

    Installing again renews the launchers and nothing else.

    Raises:
        Conflict: hooks are switched off, their folder is not this repository's, or it holds two foreign
            hooks for one event; nothing is written.
        EnvgitError: the folder cannot be written to.
    """
    folder = hooks_folder(repository)
    _refuse_second_hook(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for event in EVENTS:
            _install_launcher(folder, event)
    return folder


def uninstall(repository: Repository) -> Path:
    """Take every launcher out and put back what was there before it; returns the folder.

    Raises:
        Conflict: hooks are switched off, or their folder is not this repository's; nothing is written.
        EnvgitError: the folder cannot be written to.
    """
    folder = hooks_folder(repository)
    with writing(folder):
        for event in EVENTS:
            launcher = _launcher(folder, event)
            hook, before = folder / event, folder / (event + _BEFORE)
            if launcher is not None:
                _take_out(launcher, event)
            elif os.path.lexists(before) and not os.path.lexists(hook):
                os.replace(before, hook)  # our hook was deleted by hand; theirs would stay out of service
    return folder


def installed_events(repository: Repository) -> tuple[str, ...]:
    """The events whose hook holds a launcher, or leads to one."""
    folder = hooks_folder(repository)
    return tuple(event for event in EVENTS if _launcher(folder, event) is not None)


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
            raise Conflict(
                f"{hook} replaced envgit's hook, and {before.name} beside it is the hook from before envgit",
                hint=f"keep one of the two as {event}, remove the other, then: envgit init",
            )


def _install_launcher(folder: Path, event: str) -> None:
    block = launcher_block(event)
    launcher = _launcher(folder, event)
    if launcher is not None:
        _write_executable(launcher, _block_of(event).sub(lambda _: block, launcher.read_bytes()))
        return
    hook = folder / event
    if os.path.lexists(hook):
        os.replace(hook, folder / (event + _BEFORE))
    _write_executable(hook, _BARE + b"\n" + block)


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


def launcher_block(event: str) -> bytes:
    """The launcher of one event as it goes into a hook: interpreter and search path pinned."""
    entry = Path(__file__).with_name("entry.py")
    values = {
        b"@EVENT@": event.encode(),
        b"@PYTHON@": _quoted(sys.executable),
        b"@ENTRY@": _quoted(str(entry)),
        b"@PATH@": _quoted(os.pathsep.join(_search_path())),
    }
    block = _template().partition(b"\n")[2]
    return re.sub(b"@[A-Z]+@", lambda match: values[match[0]], block)


def snippet() -> str:
    """What to paste into hooks that envgit may not write, for ``init --manual``."""
    lines = [f'# in {event}\nenvgit hook {event} "$@" || :' for event in EVENTS if event != "pre-commit"]
    return "\n".join(lines)


def hooks_folder(repository: Repository) -> Path:
    """The folder that Git takes this repository's hooks from.

    Raises:
        Conflict: ``core.hooksPath`` switches hooks off, or names a folder that other repositories share.
    """
    git = repository.git
    configured = git.run("config", "--type=path", "--get", "core.hooksPath", accept=(0, 1))
    text = os.fsdecode(configured).removesuffix("\n")
    if not configured:
        return Path(repository.common_dir, "hooks")
    if text in ("", os.devnull):
        raise Conflict(
            f"core.hooksPath is {text!r}: Git runs no hooks here", hint="git config --unset core.hooksPath"
        )
    top = repository.work_tree or repository.git_dir
    folder = Path(os.path.realpath(os.path.join(top, text)))
    owners = [Path(os.path.realpath(owner)) for owner in (top, repository.common_dir)]
    if not any(folder.is_relative_to(owner) for owner in owners):
        raise Conflict(
            f"core.hooksPath is {text}, which lies outside this repository; nothing was written there",
            hint="envgit init --manual binds the environment and prints the lines to add to those hooks",
        )
    return folder


def _template() -> bytes:
    package = Path(__file__).resolve().parent.parent
    # A wheel carries the launchers inside the package, a checkout beside it.
    places = (package / "hooks" / "launcher", package.parent / "hooks" / "launcher")
    return next(place for place in places if place.is_file()).read_bytes()


def _search_path() -> list[str]:
    """Where this interpreter finds envgit and the libraries it uses, without its standard library."""
    own = str(Path(__file__).resolve().parent.parent.parent)
    standard = os.path.dirname(os.__file__)
    found = [path for path in sys.path if os.path.isdir(path) and "-packages" in os.path.basename(path)]
    return list(dict.fromkeys([own, *(path for path in found if path != standard)]))


def _block_of(event: str) -> re.Pattern[bytes]:
    name = re.escape(event.encode())
    return re.compile(rb"# >>> envgit: " + name + rb" >>>\n.*?# <<< envgit: " + name + rb" <<<\n", re.DOTALL)


def _quoted(text: str) -> bytes:
    return os.fsencode(shlex.quote(text))


def _write_executable(hook: Path, content: bytes) -> None:
    """Replace a hook in one step: Git may be running it right now."""
    with tempfile.NamedTemporaryFile(dir=hook.parent, prefix=f".{hook.name}-", delete=False) as file:
        file.write(content)
    mode = stat.S_IMODE(hook.stat().st_mode) if hook.exists() else 0o755
    os.chmod(file.name, mode | 0o555)  # noqa: S103 - Git runs no hook that is not executable
    os.replace(file.name, hook)
