"""Ask the doctor, and take the medicine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor import Finding, diagnose, examine
from envgit.operations.workspace import open_workspace

if TYPE_CHECKING:
    from tests.builders import Repo


def found(repo: Repo, area: str | None = None, **environ: str) -> list[Finding]:
    """What is not in order in an area, or in all."""
    workspace = open_workspace(repo.path, environ={**os.environ, **environ}, tolerant=True)
    return [finding for finding in diagnose(workspace) if area in (None, finding.area)]


def the_only(repo: Repo, area: str, **environ: str) -> Finding:
    """The finding of an area that has one."""
    (finding,) = found(repo, area, **environ)
    return finding


def said(repo: Repo, area: str) -> str:
    """What is in order in an area."""
    workspace = open_workspace(repo.path, tolerant=True)
    return "; ".join(f.message for f in examine(workspace) if (f.area, f.severity) == (area, "well"))


def follow(repo: Repo, finding: Finding, **environ: str) -> None:
    """Run a finding's command as a user pastes it into a shell, where `envgit` is on the path."""
    folder = Path(os.environ["HOME"], "bin")
    folder.mkdir(exist_ok=True)
    program = folder / "envgit"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m envgit "$@"\n')
    program.chmod(0o755)
    assert finding.command
    ran = subprocess.run(
        ["sh", "-c", finding.command],
        cwd=repo.path,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{finding.command}\n{ran.stdout}{ran.stderr}"


def mended(repo: Repo, finding: Finding, **environ: str) -> bool:
    """Whether the finding is gone after its command."""
    follow(repo, finding, **environ)
    return finding not in found(repo, finding.area, **environ)
