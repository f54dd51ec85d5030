"""What makes a folder with linked packages an environment to conda (CEP 32), beyond the packages' records."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from envgit.model import Warned
from envgit.restore.faults import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from envgit.model import Environment
    from envgit.restore.settings import RestoreSettings


def write_metadata(environment: Environment, prefix: Path, settings: RestoreSettings) -> None:
    """Write history, pinned specs and variables, so that conda goes on from there.

    Raises:
        RestoreFailed: the disk refuses.
    """
    meta = prefix / "conda-meta"
    values = {v.name: v.value for v in environment.variables if v.value is not None}
    try:
        meta.mkdir(parents=True, exist_ok=True)  # of an environment without packages
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
