"""Git as a subprocess: one runner for all plumbing, light enough for a hook.

GitPython's object model checks no old values when it moves a ref, fails on SHA-256 repositories and passes
inherited ``GIT_*`` variables on; everything that reads or writes refs and objects goes through here.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.store.ending import end
from envgit.store.surroundings import PINNED, git_environ

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where Git begins to explain a lock, at length.
_EXPLAINING = "Another git process"
#: The highest exit code that Git itself ends with; a shell adds a signal's number to 128.
_USAGE = 129


class GitFailed(EnvgitError):
    """Git refused; the message carries its own words."""

    kind = "git"

    def __init__(self, arguments: tuple[str, ...], code: int, stderr: str) -> None:
        #: Git's own, on one line.
        self.words = " ".join(stderr.partition(_EXPLAINING)[0].split()) or f"exit code {code}"
        super().__init__(f"git {arguments[0]} failed: {self.words}")
        self.code = code
        self.stderr = stderr

    @property
    def killed(self) -> bool:
        """Whether a signal ended Git, or a wrapper's Git: what it was to do may be done, or half done."""
        return self.code < 0 or self.code > _USAGE


class Git:
    """Runs Git in one directory.

    ``git_dir`` pins the repository; without it Git discovers one from ``cwd``.
    """

    def __init__(self, cwd: str, environ: Mapping[str, str], *, git_dir: str | None = None) -> None:
        self.cwd = cwd
        self.environ = git_environ(environ)
        if git_dir is not None:
            self.environ["GIT_DIR"] = git_dir

    def at(self, folder: str) -> Git:
        """The same repository, run from another folder."""
        return Git(folder, self.environ, git_dir=self.environ.get("GIT_DIR"))

    def dated(self, seconds: int) -> Git:
        """The same repository, for commits that tell of an earlier time (seconds since the epoch)."""
        git = self.at(self.cwd)
        git.environ |= {"GIT_AUTHOR_DATE": f"@{seconds} +0000", "GIT_COMMITTER_DATE": f"@{seconds} +0000"}
        return git

    def run(self, *arguments: str, stdin: bytes = b"", accept: tuple[int, ...] = (0,)) -> bytes:
        """Standard output of one Git command.

        Raises:
            GitFailed: it ended with a code that is not in ``accept``.
        """
        try:
            code, output, errors = self._communicate(arguments, stdin)
        except FileNotFoundError as error:
            missing = "git" if os.path.isdir(self.cwd) else self.cwd
            raise GitFailed(arguments, 127, f"{missing} not found") from error
        if code not in accept:
            raise GitFailed(arguments, code, errors.decode(errors="replace"))
        return output

    def _communicate(self, arguments: tuple[str, ...], stdin: bytes) -> tuple[int, bytes, bytes]:
        with subprocess.Popen(
            ("git", *PINNED, *arguments),
            cwd=self.cwd,
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                output, errors = process.communicate(stdin)
            except BaseException:  # a deadline, or Ctrl-C
                end(process)
                raise
            return process.returncode, output, errors

    def line(self, *arguments: str, stdin: bytes = b"") -> str:
        """Standard output of one Git command as text, without the newline at its end."""
        return os.fsdecode(self.run(*arguments, stdin=stdin)).rstrip("\n")

    def find(self, *arguments: str) -> str | None:
        """Like `line`, None where Git answers with exit code 1 or 128: there is no such thing."""
        ended = self.run(*arguments, accept=(0, 1, 128))
        return os.fsdecode(ended).rstrip("\n") or None
