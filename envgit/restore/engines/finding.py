"""Find the user's own conda, mamba or micromamba."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The variable in which an activated shell has the path of each.
_VARIABLES = {"conda": "CONDA_EXE", "mamba": "MAMBA_EXE", "micromamba": "MAMBA_EXE"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """A program that installs conda packages: ``name`` is what it is, ``executable`` where."""

    name: str
    executable: Path


def find_engine(name: str, environ: Mapping[str, str]) -> Engine:
    """Return the engine of this name that the shell knows, else the first on ``PATH``.

    Raises:
        RestoreFailed: there is none.
    """
    known = environ.get(_VARIABLES[name])
    if known and Path(known).stem == name and os.access(known, os.X_OK):
        return Engine(name=name, executable=Path(os.path.abspath(known)))
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found is None:
        raise RestoreFailed(
            f"there is no {name}: neither in {_VARIABLES[name]} nor on PATH",
            hint=f"install {name}, or let envgit install the packages: --engine rattler",
        )
    return Engine(name=name, executable=Path(os.path.abspath(found)))
