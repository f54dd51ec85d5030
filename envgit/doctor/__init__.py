"""Looks over hooks, diff driver, binding, store and settings, and names the next command for each finding.

One module an area, each a function of a workspace that yields findings; nothing is changed, caches included.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding, is_healthy
from envgit.errors import EnvgitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from envgit.operations.workspace import Workspace

__all__ = ["Finding", "diagnose", "examine", "is_healthy"]


def diagnose(workspace: Workspace) -> tuple[Finding, ...]:
    """What is wrong, or worth knowing, area by area; empty where all is well."""
    return tuple(finding for finding in examine(workspace) if finding.severity != "well")


def examine(workspace: Workspace) -> Iterator[Finding]:
    """Every finding, what is in order included."""
    for area, look in _looks():
        yield from _guarded(area, look(workspace))


def _guarded(area: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """What a look finds; where it cannot go on, that is a finding too."""
    try:
        yield from findings
    except Exception as error:  # noqa: BLE001 - the damage that stops one look must not stop the others
        yield Finding(area=area, severity="broken", message=f"cannot be looked at: {_words(error)}")


def _words(error: Exception) -> str:
    if isinstance(error, EnvgitError):
        return f"{error.message} ({error.hint})" if error.hint else error.message
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fsdecode(error.filename)} ({error.strerror})"
    return f"{type(error).__name__}: {error}"


def _looks() -> tuple[tuple[str, Callable[[Workspace], Iterator[Finding]]], ...]:
    from envgit.doctor.binding import binding
    from envgit.doctor.diff_driver import diff_driver
    from envgit.doctor.hooks import hooks
    from envgit.doctor.project import project
    from envgit.doctor.queue import queue
    from envgit.doctor.refs import refs
    from envgit.doctor.settings import settings
    from envgit.doctor.sharing import sharing
    from envgit.doctor.snapshots import snapshots
    from envgit.doctor.tools import tools

    return (
        ("hooks", hooks),
        ("diff", diff_driver),
        ("binding", binding),
        ("store", refs),
        ("store", snapshots),
        ("store", sharing),
        ("queue", queue),
        ("settings", settings),
        ("project", project),
        ("tools", tools),
    )
