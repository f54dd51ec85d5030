"""Whether what people and other tools read of a snapshot says the same as its manifest, which counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.formats.conda import environment_yml, explicit
from envgit.formats.pip import requirements
from envgit.model import Warned
from envgit.store.contents import read_files
from envgit.store.layout import ENVIRONMENT_YML, LOCAL_REQUIREMENTS, MANIFEST, REQUIREMENTS, files_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Observation, Snapshot
    from envgit.store.git import Git

_DECODERS = {
    ENVIRONMENT_YML: environment_yml.decode,
    REQUIREMENTS: requirements.decode,
    LOCAL_REQUIREMENTS: requirements.decode,
}


def disagreements(git: Git, observation: Observation, snapshot: Snapshot) -> Iterator[Warned]:
    """Yield a warning for each file that names other packages than the manifest beside it.

    envgit writes all of them from one environment, so somebody else has changed one: what a reviewer reads
    is not what would be restored.
    """
    ours = files_of(snapshot, name=observation.environment)
    del ours[MANIFEST]
    there = read_files(git, observation, ours)
    for name, written in ours.items():
        stored = there.get(name)
        if stored != written and (stored is None or _packages(name, stored) != _packages(name, written)):
            verb = "does not name the packages of" if stored is not None else "is missing beside"
            yield Warned(
                kind="disagreement",
                message=f"{observation.commit[:12]}: {name} {verb} {MANIFEST}, which is what counts",
            )


def _packages(name: str, content: bytes) -> frozenset[tuple[str | None, ...]] | None:
    """What a file says of which packages; None where it cannot be read."""
    decode = _DECODERS.get(name, explicit.decode)
    try:
        environment = decode(content, where=name).environment
    except BadFile:
        return None
    conda = {(p.name, p.version, p.build, p.subdir, p.url, p.sha256, p.md5) for p in environment.conda}
    return frozenset({*conda, *((d.name, d.version, d.requirement) for d in environment.distributions)})
