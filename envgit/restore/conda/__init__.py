"""The conda layer of an environment: packages from URLs and hashes, without a solve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.grading import missing_variable
from envgit.model import Graded
from envgit.restore.conda.artifacts import artifact_of
from envgit.restore.conda.cache import cache_root
from envgit.restore.conda.calling import call
from envgit.restore.conda.job import Job
from envgit.restore.conda.link_scripts import has_link_script, relocate_generated
from envgit.restore.conda.metadata import complete_records, write_metadata
from envgit.restore.conda.routes import Ladder
from envgit.restore.faults import OTHER_CACHE
from envgit.restore.staging import remove_tree, staged, suffix_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import CondaPackage, Environment
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings


def link_conda(
    environment: Environment,
    *,
    staging: Path,
    prefix: Path,
    settings: RestoreSettings,
    progress: Progress,
    keeps: bool = False,
) -> tuple[Graded, ...]:
    """Link an environment's conda packages into ``staging``, and make conda know it as an environment.

    With ``keeps`` the folder holds an environment already: the packages it shares with this one stay as
    they are, its others are removed.

    Returns:
        What is to be said of single packages.

    Raises:
        ArtifactUnavailable, IntegrityError: a package cannot be had as it was.
        RestoreFailed: a package cannot be linked, or the disk refuses.
    """
    with staged(cache_root(settings) / "downloads", forbidden=OTHER_CACHE) as downloads:
        ladder = Ladder(settings)
        artifacts = tuple(artifact_of(package, ladder, downloads) for package in environment.conda)
        job = Job(
            artifacts=artifacts,
            target=str(staging),
            prefix=str(prefix),
            cache=str(cache_root(settings)),
            link_scripts=settings.link_scripts,
            keeps=keeps,
        )
        if artifacts:
            _link(job, progress)
        complete_records(environment.conda, artifacts, staging)
    if settings.link_scripts and any(has_link_script(package, staging) for package in environment.conda):
        relocate_generated(staging, suffix_of(staging, prefix))
    write_metadata(environment, staging, settings)
    return tuple(_notes(environment, staging, settings))


def _link(job: Job, progress: Progress) -> None:
    """Do a job, again while it meets packages in the cache that are damaged: each time they are fetched."""
    while spoilt := call("link", job.to_json(), progress):
        if not job.keeps:
            remove_tree(Path(job.target))
        job = replace(job, spoilt=(*job.spoilt, *spoilt))


def _notes(environment: Environment, staging: Path, settings: RestoreSettings) -> Iterator[Graded]:
    for package in environment.conda:
        if not (package.sha256 or package.md5):
            yield _note(package, "no hash is recorded: its file could not be checked")
        if not settings.link_scripts and has_link_script(package, staging):
            yield _note(
                package, "its post-link script was not run; to allow it: git config envgit.linkScripts true"
            )
    for variable in environment.variables:
        if variable.value is None:
            yield missing_variable(variable, "its value was not recorded")


def _note(package: CondaPackage, reason: str) -> Graded:
    return Graded(
        layer="conda", name=package.name, grade="exact", source=package.url or package.channel, reason=reason
    )
