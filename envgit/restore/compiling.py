"""Byte code for a new environment: what the first import of each module would make, made at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from envgit.model import Graded
from envgit.restore import children

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.restore.progress import Progress
    from envgit.restore.settings import RestoreSettings

#: Run by the environment's own Python, 2.7 or later. Byte code holds the path of its source, which is to be
#: the final one, and the time of its source, which a rename keeps. What does not compile is left alone.
_PROGRAM = """\
import compileall, os, sys, sysconfig

if __name__ == "__main__":
    staging, prefix = sys.argv[1:]
    site = os.path.realpath(sysconfig.get_path("purelib"))
    below = os.path.relpath(site, os.path.realpath(staging))
    options = {"quiet": 2}
    if sys.version_info >= (3, 7):  # before, several workers lose the folders of packages
        options["workers"] = 0
    if sys.version_info >= (3, 9):
        options.update(stripdir=staging, prependdir=prefix)
    else:
        options["ddir"] = os.path.join(prefix, below)
    compileall.compile_dir(os.path.join(staging, below), **options)
"""

#: Seconds.
_PATIENCE = 1800
#: Byte code is found to be out of date by the time of its source, not by a hash that this would ask for.
_LEFT_OUT = "SOURCE_DATE_EPOCH"


def compile_all(
    staging: Path, prefix: Path, *, settings: RestoreSettings, progress: Progress
) -> tuple[Graded, ...]:
    """Compile the installed modules of an environment at ``staging`` as if it stood at ``prefix``.

    Uses every processor. An environment without a Python has nothing to compile.

    Returns:
        Why nothing was compiled, if so: the environment works without.
    """
    python = staging / ("bin/python" if os.name != "nt" else "python.exe")
    if os.name == "nt" and not python.exists():
        python = staging / "Scripts/python.exe"
    if not python.exists():
        return ()
    progress.start("Compiling Python modules", 0, "modules")
    ended = children.run(
        [str(python), "-E", "-s", "-c", _PROGRAM, str(staging), str(prefix)],
        folder=staging,
        environ={name: value for name, value in settings.environ.items() if name != _LEFT_OUT},
        patience=_PATIENCE,
        merged=True,
    )
    progress.finish()
    if ended.code == 0:
        return ()
    reason = ": ".join(["its modules were not compiled", ended.fate, *ended.lines[-1:]])
    return (Graded(layer="conda", name="python", grade="exact", source="", reason=reason),)
