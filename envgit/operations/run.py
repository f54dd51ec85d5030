"""Run a command inside a prefix as if its environment were activated."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class CommandNotFound(EnvgitError):
    """The environment has no such command."""

    kind = "command-not-found"
    exit_code = 127


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
    from envgit.restore import activate

    activated = activate(prefix, command, environ)
    try:
        if become and os.name == "posix":
            # Python ignores SIGPIPE, and a process inherits that.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execvpe(activated.command[0], activated.command, dict(activated.environ))  # noqa: S606
        return subprocess.run(activated.command, env=activated.environ, check=False).returncode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CommandNotFound(f"{command[0]}: no such command in {prefix}") from error
    except PermissionError as error:
        raise CommandNotFound(f"{command[0]}: not executable in {prefix}") from error
