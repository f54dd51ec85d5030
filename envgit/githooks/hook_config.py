"""Launchers in Git's own configuration: hooks that no tool overwrites and no ``core.hooksPath`` hides.

Git runs them from 2.54 on (``hook.<name>.event`` and ``.command`` in git-config(1)), and after them the file
in the hooks folder; each gets the whole input. They stand in a file of their own, which Git includes and
does without where it is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from envgit.githooks.events import EVENTS
from envgit.githooks.launcher import configured_command
from envgit.store.config import change_config
from envgit.store.files import replace_file

if TYPE_CHECKING:
    from contextlib import ExitStack

    from envgit.store.git import Git
    from envgit.store.repository import Repository

_FILE = "config.envgit"
_PATTERN = r"^config\.envgit$"
_NOT_FOUND, _NO_VALUE, _FATAL, _USAGE = 1, 5, 128, 129


def runs_configured_hooks(git: Git) -> bool:
    """Whether this Git runs hooks from its configuration: asked of Git itself, not read off its version."""
    probe = "hook.envgit-probe"
    return "envgit-probe" in _listed(
        git, "post-commit", "-c", f"{probe}.event=post-commit", "-c", f"{probe}.command=:"
    )


def install_configured(repository: Repository, undo: ExitStack) -> Path:
    """Install or renew the launcher of every event; returns the file they are in.

    Raises:
        GitFailed: the repository's configuration cannot be written.
        OSError: the Git folder cannot be written to.
    """
    file = _file(repository)
    before = file.read_bytes() if file.exists() else None
    replace_file(file, b"# Written by `envgit init`, removed by `envgit uninstall`.\n" + _sections())
    undo.callback(_put_back, file, before)
    included = repository.git.find("config", "--local", "--get-all", "include.path", _PATTERN)
    if included is None:
        change_config(repository.git, "--add", "include.path", _FILE)
    return file


def remove_configured(repository: Repository) -> bool:
    """Take every launcher out of the configuration; whether there was anything to do.

    Raises:
        GitFailed: the repository's configuration cannot be written.
        OSError: the Git folder cannot be written to.
    """
    file = _file(repository)
    if not file.exists():
        return False
    change_config(repository.git, "--unset-all", "include.path", _PATTERN, accept=(0, _NO_VALUE))
    file.unlink()
    return True


def configured_events(git: Git) -> tuple[str, ...]:
    """The events for which this Git runs our launcher from its configuration, as it says itself."""
    return tuple(event for event in EVENTS if _name(event) in _listed(git, event))


def _listed(git: Git, event: str, *options: str) -> list[str]:
    """The hooks that Git would run; those that are switched off are listed with a word in front."""
    answers = (0, _NOT_FOUND, _FATAL, _USAGE)
    return git.run(*options, "hook", "list", event, accept=answers).decode(errors="replace").splitlines()


def _file(repository: Repository) -> Path:
    return Path(repository.common_dir, _FILE)


def _name(event: str) -> str:
    """A hook's name in the configuration, which must not be that of an event."""
    return f"envgit-{event}"


def _sections() -> bytes:
    return b"".join(
        b'[hook "%s"]\n\tevent = %s\n\tcommand = %s\n'
        % (_name(event).encode(), event.encode(), _value(configured_command(event)))
        for event in EVENTS
    )


def _value(text: bytes) -> bytes:
    """A value as git-config(1) quotes it, over as many lines as the text has."""
    escaped = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n\\\n")
    return b'"%s"' % escaped


def _put_back(file: Path, before: bytes | None) -> None:
    if before is None:
        file.unlink()
    else:
        replace_file(file, before)
