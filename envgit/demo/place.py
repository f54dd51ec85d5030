"""The folder where the demo happens, and the variables that keep the rest of the machine out of it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.restore.prefix.staging import remove_tree
from envgit.restore.pypi.uv import find_uv
from envgit.restore.settings import RestoreSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: A command as its user would type it, at the top of the repository.
Command = tuple[str, ...]

# Whose identity, hooks, templates, caches and active environment a command would otherwise meet.
_NOT_PASSED_ON = ("CONDA", "_CONDA", "_CE_", "ENVGIT", "GIT_", "MAMBA", "PYTHON", "VIRTUAL_ENV", "XDG_")
_GITCONFIG = """\
[user]
    name = Ada Lovelace
    email = ada@example.org
[init]
    defaultBranch = main
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A folder with a home, a cache and a work tree of its own.

    ``programs`` says what is started for the first word of a command.
    """

    folder: Path
    environ: Mapping[str, str]
    programs: Mapping[str, Command]

    @property
    def repository(self) -> Path:
        """The work tree that the story is about."""
        return self.folder / "paper"

    def run(self, command: Command, *, timeout: float | None = None) -> str:
        """Run a command unseen, and return what it printed; ``timeout`` is in seconds.

        Raises:
            CommandFailed: it could not be started, took too long, or ended with a code other than 0.
        """
        try:
            ran = self._start(command, stdout=subprocess.PIPE, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(command, f"no answer within {timeout:.0f} s") from error
        if ran.returncode:
            said = (ran.stdout or "").strip().splitlines()
            raise CommandFailed(command, said[-1].strip() if said else f"exit code {ran.returncode}")
        return ran.stdout

    def show(self, command: Command) -> None:
        """Run a command and let its output, errors included, go to where this process's own goes.

        Raises:
            CommandFailed: it could not be started, or ended with a code other than 0.
        """
        ran = self._start(command)
        if ran.returncode:
            raise CommandFailed(command, f"exit code {ran.returncode}")

    def _start(
        self, command: Command, *, stdout: int | None = None, timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        program = self.programs.get(command[0], command[:1])
        try:
            return subprocess.run(
                (*program, *command[1:]),
                cwd=self.repository,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                text=True,
                errors="replace",
                check=False,
            )
        except FileNotFoundError as error:
            raise CommandFailed(command, f"{program[0]} was not found") from error


class CommandFailed(EnvgitError):
    """A command of the story did not do what it does on other machines."""

    kind = "demo-failed"

    def __init__(self, command: Command, reason: str) -> None:
        super().__init__(f"{' '.join(command[:2])}: {reason}", hint="envgit demo --keep leaves the folder")
        self.reason = reason


@contextmanager
def make_place(environ: Mapping[str, str], home: Path, *, keep: bool = False) -> Iterator[Place]:
    """Make a place from the user's variables and home; it is removed at the end, unless ``keep``."""
    # Scripts hold the path, and where it has two names (macOS) they would hold the other one.
    folder = Path(tempfile.mkdtemp(prefix="envgit-demo-")).resolve()
    try:
        uv = find_uv(RestoreSettings(cache=folder / "cache", home=home, environ=environ))
        place = Place(
            folder=folder,
            environ=_sealed(uv.environ, home, folder),
            programs={
                "envgit": (sys.executable, "-m", "envgit"),
                "python": (sys.executable,),
                "uv": (uv.binary,),
            },
        )
        place.repository.mkdir()
        for name in ("home", "tmp"):
            (folder / name).mkdir()
        (folder / "home/.gitconfig").write_text(_GITCONFIG)
        yield place
    finally:
        if not keep:
            remove_tree(folder)


def _sealed(environ: Mapping[str, str], home: Path, folder: Path) -> dict[str, str]:
    """The user's variables without what belongs to their own repositories and environments.

    How packages are reached stays: proxies, certificates, indexes.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith(_NOT_PASSED_ON)}
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "uv/uv.toml")
    if config.is_file():
        kept.setdefault("UV_CONFIG_FILE", str(config))
    return kept | {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "GIT_CONFIG_GLOBAL": str(folder / "home/.gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "ENVGIT_CACHE": str(folder / "cache"),
        "UV_CACHE_DIR": str(folder / "cache/uv"),
        # Output and messages of a command go to one place, and stay in order.
        "PYTHONUNBUFFERED": "1",
    }
