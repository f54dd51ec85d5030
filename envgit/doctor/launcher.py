"""One launcher: what it would start, and whether Git would start it."""

from __future__ import annotations

import os
import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.githooks.install import launcher_block
from envgit.release import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

_finding = partial(Finding, area="hooks", command="envgit init")
#: The hook itself, and what the pre-commit framework moved aside and runs first.
_PLACES = ("{event}", "{event}.legacy")
_PINNED = re.compile(r"(?m)^envgit_(python|entry|path)=(.*)$")


def ailments(folder: Path, event: str) -> Iterator[Finding]:
    """What keeps an installed launcher from recording."""
    files = [file for place in _PLACES if (file := folder / place.format(event=event)).is_file()]
    for file in files:
        if not os.access(file, os.X_OK):
            command = f"chmod +x {shlex.quote(str(file))}"
            yield _finding(
                severity="broken",
                message=f"{file.name} is not executable: Git passes it over",
                command=command,
            )
    block = next((found for file in files if (found := _block(file, event))), "")
    if block:
        yield from _of_block(block, event)


def _of_block(block: str, event: str) -> Iterator[Finding]:
    pinned = {name: "".join(shlex.split(value)) for name, value in _PINNED.findall(block)}
    python, entry = pinned.get("python", ""), pinned.get("entry", "")
    gone = next((path for path in (python, entry) if not os.path.exists(path)), None)
    if gone is not None:
        yield _finding(severity="broken", message=f"{gone} is gone, with which envgit was to be started")
    elif not os.access(python, os.X_OK):
        yield _finding(severity="broken", message=f"{python} cannot be executed")
    elif _version(entry) not in ("", __version__):
        yield _finding(
            severity="note", message=f"starts envgit {_version(entry)}, while this is {__version__}"
        )
    elif _PINNED.sub("", block) != _PINNED.sub("", os.fsdecode(launcher_block(event))):
        yield _finding(severity="warning", message="written by another version of envgit")


def _block(file: Path, event: str) -> str:
    """Our part of a hook, empty where it has none."""
    marks = (f"# >>> envgit: {event} >>>\n", f"# <<< envgit: {event} <<<\n")
    _, begin, rest = os.fsdecode(file.read_bytes()).partition(marks[0])
    inside, end, _ = rest.partition(marks[1])
    return begin + inside + end if begin and end else ""


def _version(entry: str) -> str:
    """Of the envgit that an entry file belongs to; empty where it cannot be told."""
    try:
        text = Path(entry).parent.parent.joinpath("release.py").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r'__version__ = "([^"]+)"', text)
    return found[1] if found else ""
