"""Find who runs from an environment: what is swapped under a running program it half knows, half does not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
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
    that the venv was made of: there it counts how it was started, by any path, by ``PATH`` or in an activated
    shell.
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
        if _runs_from(facts, folders) or (facts["exe"] == base and _was_started_in(process, names)):
            found.append(Running(pid=facts["pid"], name=_called(facts)))
    return tuple(found)


def _runs_from(facts: dict[str, Any], folders: tuple[str, ...]) -> bool:
    told = (facts["exe"] or "", *(facts["cmdline"] or ())[:1])
    if any(text.startswith(folders) for text in told):
        return True
    return any(path.startswith(folders) for path in _mapped(facts["pid"]))


def _was_started_in(process: psutil.Process, names: Collection[str]) -> bool:
    """Whether a process of the base interpreter was started as the Python of the environment so named."""
    environ = _variables(process)
    if environ.get("VIRTUAL_ENV") in names:
        return True
    command = (process.info["cmdline"] or [""])[0]
    return any(_top_of(path) in names for path in _started_as(command, process, environ))


def _started_as(command: str, process: psutil.Process, environ: Mapping[str, str]) -> Iterator[str]:
    """The paths that a command may have stood for, which Python, too, finds its environment by.

    The working folder may be another one by now; the shell's ``PWD`` is where it was started.
    """
    folders = [folder for folder in (_folder_of(process), environ.get("PWD")) if folder]
    if os.sep in command:
        yield from (os.path.join(folder, command) for folder in folders or [os.sep])
        return
    for entry in environ.get("PATH", os.defpath).split(os.pathsep):
        places = [os.path.join(folder, entry, command) for folder in folders or [os.sep]]
        there = [place for place in places if os.access(place, os.X_OK)]
        yield from there
        if there:
            return


def _top_of(program: str) -> str:
    """The environment that a program lies in, as ``bin/python``; the program itself may be a link."""
    return os.path.realpath(os.path.join(os.path.dirname(program), os.pardir))


def _folder_of(process: psutil.Process) -> str | None:
    import psutil

    try:
        return process.cwd()
    except psutil.Error:  # of another user, or gone
        return None


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
