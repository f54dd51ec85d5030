"""One launcher: what it would start, as against what `envgit init` would write now."""

from __future__ import annotations

import os
import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.release import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

_finding = partial(Finding, area="hooks", command="envgit init")
#: What differs between two launchers of one version, quoted as `shlex.quote` does it.
_PINNED = re.compile(r"""\benvgit_(python|entry|path)=((?:'[^']*'|"'"|[^\s'"])*)""")


def launcher_ailments(written: str, current: str) -> Iterator[Finding]:
    """What keeps a launcher from recording, or from being of this version."""
    pinned, ours = _pinned(written), _pinned(current)
    python, entry = pinned.get("python", ""), pinned.get("entry", "")
    searched = [path for path in pinned.get("path", "").split(os.pathsep) if path]
    gone = next((path for path in (python, entry, *searched) if not os.path.exists(path)), None)
    if gone is not None:
        yield _finding(severity="broken", message=f"{gone} is gone, with which envgit was to be started")
    elif not os.access(python, os.X_OK):
        yield _finding(severity="broken", message=f"{python} cannot be executed")
    elif not any(Path(folder, "envgit").is_dir() for folder in searched):
        message = f"envgit is in none of the folders it is looked for in: {searched}"
        yield _finding(severity="broken", message=message)
    elif _version(entry) != __version__:
        yield _finding(
            severity="note", message=f"starts envgit {_version(entry)}, while this is {__version__}"
        )
    elif entry == ours["entry"] and _PINNED.sub("", written) != _PINNED.sub("", current):
        yield _finding(severity="warning", message="written by another version of envgit")


def block_in(text: str, event: str) -> str | None:
    """Our part of a hook file, None where it has none."""
    marked = re.compile(rf"# >>> envgit: {event} >>>\n.*?# <<< envgit: {event} <<<\n", re.DOTALL)
    found = marked.search(text)
    return found[0] if found else None


def _pinned(launcher: str) -> dict[str, str]:
    return {name: "".join(shlex.split(value)) for name, value in _PINNED.findall(launcher)}


def _version(entry: str) -> str:
    """Of the envgit that an entry file belongs to."""
    try:
        text = Path(entry).parent.parent.joinpath("release.py").read_text(encoding="utf-8")
    except OSError:
        return "of an unknown version"
    found = re.search(r'__version__ = "([^"]+)"', text)
    return found[1] if found else "of an unknown version"
