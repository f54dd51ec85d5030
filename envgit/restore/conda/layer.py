"""The conda layer of an environment: packages from URLs and hashes, without a solve."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.model import Graded
from envgit.restore.cache_layout import CONDA, DOWNLOADS
from envgit.restore.conda.artifacts import artifact_of, check_names
from envgit.restore.conda.cache import cache_root, folder_of
from envgit.restore.conda.calling import announce, call
from envgit.restore.conda.job import Job, Linked, as_fetched
from envgit.restore.conda.metadata import write_metadata
from envgit.restore.conda.notes import notes_of_scripts, notes_on
from envgit.restore.conda.records import require_linked
from envgit.restore.conda.supply.routes import Ladder
from envgit.restore.faults import OTHER_CACHE
from envgit.restore.prefix.staging import remove_tree, staged, suffix_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from envgit.model import Environment
    from envgit.restore.conda.job import Fetched
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings

#: Environments hold hard links into the cache.
_REPAIRED = (
    "it was damaged in the package cache, and was fetched again; environments that share its files may have "
    "been altered too: envgit verify --files"
)


def announce_conda(environment: Environment, cache: Path) -> None:
    """Have a worker that waits look at the cached packages of an environment: it may have to link them."""
    root = cache / CONDA
    with suppress(RestoreFailed):  # that is said when it is linked
        for package in environment.conda:
            check_names(package)
        announce([str(folder_of(package, root)) for package in environment.conda])


def link_conda(
    environment: Environment,
    *,
    staging: Path,
    prefix: Path,
    settings: RestoreSettings,
    progress: Progress,
    keeps: bool = False,
    kept: Collection[str] = (),
) -> tuple[Graded, ...]:
    """Link an environment's conda packages into ``staging``, and make conda know it as an environment.

    With ``keeps`` the folder holds an environment already: the packages it shares with this one stay as
    they are, its others are removed. Those that are ``kept``, given by name, are known to, and no script of
    theirs is run.

    Returns:
        What is to be said of single packages.

    Raises:
        ArtifactUnavailable, IntegrityError: a package cannot be had as it was.
        RestoreFailed: a package cannot be linked, or the disk refuses.
    """
    with staged(cache_root(settings) / DOWNLOADS, forbidden=OTHER_CACHE) as downloads:
        ladder = Ladder(settings)
        artifacts = tuple(artifact_of(package, ladder, downloads) for package in environment.conda)
        job = Job(
            artifacts=artifacts,
            target=str(staging),
            prefix=str(prefix),
            cache=str(cache_root(settings)),
            keeps=keeps,
            kept=tuple(sorted(kept)),
        )
        fetched = _link(job, progress) if artifacts else {}
        require_linked(as_fetched(artifacts, fetched.values()), staging)
    fresh = [package for package in environment.conda if package.name not in kept]
    told = tuple(notes_of_scripts(fresh, staging, settings, suffix=suffix_of(staging, prefix)))
    write_metadata(environment, staging, settings)
    notes = notes_on(environment, staging, settings)
    return (*_origins(environment, fetched, settings), *notes, *told)


def _link(job: Job, progress: Progress) -> dict[str, Fetched]:
    """Do a job, again while it meets packages in the cache that are damaged: each time they are fetched.

    Returns:
        How the files were had that were not in the cache, by package.
    """
    fetched: dict[str, Fetched] = {}
    while True:
        linked = Linked.from_json(call("link", job.to_json(), progress))
        fetched |= {one.artifact.name: _explained(one, job) for one in linked.fetched}
        if not linked.spoilt:
            return fetched
        if not job.keeps:
            remove_tree(Path(job.target))
        artifacts = as_fetched(job.artifacts, linked.fetched)
        job = replace(job, artifacts=artifacts, spoilt=(*job.spoilt, *linked.spoilt))


def _explained(fetched: Fetched, job: Job) -> Fetched:
    """Say of a file why it was fetched although the cache has the package."""
    if fetched.artifact.name not in job.spoilt:
        return fetched
    reasons = [_REPAIRED, fetched.reason]
    return replace(fetched, reason="; ".join(filter(None, reasons)))


def _origins(
    environment: Environment, fetched: Mapping[str, Fetched], settings: RestoreSettings
) -> Iterator[Graded]:
    """Say where each package came from, unless that is its URL and there is nothing to add."""
    for package in environment.conda:
        had = fetched.get(package.name)
        if had is None:
            place = str(folder_of(package, cache_root(settings)))
            yield Graded(layer="conda", name=package.name, grade="exact", source=place)
        elif had.reason or had.route.kind != "recorded":
            place = had.route.place
            yield Graded(layer="conda", name=package.name, grade=had.grade, source=place, reason=had.reason)
