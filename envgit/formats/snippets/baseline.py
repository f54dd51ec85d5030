"""What a snippet restores, and the lines of shell that all of them share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.release import __version__

if TYPE_CHECKING:
    from envgit.model import Kind

# What needs no quotes in sh, YAML and a Dockerfile alike: no name can be more than a word there.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]*")
_PYTHON = re.compile(r"\d+\.\d+(?:\.\d+)?")
#: Runs envgit where the snapshot says nothing of a Python that it needs on the machine.
_OWN_PYTHON = "3.12"

#: What pip installs as envgit: this release, or whatever whoever copies a snippet writes in its place.
REQUIREMENT = f"envgit=={__version__}"
#: Snapshot branches and baselines are no part of a clone of one branch, nor of a shallow one.
FETCH = (
    "git fetch origin '+refs/heads/envgit/*:refs/remotes/origin/envgit/*' 'refs/tags/env/*:refs/tags/env/*'"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Baseline:
    """What is to be restored: ``rev`` is a baseline's name or a snapshot's id, ``snapshot`` that id.

    ``platform`` is a conda subdir, ``python`` the version of the environment's interpreter.
    """

    rev: str
    snapshot: str
    kind: Kind
    platform: str
    python: str | None

    def __post_init__(self) -> None:
        """Refuse what could be more than a word where it is pasted.

        Raises:
            EnvgitError: the name is no name of a baseline.
        """
        for word in (self.rev, self.snapshot):
            if not _WORD.fullmatch(word):
                raise EnvgitError(f"{word!r} cannot be written into a snippet", hint="envgit tag --list")

    @property
    def purpose(self) -> str:
        """What the first line of a snippet says."""
        return f"Restores {self.rev} (snapshot {self.snapshot[:12]}) and fails where it is not the same."

    @property
    def interpreter(self) -> str:
        """The Python to have on the machine: a venv is made of its own version, conda brings one."""
        needed = self.python if self.kind == "venv" else None
        return needed if needed and _PYTHON.fullmatch(needed) else _OWN_PYTHON

    @property
    def cache_key(self) -> str:
        """Names what a cache holds for this snapshot."""
        return f"envgit-{self.snapshot[:12]}"

    def restoring(self, prefix: str) -> tuple[str, str]:
        """Shell that restores and proves it; either ends with 13 where it is not the same."""
        return (
            f'envgit checkout {self.rev} -p "{prefix}"',
            f'envgit verify {self.rev} -p "{prefix}" --files',
        )
