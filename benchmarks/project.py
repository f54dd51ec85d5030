"""A repository with an environment bound to it, apart from the user's own Git and conda settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_GITCONFIG = """\
[user]
    name = Ada Lovelace
    email = ada@example.org
[init]
    defaultBranch = main
[gc]
    auto = 0
[maintenance]
    auto = false
"""
_AMBIENT = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH")


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A work tree whose commits run in the environment at ``prefix``."""

    path: Path
    prefix: Path
    environ: Mapping[str, str]

    def git(self, *arguments: str, hooks: bool = True, stdin: bytes = b"") -> str:
        """Run Git; returns its standard output."""
        without = () if hooks else ("-c", f"core.hooksPath={os.devnull}")
        return self._run("git", *without, *arguments, stdin=stdin)

    def commit(self, *, hooks: bool = True) -> None:
        """Make one empty commit."""
        self.git("commit", "--quiet", "--allow-empty", "--message=Change", hooks=hooks)

    def envgit(self, *arguments: str) -> str:
        """Run the `envgit` of this interpreter; returns its standard output."""
        return self._run(envgit_program(), *arguments)

    def copied_to(self, path: Path) -> Project:
        """The same, hooks and binding included, at another place; what is there goes first."""
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.path, path)
        return Project(path=path, prefix=self.prefix, environ=self.environ)

    def _run(self, *command: str, stdin: bytes = b"") -> str:
        ran = subprocess.run(
            command, cwd=self.path, env=self.environ, input=stdin, capture_output=True, check=False
        )
        if ran.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{ran.stderr.decode()}")
        return ran.stdout.decode().strip()


def make_project(folder: Path, prefix: Path, *, first_snapshot: bool = True) -> Project:
    """Make a repository in a new folder and bind ``prefix`` to it by ``envgit init``."""
    path = folder / "code"
    path.mkdir(parents=True)
    project = Project(path=path, prefix=prefix, environ=_environ(folder))
    project.git("init", "--quiet")
    (path / "train.py").write_text("print('training')\n")
    project.git("add", "train.py")
    project.commit()
    project.envgit("init", "--prefix", str(prefix), *([] if first_snapshot else ["--no-snapshot"]))
    return project


def envgit_program() -> str:
    """The `envgit` that is installed beside this interpreter."""
    program = shutil.which("envgit", path=sysconfig.get_path("scripts"))
    if program is None:
        raise SystemExit("envgit is not installed in this environment: pip install .")
    return program


def _environ(folder: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(_GITCONFIG)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _AMBIENT and not name.startswith(("GIT_", "ENVGIT", "CONDA"))
    }
    return kept | {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
