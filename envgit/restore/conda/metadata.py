"""What makes a folder with linked packages an environment to conda (CEP 32), beyond the packages' records."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed
from envgit.model import Warned
from envgit.restore.faults import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import CondaPackage, Environment
    from envgit.restore.conda.job import Artifact
    from envgit.restore.settings import RestoreSettings


#: What py-rattler writes of a package for which it was told no specs.
_NOT_ASKED_FOR = b'\n  "requested_specs": [],'


def complete_records(packages: Sequence[CondaPackage], artifacts: Sequence[Artifact], prefix: Path) -> None:
    """Put into the records of linked packages what py-rattler was not told.

    That is the URL which a package comes from rather than the path of the file that was linked, and
    the specs it was asked for by, word for word. Records become readable as other files are.

    Raises:
        RestoreFailed: a package has no record, so it was not linked.
    """
    meta = prefix / "conda-meta"
    meta.mkdir(parents=True, exist_ok=True)
    for package, artifact in zip(packages, artifacts, strict=True):
        file = meta / f"{artifact.dist_name}.json"
        try:
            record = file.read_bytes()
            completed = _completed(record, package, artifact)
            if completed == record and file.stat().st_mode & stat.S_IRGRP:
                continue  # of a package that stays: who knows the file need not read it again
            file.unlink()  # it is readable by its owner alone
            file.write_bytes(completed)
        except FileNotFoundError as error:
            raise RestoreFailed(f"{package.name} {package.version} was not linked: no {file.name}") from error
        except OSError as error:
            raise refused(error, file) from error


def _completed(record: bytes, package: CondaPackage, artifact: Artifact) -> bytes:
    # Records hold up to 50,000 file names: they are parsed only where a replacement does not do.
    record = record.replace(_json(Path(artifact.local).as_uri()), _json(artifact.url))
    if not package.requested:
        return record
    asked = {"requested_spec": package.requested[0], "requested_specs": list(package.requested)}
    if _json(asked)[1:-1] in record:
        return record
    if record.count(_NOT_ASKED_FOR) == 1:
        return record.replace(_NOT_ASKED_FOR, b"\n  %b," % _json(asked)[1:-1])
    return _json(json.loads(record) | asked)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def write_metadata(environment: Environment, prefix: Path, settings: RestoreSettings) -> None:
    """Write history, pinned specs and variables, so that conda goes on from there.

    Raises:
        RestoreFailed: the disk refuses.
    """
    meta = prefix / "conda-meta"
    values = {v.name: v.value for v in environment.variables if v.value is not None}
    try:
        _write(meta / "history", _history(environment, settings))
        if environment.pins:
            _write(meta / "pinned", environment.pins)
        if values:
            _write(meta / "state", [json.dumps({"version": 1, "env_vars": values})])
    except OSError as error:
        raise refused(error, meta) from error


def _write(file: Path, lines: Sequence[str] | Iterator[str]) -> None:
    file.unlink(missing_ok=True)  # what a package put there is a link: into the cache, or anywhere
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _history(environment: Environment, settings: RestoreSettings) -> Iterator[str]:
    yield f"==> {settings.time.strftime('%Y-%m-%d %H:%M:%S')} <=="
    yield f"# cmd: {' '.join(settings.command.split())}"
    for package in environment.conda:
        yield f"+{package.channel}/{package.subdir}::{package.dist_name}"
    if environment.specs:
        yield f"# update specs: {json.dumps(list(environment.specs))}"


def register(prefix: Path, home: Path) -> Warned | None:
    """Add an environment to the list that ``conda env list`` reads, once.

    Returns:
        Why it could not be added; the environment works without.
    """
    registry = home / ".conda" / "environments.txt"
    try:
        registry.parent.mkdir(parents=True, exist_ok=True)
        known = registry.read_text(encoding="utf-8") if registry.exists() else ""
        if str(prefix) in known.splitlines():
            return None
        separator = "" if not known or known.endswith("\n") else "\n"
        # One write at the end of the file: others that register at the same time lose nothing.
        descriptor = os.open(registry, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(descriptor, f"{separator}{prefix}\n".encode())
        finally:
            os.close(descriptor)
    except (OSError, UnicodeError) as error:
        return Warned(kind="not-registered", message=f"{prefix} is not in {registry}: {error}")
    return None
