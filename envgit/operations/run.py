"""Run a command inside a snapshot's environment, or inside any prefix, as if it were activated."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.operations.activation import activate, no_such_command
from envgit.operations.marks import note_use, read_mark, stamp_of
from envgit.operations.places import cached_places
from envgit.operations.proof import is_untouched
from envgit.operations.repositories import note_repository
from envgit.operations.revision import open_revision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from envgit.model import Snapshot
    from envgit.operations.checkout import Restored
    from envgit.operations.revision import Revision
    from envgit.operations.workspace import Workspace
    from envgit.restore import Progress


class CommandNotFound(EnvgitError):
    """The environment has no such command."""

    kind = "command-not-found"
    exit_code = 127


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """A snapshot's environment in the cache; ``restored`` is None where it stood there, untouched."""

    revision: Revision
    prefix: Path
    restored: Restored | None = None


def make_ready(
    workspace: Workspace, rev: str, *, offline: bool = False, progress: Progress | None = None
) -> Ready:
    """Find the environment of a snapshot in the cache, or restore it to there.

    One that is as its proof left it is not captured again: that is what the second run is quick by.

    Raises:
        EnvgitError: see `open_revision` and `checkout`.
    """
    revision = open_revision(workspace, rev)
    standing = _standing(workspace.cache, revision.snapshot)
    if standing is not None:
        note_repository(workspace.cache, workspace.repository.common_dir)
        return Ready(revision=revision, prefix=standing)
    from envgit.operations.checkout import checkout, prepare

    restored = checkout(workspace, prepare(workspace, revision, offline=offline), progress=progress)
    return Ready(revision=revision, prefix=restored.prefix, restored=restored)


def _standing(cache: Path, snapshot: Snapshot) -> Path | None:
    """The place where an environment stands that needs no closer look."""
    for place in cached_places(cache, snapshot):
        note_use(place)  # before it is looked at: nobody removes what was just used
        if is_untouched(place, snapshot):
            return place
        mark = read_mark(place)
        if mark is None or not mark.spoilt or mark.spoilt != stamp_of(place):
            return None
    raise AssertionError("there is always a next place in the cache")


def run_inside(
    prefix: Path, command: Sequence[str], environ: Mapping[str, str], *, become: bool = False
) -> int:
    """Run a command inside a prefix and wait for it.

    Args:
        prefix: of the environment.
        command: the program and its arguments.
        environ: variables to start from.
        become: let this process become the command where the system can, so that signals reach it.

    Returns:
        The command's exit code.

    Raises:
        CommandNotFound: there is no such command in the environment or on ``PATH``.
        NotAPrefix, BadFile: the environment cannot be activated.
    """
    activated = activate(prefix, command, environ)
    own = prefix / "bin" / command[0]
    if own.is_file() and not os.access(own, os.X_OK):  # another one on PATH is not what was recorded
        raise CommandNotFound(f"{command[0]}: not executable in {prefix}")
    try:
        if become and os.name == "posix":
            # Python ignores SIGPIPE, and a process inherits that.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execvpe(activated.command[0], activated.command, dict(activated.environ))  # noqa: S606
        return subprocess.run(activated.command, env=activated.environ, check=False).returncode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CommandNotFound(no_such_command(command[0], prefix)) from error
    except PermissionError as error:
        raise CommandNotFound(f"{command[0]}: not executable in {prefix}") from error
