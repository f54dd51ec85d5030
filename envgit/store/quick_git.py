"""Git for a commit in which nothing changed: importing `subprocess` takes longer than all that Git does then.

What fails here is left to `envgit.store.git` and its errors.
"""

from __future__ import annotations

import os

from envgit.bare import signal
from envgit.store.surroundings import PINNED, git_environ

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Mapping

#: What any pipe takes at once; with more, Git and we could wait for each other.
_PIPE_HOLDS = 4096


class RefusedError(Exception):
    """Git failed, or cannot be run like this."""


class QuickGit:
    """Runs short Git commands in the current folder, on the repository at ``git_dir``."""

    def __init__(self, git_dir: str, environ: Mapping[str, str]) -> None:
        self._environ = git_environ(environ) | {"GIT_DIR": git_dir}

    def __call__(self, *arguments: str, stdin: bytes = b"", accept: tuple[int, ...] = (0,)) -> bytes:
        """Standard output of one command.

        Raises:
            RefusedError: it ended with a code that is not in ``accept``, or was not run.
        """
        if len(stdin) > _PIPE_HOLDS or not hasattr(os, "posix_spawnp"):
            raise RefusedError
        inside, entrance = os.pipe()
        exit_, outside = os.pipe()
        with open(entrance, "wb", buffering=0) as to_git, open(exit_, "rb", buffering=0) as from_git:
            child = self._start(arguments, inside, outside)
            try:
                to_git.write(stdin)
                to_git.close()
                output = from_git.readall()
                _, status = os.waitpid(child, 0)
            except BrokenPipeError as error:  # it ended before it had read anything
                raise RefusedError from error
            except BaseException:
                os.kill(child, signal.SIGTERM)  # asked to end, Git takes its locks away
                raise
        if os.waitstatus_to_exitcode(status) not in accept:
            raise RefusedError
        return output

    def _start(self, arguments: tuple[str, ...], stdin: int, stdout: int) -> int:
        try:
            return os.posix_spawnp(
                "git",
                ("git", *PINNED, *arguments),
                self._environ,
                file_actions=(
                    (os.POSIX_SPAWN_DUP2, stdin, 0),
                    (os.POSIX_SPAWN_DUP2, stdout, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ),
                setsigdef=(signal.SIGPIPE,),
            )
        except OSError as error:
            raise RefusedError from error
        finally:
            os.close(stdin)
            os.close(stdout)
