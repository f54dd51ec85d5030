"""The conda layer by the user's own conda, mamba or micromamba, from the same artifacts, to the same end.

The engine is given files that were fetched and checked here, so every byte is the recorded one whatever the
engine checks, and nothing else of the machine: see :mod:`envgit.restore.engines.invocation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.formats.conda.explicit import in_install_order
from envgit.model import Graded
from envgit.restore import children
from envgit.restore.cache_layout import DOWNLOADS
from envgit.restore.conda.artifacts import artifact_of
from envgit.restore.conda.cache import cache_root
from envgit.restore.conda.job import Job
from envgit.restore.conda.link_scripts import relocate_changed
from envgit.restore.conda.metadata import write_metadata
from envgit.restore.conda.notes import notes_on
from envgit.restore.conda.providing import provide
from envgit.restore.conda.supply.routes import Ladder
from envgit.restore.engines.finding import find_engine
from envgit.restore.engines.invocation import invocation, lock_of
from envgit.restore.engines.records import correct_records
from envgit.restore.faults import OTHER_CACHE, refused_to
from envgit.restore.prefix.staging import staged, suffix_of

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Environment
    from envgit.restore.conda.providing import Provided
    from envgit.restore.engines.finding import Engine
    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings

#: Seconds. An engine downloads nothing, but it may run scripts that packages brought.
PATIENCE = 3600
_LAST_LINES = 15


def link_with(
    environment: Environment, *, staging: Path, prefix: Path, settings: RestoreSettings, progress: Progress
) -> tuple[Graded, ...]:
    """Have ``settings.engine`` link an environment's conda packages into ``staging``.

    Returns:
        What is to be said of single packages.

    Raises:
        ArtifactUnavailable, IntegrityError: a package cannot be had as it was.
        RestoreFailed: there is no such engine, it failed, or it would run scripts that are not allowed.
    """
    engine = find_engine(settings.engine, settings.environ)
    packages = in_install_order(environment.conda)
    with staged(cache_root(settings) / DOWNLOADS, forbidden=OTHER_CACHE) as downloads:
        ladder = Ladder(settings)
        job = Job(
            artifacts=tuple(artifact_of(package, ladder, downloads) for package in packages),
            target=str(staging),
            prefix=str(prefix),
            cache=str(cache_root(settings)),
        )
        provided = provide(job, progress)
        _require_allowed(engine, provided, settings)
        progress.start(f"Linking packages with {engine.name}", len(packages), "packages")
        _install(engine, provided, staging=staging, prefix=prefix, scratch=downloads, settings=settings)
        progress.advance(len(packages))
        progress.finish()
    correct_records(packages, [one.artifact for one in provided.fetched], staging)
    write_metadata(environment, staging, settings)
    relocate_changed(staging, suffix_of(staging, prefix))
    return (*_origins(provided), *notes_on(environment, staging, settings))


def _require_allowed(engine: Engine, provided: Provided, settings: RestoreSettings) -> None:
    if provided.scripted and engine.name == "conda" and not settings.link_scripts:
        names = ", ".join(sorted(provided.scripted))
        raise RestoreFailed(
            f"conda would run the link scripts of {names}, which is not allowed",
            hint="to allow it: git config envgit.linkScripts true; to go without them: --engine rattler",
        )


def _install(
    engine: Engine,
    provided: Provided,
    *,
    staging: Path,
    prefix: Path,
    scratch: Path,
    settings: RestoreSettings,
) -> None:
    lock = scratch / "explicit.lock"
    lock.write_text(lock_of(engine, [one.artifact for one in provided.fetched]), encoding="utf-8")
    told = invocation(
        engine,
        lock=lock,
        staging=staging,
        prefix=prefix,
        scratch=scratch,
        environ=settings.environ,
        without_scripts=bool(provided.scripted) and not settings.link_scripts,
    )
    ended = children.run(told.arguments, folder=scratch, environ=told.environ, patience=PATIENCE, merged=True)
    if ended.code != 0:
        printed = "\n".join(ended.lines[-_LAST_LINES:])
        full = refused_to(engine.name, printed, prefix)
        raise full or RestoreFailed(f"{engine.executable} {ended.fate}", hint=printed)


def _origins(provided: Provided) -> list[Graded]:
    """Where the files came from."""
    return [
        Graded(
            layer="conda", name=one.artifact.name, grade=one.grade, source=one.route.place, reason=one.reason
        )
        for one in provided.fetched
        if one.reason or one.route.kind != "recorded"
    ]
