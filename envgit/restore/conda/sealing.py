"""Seals: what the files of a cached package looked like when their bytes were last known to be right.

Files of environments are hard links into the cache, so an edit in one of them spoils it for all others,
and hashing every file before it is linked takes longer than linking it. As Git's index does, a seal keeps
size, inode and times of each file. Its ctime changes with the file and cannot be put back, so while a
seal holds nobody has touched the bytes. It changes with each link too: seals are renewed after linking,
and those of packages that only look the same but for that are the ones to renew. Where a seal is broken,
by an environment that was removed for one, every byte is hashed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from array import array
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.restore.conda.cache import folder_of, part_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.restore.conda.job import Artifact, Job, Linked

#: How far apart, in ns, two changes are at least told apart by their times, where times have fractions of
#: seconds (one tick of a kernel's slowest clock) and where they have none.
_TICK, _COARSE_TICK = 20_000_000, 2_000_000_000
_SECOND = 1_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What all files of a folder look like.

    ``lasting`` is a digest that linking does not change: over path, size, inode and mtime. ``fleeting`` is
    one over the ctimes, of which ``newest`` is the latest, in ns.
    """

    lasting: str
    fleeting: str
    newest: int

    def settled(self, now: int) -> bool:
        """Whether another change after ``now`` could be told from the latest one."""
        return self.newest + (_TICK if self.newest % _SECOND else _COARSE_TICK) <= now


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """What the cached packages of a job look like before they are linked, by name; which are ``sealed``."""

    job: Job
    looks: Mapping[str, Look]
    sealed: frozenset[str]

    @classmethod
    def of(cls, job: Job) -> Inspection:
        """Look at the packages of a job, but for those that are known to be spoilt."""
        root = Path(job.cache)
        artifacts = [artifact for artifact in job.artifacts if artifact.name not in job.spoilt]
        looks = {a.name: look for a in artifacts if (look := look_at(folder_of(a, root)))}
        sealed = (a.name for a in artifacts if a.name in looks and _holds(a, looks[a.name], root))
        return cls(job=job, looks=looks, sealed=frozenset(sealed))

    def seal_again(self, linked: Linked) -> None:
        """Seal the packages, which are right: they were checked, and look as before, or are just unpacked."""
        time.sleep(2 * _TICK / _SECOND)  # the clock that files are dated by may be a tick behind
        fetched = {one.artifact.name: one.artifact for one in linked.fetched}
        for artifact in self.job.artifacts:
            before = None if artifact.name in fetched else self.looks.get(artifact.name)
            with suppress(OSError):  # without a seal the package is hashed the next time
                _seal(fetched.get(artifact.name, artifact), before, Path(self.job.cache))


def _holds(artifact: Artifact, look: Look, root: Path) -> bool:
    """Whether nothing has touched a package's files since their bytes were known to be right."""
    try:
        of, lasting, fleeting = json.loads(_file(artifact, root).read_bytes())
    except (OSError, ValueError, TypeError):
        return False
    return (of, lasting, fleeting) == (_hash_of(artifact), look.lasting, look.fleeting)


def _seal(artifact: Artifact, before: Look | None, root: Path) -> None:
    file = _file(artifact, root)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.part")
    with open(draft, "w", encoding="utf-8") as writing:
        now = os.fstat(writing.fileno()).st_mtime_ns  # by the clock of the file system itself
        look = look_at(folder_of(artifact, root))
        if look and look.settled(now) and (before is None or before.lasting == look.lasting):
            json.dump([_hash_of(artifact), look.lasting, look.fleeting], writing)
    os.replace(draft, file)


def _file(artifact: Artifact, root: Path) -> Path:
    return folder_of(artifact, root / "seals")


def look_at(folder: Path) -> Look | None:
    """What the files below a folder look like; None where that tells nothing: not there, or no ctime."""
    if os.name == "nt":  # what is called ctime is when a file was made
        return None
    names: list[str] = []
    lasting, fleeting = array("Q"), array("Q")
    try:
        _walk(str(folder), names, lasting, fleeting)
    except (OSError, OverflowError):  # something is removed just now, or dates from before 1970
        return None
    digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape"))
    digest.update(lasting.tobytes())
    return Look(
        lasting=digest.hexdigest(),
        fleeting=hashlib.sha256(fleeting.tobytes()).hexdigest(),
        newest=max(fleeting, default=0),
    )


def _walk(folder: str, names: list[str], lasting: array[int], fleeting: array[int]) -> None:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    names.append(f"{folder}/")
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            _walk(entry.path, names, lasting, fleeting)
            continue
        status = entry.stat(follow_symlinks=False)
        names.append(entry.name)
        lasting.extend((status.st_size, status.st_ino, status.st_mtime_ns))
        fleeting.append(status.st_ctime_ns)


def _hash_of(artifact: Artifact) -> str:
    return artifact.sha256 or part_of(artifact)
