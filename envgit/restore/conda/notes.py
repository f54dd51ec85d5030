"""What is to be said of packages of the conda layer that were linked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.grading import missing_variable
from envgit.model import Graded
from envgit.restore.conda.link_scripts import run_link_scripts, wanted_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from envgit.model import CondaPackage, Environment
    from envgit.restore.settings import RestoreSettings

_TO_ALLOW = "to allow it: git config envgit.linkScripts true"


def notes_on(environment: Environment, staging: Path, settings: RestoreSettings) -> Iterator[Graded]:
    """Say what was not checked, which scripts did not run, and which variables did not come back."""
    for package in environment.conda:
        if not (package.sha256 or package.md5):
            yield _note(package, "no hash is recorded: its file could not be checked")
        wanted = wanted_by(package, staging)
        if "pre-link" in wanted:
            yield _note(package, "its pre-link script was not run: such scripts never are")
        if "post-link" in wanted and not settings.link_scripts:
            yield _note(package, f"its post-link script was not run; {_TO_ALLOW}")
    for variable in environment.variables:
        if variable.value is None:
            yield missing_variable(variable, "its value was not recorded")


def notes_of_scripts(
    packages: Collection[CondaPackage], staging: Path, settings: RestoreSettings, *, suffix: str
) -> Iterator[Graded]:
    """Run the scripts of packages that were linked, where that is allowed, and pass on what they tell.

    Raises:
        RestoreFailed: one failed, or left a binary file that holds the path of the staging folder.
    """
    if settings.link_scripts:
        for package, message in run_link_scripts(packages, staging, settings.environ, suffix=suffix):
            yield _note(package, f"its post-link script says: {message}")


def _note(package: CondaPackage, reason: str) -> Graded:
    source = package.url or package.channel
    return Graded(layer="conda", name=package.name, grade="exact", source=source, reason=reason)
