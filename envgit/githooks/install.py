"""Put launchers into a repository's hooks folder and take them out again, leaving all else as it was."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from envgit.store.repository import Repository

_BEFORE = ".before-envgit"


def install(repository: Repository) -> Path:
    """Install a launcher for every event, around whatever hooks are there; returns the folder.

    Installing again renews the launchers and nothing else.

    Raises:
        Conflict: hooks are switched off, or their folder is not this repository's; nothing is written.
    """
    folder = hooks_folder(repository)
    folder.mkdir(parents=True, exist_ok=True)
    for event in EVENTS:
        hook = folder / event
        block = launcher_block(event)
        content = hook.read_bytes() if hook.exists() else b""
        ours = _block_of(event).search(content)
        if ours:
            content = content[: ours.start()] + block + content[ours.end() :]
        else:
            if os.path.lexists(hook):
                os.replace(hook, folder / (event + _BEFORE))
            content = b"#!/bin/sh\n" + block
        _write_executable(hook, content)
    return folder


def uninstall(repository: Repository) -> Path:
    """Take every launcher out and put back what was there before it; returns the folder."""
    folder = hooks_folder(repository)
    for event in EVENTS:
        hook, before = folder / event, folder / (event + _BEFORE)
        if not hook.exists():
            continue
        content = hook.read_bytes()
        theirs, found = _block_of(event).subn(b"", content)
        if not found:
            continue  # replaced since: not ours to touch
        if theirs.strip() != b"#!/bin/sh":
            # Somebody wrote into our file. Their text stays, and what ran before it still does.
            chained = f'"${{0%/*}}/{before.name}" "$@" || exit\n'.encode() if before.exists() else b""
            first, _, rest = theirs.partition(b"\n")
            _write_executable(hook, first + b"\n" + chained + rest)
        elif before.exists():
            os.replace(before, hook)
        else:
            hook.unlink()
    return folder


def installed_events(repository: Repository) -> tuple[str, ...]:
    """The events whose hook holds a launcher."""
    folder = hooks_folder(repository)
    hooks = ((event, folder / event) for event in EVENTS)
    return tuple(e for e, hook in hooks if hook.exists() and _block_of(e).search(hook.read_bytes()))


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
