"""A real Git repository in a temporary folder."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class GitFailed(Exception):
    """Git exited with a status other than 0; the message holds its arguments and its stderr."""

    def __init__(self, args: tuple[str, ...], code: int, stderr: str) -> None:
        super().__init__(f"git {' '.join(args)} exited with {code}: {stderr}")
        self.code = code
        self.stderr = stderr


@dataclass(frozen=True, kw_only=True, slots=True)
class Repo:
    """A work tree (or a bare repository) driven through the ``git`` program."""

    path: Path

    def run(
        self, *args: str, stdin: str | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run Git and return what it did, failed or not; ``env`` is added to the variables."""
        return subprocess.run(
            ["git", *args],
            cwd=self.path,
            env={**os.environ, **(env or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
        )

    def git(self, *args: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> str:
        """Run Git and return its stdout without the final newline.

        Raises:
            GitFailed: Git exited with a status other than 0.
        """
        ran = self.run(*args, stdin=stdin, env=env)
        if ran.returncode:
            raise GitFailed(args, ran.returncode, ran.stderr)
        return ran.stdout.removesuffix("\n")

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of the work tree, given by path and text."""
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def commit(
        self,
        message: str = "Change",
        *options: str,
        files: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Commit the whole work tree, with ``files`` written first, and return the commit's name."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, *options, env=env)
        return self.head

    @property
    def head(self) -> str:
        """The object name of the current commit."""
        return self.git("rev-parse", "HEAD")

    @property
    def git_dir(self) -> Path:
        """The absolute path of this work tree's Git folder."""
        return Path(self.git("rev-parse", "--absolute-git-dir"))

    def refs(self, pattern: str = "refs") -> dict[str, str]:
        """Object names by full ref name."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", pattern).splitlines()
        return dict(line.rsplit(" ", 1) for line in lines)


def make_repo(
    path: Path,
    *,
    files: Mapping[str, str] | None = None,
    commit: bool = True,
    bare: bool = False,
    options: tuple[str, ...] = (),
) -> Repo:
    """Make a repository at ``path``, with a first commit of ``files`` unless told otherwise.

    Args:
        path: the work tree; made when it is not there.
        files: text by path; ``train.py`` when nothing is given.
        commit: whether to commit them (never in a bare repository).
        bare: whether to make a bare repository, with neither files nor commit.
        options: more options of ``git init``, such as ``--object-format=sha256``.
    """
    path.mkdir(parents=True, exist_ok=True)
    repo = Repo(path=path)
    repo.git("init", "--quiet", *(["--bare"] if bare else []), *options)
    if not bare:
        repo.write({"train.py": "print('training')\n"} if files is None else files)
        if commit:
            repo.commit("First commit")
    return repo
