"""The records of linked packages in ``conda-meta``: py-rattler writes them, and was not told all of it."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.restore.faults import refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.restore.conda.job import Artifact, Job

#: What py-rattler writes of a package for which it was told no specs.
_NOT_ASKED_FOR = b'\n  "requested_specs": [],'


class Records:
    """The records of a job's packages, each completed once: while others are linked, or at the end."""

    def __init__(self, job: Job) -> None:
        self._meta = Path(job.target) / "conda-meta"
        self._left = {artifact.name: artifact for artifact in job.artifacts}

    def complete(self, name: str) -> None:
        """Complete the record of a package that was linked just now, if that can be done."""
        artifact = self._left.get(name)
        if artifact:
            with suppress(RestoreFailed):  # it is tried again, and said then
                complete_record(artifact, self._meta)
                del self._left[name]

    def complete_rest(self) -> None:
        """Complete all others, those of packages that stay too.

        Raises:
            RestoreFailed: a package has no record, so it was not linked; or the disk refuses.
        """
        for artifact in self._left.values():
            complete_record(artifact, self._meta)


def require_linked(artifacts: Iterable[Artifact], prefix: Path) -> None:
    """Check that what was to be linked has a record, whatever the process says that was to link it.

    Raises:
        RestoreFailed: one has none.
    """
    for artifact in artifacts:
        file = prefix / "conda-meta" / f"{artifact.dist_name}.json"
        if not file.is_file():
            raise _not_linked(artifact, file)


def complete_record(artifact: Artifact, meta: Path) -> None:
    """Put into a record the URL which a package comes from, rather than the path of the file that was linked.

    And the specs it was asked for by, word for word. It becomes readable as other files are.

    Raises:
        RestoreFailed: there is no record, so the package was not linked; or the disk refuses.
    """
    file = meta / f"{artifact.dist_name}.json"
    try:
        record = file.read_bytes()
        completed = _completed(record, artifact)
        if completed == record and file.stat().st_mode & stat.S_IRGRP:
            return  # of a package that stays: who knows the file need not read it again
        file.unlink()  # it is readable by its owner alone
        file.write_bytes(completed)
    except FileNotFoundError as error:
        raise _not_linked(artifact, file) from error
    except OSError as error:
        raise refused(error, file) from error


def _not_linked(artifact: Artifact, file: Path) -> RestoreFailed:
    return RestoreFailed(f"{artifact.name} {artifact.version} was not linked: no {file.name}")


def _completed(record: bytes, artifact: Artifact) -> bytes:
    # Records hold up to 50,000 file names: they are parsed only where a replacement does not do.
    record = record.replace(_json(Path(artifact.local).as_uri()), _json(artifact.url))
    if not artifact.requested:
        return record
    asked = {"requested_spec": artifact.requested[0], "requested_specs": list(artifact.requested)}
    if _json(asked)[1:-1] in record:
        return record
    if record.count(_NOT_ASKED_FOR) == 1:
        return record.replace(_NOT_ASKED_FOR, b"\n  %b," % _json(asked)[1:-1])
    return _json(json.loads(record) | asked)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
