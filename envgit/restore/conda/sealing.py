"""Seals: what the files of a cached package looked like when their bytes were last known to be right.

Files of environments are hard links into the cache, so an edit in one of them spoils it for all others,
and hashing every file before it is linked takes longer than linking it. As Git's index does, a seal keeps
size, inode and times of each file. Its ctime changes with the file and cannot be put back, so while a
seal holds nobody has touched the bytes. It changes with each link too: seals are renewed after linking,
and those of packages that only look the same but for that are the ones to renew. Where a seal is broken,
by an environment that was removed for one, every byte is hashed again.

Hashes are compared with those that the package itself lists, in the cache. So a seal also keeps what its
lists were when it was unpacked from a file whose hash was right: where they differ, it is fetched again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from array import array
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.restore.cache_layout import DRAFT, SEALS
from envgit.restore.conda.cache import CONTROLS, folder_of, part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envgit.restore.conda.job import Artifact, Job, Linked

#: How far apart, in ns, two changes are at least told apart by their times, where times have fractions of
#: seconds (one tick of a kernel's slowest clock) and where they have none.
_TICK, _COARSE_TICK = 20_000_000, 2_000_000_000
_SECOND = 1_000_000_000
#: Seconds for which what was seen of a cached package counts as seen just before it is linked.
_RECENT = 0.5
_NAME = attrgetter("name")


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
class Seal:
    """What is kept of a cached package: ``of`` is what its file is known by, ``lists`` a digest of its lists.

    ``lasting`` and ``fleeting`` are those of its look, empty where that told nothing when it was sealed.
    """

    of: str
    lists: str
    lasting: str = ""
    fleeting: str = ""

    def holds(self, look: Look) -> bool:
        """Whether nothing has touched the files since."""
        return (self.lasting, self.fleeting) == (look.lasting, look.fleeting)


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance:
    """What folders of packages looked like at a ``moment`` (of the monotonic clock), by path."""

    moment: float
    looks: Mapping[str, Look]

    @classmethod
    def at(cls, folders: Iterable[str]) -> Glance:
        """Look at the folders that are there."""
        moment = time.monotonic()
        return cls(moment=moment, looks={path: look for path in folders if (look := look_at(Path(path)))})

    def of(self, folder: Path, seal: Seal | None) -> Look | None:
        """What a folder looked like, where its seal held; None, too, where that is not just before."""
        look = self.looks.get(str(folder))
        recent = time.monotonic() - self.moment < _RECENT
        return look if look and recent and seal and seal.holds(look) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """What the cached packages of a job look like before they are linked, by name; which are ``sealed``."""

    job: Job
    looks: Mapping[str, Look]
    seals: Mapping[str, Seal]
    sealed: frozenset[str]

    @classmethod
    def of(cls, job: Job, glance: Glance | None = None) -> Inspection:
        """Look at the packages of a job, but for those that are known to be spoilt, or were seen just now.

        One whose lists are not those that it was unpacked with is spoilt here: linking finds it damaged.
        """
        glance = glance or Glance.at(())
        root = Path(job.cache)
        artifacts = [artifact for artifact in job.brought if artifact.name not in job.spoilt]
        seals = {a.name: seal for a in artifacts if (seal := _read(a, root))}
        looks: dict[str, Look] = {}
        for artifact in artifacts:
            folder = folder_of(artifact, root)
            if look := glance.of(folder, seals.get(artifact.name)) or look_at(folder):
                looks[artifact.name] = look
        sealed = {name for name, look in looks.items() if name in seals and seals[name].holds(look)}
        for artifact in artifacts:
            folder = folder_of(artifact, root)
            unsealed = artifact.name in seals and artifact.name in looks and artifact.name not in sealed
            if unsealed and lists_of(folder) != seals[artifact.name].lists:
                _spoil(folder)
        return cls(job=job, looks=looks, seals=seals, sealed=frozenset(sealed))

    def seal_again(self, linked: Linked) -> None:
        """Seal the packages, which are right: they were checked, and look as before, or are just unpacked.

        Those that were linked last may be too new for that, and come once more.
        """
        fetched = {one.artifact.name: one.artifact for one in linked.fetched}
        rest = [artifact for artifact in self.job.brought if not self._seal(artifact, fetched)]
        if rest:
            time.sleep(2 * _TICK / _SECOND)  # the clock that files are dated by may be a tick behind
        for artifact in rest:
            self._seal(artifact, fetched)

    def _seal(self, artifact: Artifact, fetched: Mapping[str, Artifact]) -> bool:
        """Seal a package, or what stands in for it; whether that was not too early."""
        root = Path(self.job.cache)
        with suppress(OSError):  # without a seal the package is hashed the next time
            if artifact.name in fetched:
                return _seal(fetched[artifact.name], None, None, root)
            return _seal(artifact, self.seals.get(artifact.name), self.looks.get(artifact.name), root)
        return True


def lists_of(folder: Path) -> str:
    """A digest of what an unpacked package says of itself: which files it has, and what is made of them."""
    digest = hashlib.sha256()
    for name in CONTROLS:
        file = folder / name
        content = file.read_bytes() if file.is_file() else b""
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _spoil(folder: Path) -> None:
    """Make a package that cannot be trusted one that is damaged: a list that is no JSON."""
    file = folder / "info" / "paths.json"
    file.unlink(missing_ok=True)
    file.touch()


def _read(artifact: Artifact, root: Path) -> Seal | None:
    """The seal of a package's file, None where there is none that means anything."""
    try:
        seal = Seal(**json.loads(_file(artifact, root).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return seal if seal.of == _hash_of(artifact) else None


def _seal(artifact: Artifact, seal: Seal | None, before: Look | None, root: Path) -> bool:
    """Write the seal of a package; False where its files are too new to tell another change from."""
    file, folder = _file(artifact, root), folder_of(artifact, root)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{DRAFT}{file.name}.{os.getpid()}")
    with open(draft, "w", encoding="utf-8") as writing:
        now = os.fstat(writing.fileno()).st_mtime_ns  # by the clock of the file system itself
        look = look_at(folder)
        seal = Seal(of=_hash_of(artifact), lists=seal.lists if seal else lists_of(folder))
        settled = look is None or look.settled(now)
        if look and settled and (before is None or before.lasting == look.lasting):
            seal = replace(seal, lasting=look.lasting, fleeting=look.fleeting)
        json.dump(asdict(seal), writing)
    os.replace(draft, file)
    return settled


def _file(artifact: Artifact, root: Path) -> Path:
    return folder_of(artifact, root / SEALS)


def look_at(folder: Path) -> Look | None:
    """What the files below a folder look like; None where that tells nothing: not there, or no ctime."""
    if os.name == "nt":  # what is called ctime is when a file was made
        return None
    names: list[str] = []
    lasting, fleeting = array("Q"), array("Q")
    try:
        root = os.open(folder, os.O_RDONLY)
        try:
            _walk(root, str(folder), names, lasting, fleeting)
        finally:
            os.close(root)
    except (OSError, OverflowError):  # something is removed just now, or dates from before 1970
        return None
    digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape"))
    digest.update(lasting.tobytes())
    return Look(
        lasting=digest.hexdigest(),
        fleeting=hashlib.sha256(fleeting.tobytes()).hexdigest(),
        newest=max(fleeting, default=0),
    )


def _walk(folder: int, path: str, names: list[str], lasting: array[int], fleeting: array[int]) -> None:
    """Add what lies in an open folder: relative to it, which spares the system half of its way."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=_NAME)
    names.append(f"{path}/")
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            below = os.open(entry.name, os.O_RDONLY, dir_fd=folder)
            try:
                _walk(below, f"{path}/{entry.name}", names, lasting, fleeting)
            finally:
                os.close(below)
            continue
        status = entry.stat(follow_symlinks=False)
        names.append(entry.name)
        lasting.extend((status.st_size, status.st_ino, status.st_mtime_ns))
        fleeting.append(status.st_ctime_ns)


def _hash_of(artifact: Artifact) -> str:
    return artifact.sha256 or part_of(artifact)
