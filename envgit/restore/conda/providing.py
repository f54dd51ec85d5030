"""Have the files of conda packages where another program can install them from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envgit.restore.cache_layout import PARTIAL
from envgit.restore.conda.calling import call
from envgit.restore.conda.job import Fetched, Job, Linked
from envgit.restore.conda.link_scripts import scripts_among

if TYPE_CHECKING:
    from envgit.restore.conda.job import Artifact
    from envgit.restore.progress import Progress


@dataclass(frozen=True, kw_only=True, slots=True)
class Provided:
    """Files at the ``local`` paths of artifacts, and the names of packages that want scripts to run."""

    fetched: tuple[Fetched, ...]
    scripted: tuple[str, ...]


def provide(job: Job, progress: Progress) -> Provided:
    """Have every file of a job at its place, checked against its hash, and look for link scripts in them.

    Raises:
        ArtifactUnavailable, IntegrityError: a file cannot be had as it was.
        RestoreFailed: it cannot be written, or is no package.
    """
    answer = call("provide", job.to_json(), progress)
    return Provided(fetched=Linked.from_json(answer["files"]).fetched, scripted=tuple(answer["scripted"]))


async def provide_in_child(job: Job, progress: Progress) -> dict[str, Any]:
    """What :func:`provide` has done in the process that works with py-rattler."""
    from envgit.restore.conda.supply.fetch import fetch

    fetched = await fetch(job.artifacts, growing=Path(job.cache) / PARTIAL, progress=progress)
    scripted = [one.artifact.name for one in fetched if await _wants_scripts(one.artifact)]
    return {"files": Linked(fetched=fetched).to_json(), "scripted": scripted}


async def _wants_scripts(artifact: Artifact) -> bool:
    """Whether there is a script in a package, listed or not: some programs run it either way."""
    from rattler.package_streaming import PackageArchive

    archive = await PackageArchive.from_path(os.path.realpath(artifact.local))
    return bool(scripts_among(await archive.list_files("pkg"), artifact.name))
