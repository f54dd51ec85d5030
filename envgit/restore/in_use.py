"""Find who runs from an environment: what is swapped under a running program it half knows, half does not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A process, by its number and what it is called."""

    pid: int
    name: str


def running_from(prefix: Path) -> tuple[Running, ...]:
    """The processes, other than this one, that run from an environment, as far as this user may know.

    Their program lies in it, or a library that they loaded does. The Python of a venv is the interpreter
    that the venv was made of: there it counts how it was started, by path or in an activated shell.
    """
    import psutil

    names = {str(prefix), os.path.realpath(prefix)}
    folders = tuple(f"{name}{os.sep}" for name in names)
    base = os.path.realpath(prefix / "bin/python")
    found = []
    for process in psutil.process_iter(["pid", "name", "exe", "cmdline"]):
        facts = process.info
        if facts["pid"] == os.getpid():
            continue
        activated = facts["exe"] == base and _variables(process).get("VIRTUAL_ENV") in names
        if activated or _runs_from(facts, folders):
            found.append(Running(pid=facts["pid"], name=_called(facts)))
    return tuple(found)


def _runs_from(facts: dict[str, Any], folders: tuple[str, ...]) -> bool:
    told = (facts["exe"] or "", *(facts["cmdline"] or ())[:1])
    if any(text.startswith(folders) for text in told):
        return True
    return any(path.startswith(folders) for path in _mapped(facts["pid"]))


def _variables(process: psutil.Process) -> dict[str, str]:
    import psutil

    try:
        return process.environ()
    except psutil.Error:  # of another user, or gone
        return {}


def _mapped(pid: int) -> Iterator[str]:
    """The files that a process has loaded, where ``proc(5)`` tells; psutil would also add up their pages."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="surrogateescape") as maps:
            text = maps.read()
    except OSError:
        return
    for line in text.splitlines():
        _, separator, path = line.partition(" /")
        if separator:
            yield f"/{path}"


def _called(facts: dict[str, Any]) -> str:
    """What people know a process by: the module that a Python runs, rather than ``python``."""
    words: list[str] = facts["cmdline"] or []
    if len(words) > 2 and words[1] == "-m":
        return f"{facts['name']} -m {words[2]}"
    return str(facts["name"])
