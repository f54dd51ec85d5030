"""The conda layer of an environment: packages from URLs and hashes, without a solve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envgit.errors import ArtifactUnavailable, IntegrityError, RestoreFailed
from envgit.grading import missing_variable
from envgit.model import Graded
from envgit.restore.conda.artifacts import artifact_of
from envgit.restore.conda.cache import cache_root
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

# The child sees what this process sees, however it was started; the user's site may be no part of it.
_BOOT = """\
import json, sys
boot = json.loads(sys.stdin.buffer.readline())
sys.path[:] = boot["path"]
from envgit.restore.conda.child import main
main(boot["job"])
"""

_ERRORS = {error.kind: error for error in (ArtifactUnavailable, IntegrityError, RestoreFailed)}


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
    while spoilt := _run(job, progress):
        if not job.keeps:
            remove_tree(Path(job.target))
        job = replace(job, spoilt=(*job.spoilt, *spoilt))


def _run(job: Job, progress: Progress) -> list[str]:
    """Do a job in a process of its own; returns the names of packages that are damaged in the cache."""
    boot = {"path": [entry or os.getcwd() for entry in sys.path], "job": job.to_json()}
    with (
        tempfile.TemporaryFile() as messages,
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
        ) as child,
    ):
        try:
            outcome = _follow(child, json.dumps(boot).encode() + b"\n", progress)
        except BaseException:
            child.kill()
            raise
        messages.seek(0)
        said = messages.read().decode(errors="replace").strip()
    if outcome is None:
        last = "\n".join(said.splitlines()[-5:])
        raise RestoreFailed(
            f"the process that links conda packages ended early (exit {child.returncode})", hint=last
        )
    kind, *rest = outcome
    if kind == "failed":
        raise _error(*rest, said=said)
    return rest


def _follow(child: subprocess.Popen[bytes], boot: bytes, progress: Progress) -> list[Any] | None:
    """Pass on the child's progress; returns its last answer, None when it ended without one."""
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
    with suppress(BrokenPipeError):  # it ended before it was told anything, and does not answer
        child.stdin.write(boot)
        child.stdin.flush()
    for line in child.stdout:
        answer = json.loads(line)
        if answer[0] in ("done", "spoilt", "failed"):
            return answer  # type: ignore[no-any-return]
        getattr(progress, answer[0])(*answer[1:])
    child.wait()
    return None


def _error(kind: str, message: str, hint: str, *, said: str) -> Exception:
    if kind not in _ERRORS:
        return RuntimeError(f"{message}\n{said}")
    return _ERRORS[kind](message, hint=hint)


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
