"""What Git runs: the texts of ``hooks/``, with this interpreter and its search path written in."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

from envgit.githooks.events import EVENTS


def launcher_block(event: str) -> bytes:
    """The launcher of one event as it goes into a hook file, without the ``#!`` line."""
    return _filled("launcher", event).partition(b"\n")[2]


def configured_command(event: str) -> bytes:
    """The launcher of one event as the value of ``hook.<name>.command``.

    Git runs it in a shell and appends ``"$@"``. Other hooks and their input are Git's own concern there.
    """
    return _filled("configured", event).rstrip(b"\n")


def textconv_command() -> bytes:
    """The value of ``diff.<driver>.textconv``: Git runs it in a shell and appends ``"$@"``, a file's path."""
    return _filled("textconv").rstrip(b"\n")


def lines_to_paste(folder: str = "") -> str:
    """What to add to hooks that envgit may not write to: nothing of this machine, silent without envgit."""
    lines = []
    for event in EVENTS:
        passed = "[ $? != 12 ]" if event == "pre-commit" else ":"  # the gate's refusal, and no other failure
        command = f'command -v envgit >/dev/null && envgit hook {event} "$@" || {passed}'
        lines.append(f"# in {os.path.join(folder, event)}\n{command}")
    return "\n".join(lines)


def fleeting_interpreter() -> str:
    """The interpreter that hooks would start, if it lies where things are cleared away; else empty.

    ``uvx`` and ``pipx run`` make an environment in a cache for one command.
    """
    home = os.path.expanduser("~")
    caches = [os.environ.get(name) for name in ("XDG_CACHE_HOME", "UV_CACHE_DIR")]
    places = [tempfile.gettempdir(), os.path.join(home, "Library", "Caches"), *filter(None, caches)]
    own = Path(sys.executable)
    fleeting = ".cache" in own.parts or any(own.is_relative_to(place) for place in places)
    return sys.executable if fleeting else ""


def _filled(name: str, event: str = "") -> bytes:
    run = _text("run")
    values = {
        b"@EVENT@": event.encode(),
        b"@PYTHON@": _quoted(sys.executable),
        b"@ENTRY@": _quoted(str(Path(__file__).with_name("entry.py"))),
        b"@PATH@": _quoted(os.pathsep.join(_search_path())),
        b"@RUN@": _quoted(str(run)),
        b"@FUNCTION@": run.read_bytes().rstrip(b"\n"),
    }
    return re.sub(rb"@[A-Z]+@", lambda match: values[match[0]], _text(name).read_bytes())


def _text(name: str) -> Path:
    package = Path(__file__).resolve().parent.parent
    # A wheel carries the texts inside the package, a checkout beside it.
    places = (package / "hooks" / name, package.parent / "hooks" / name)
    return next(place for place in places if place.is_file())


def _search_path() -> list[str]:
    """Where this interpreter finds envgit and the libraries it uses, without its standard library."""
    own = str(Path(__file__).resolve().parent.parent.parent)
    standard = os.path.dirname(os.__file__)
    found = [path for path in sys.path if os.path.isdir(path) and "-packages" in os.path.basename(path)]
    return list(dict.fromkeys([own, *(path for path in found if path != standard)]))


def _quoted(text: str) -> bytes:
    return os.fsencode(shlex.quote(text))
