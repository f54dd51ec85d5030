"""Environments that are not changed in place, and those that are only when it is really meant."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_MESSAGE = 300


def why_never(prefix: Path, *, needed: Iterable[Path]) -> str | None:
    """Why an environment must not be changed in place, whoever asks for it; None where it may be.

    Args:
        prefix: the environment.
        needed: folders that this command works in: they must not be exchanged under it.
    """
    immovable = _why_immovable(prefix)
    if immovable:
        return immovable
    real = prefix.resolve()
    own = (Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve())
    if any(path.resolve().is_relative_to(real) for path in own):
        return "envgit itself runs in it"
    if (prefix / "condabin").is_dir():
        return "it is conda's base environment, which conda runs in"
    nested = next((prefix / "envs").glob("*/conda-meta"), None)
    if nested is not None:
        return f"other environments lie in it, such as {nested.parent}"
    inside = next((path for path in needed if path.resolve().is_relative_to(real)), None)
    return f"{inside} lies in it" if inside else None


def _why_immovable(prefix: Path) -> str | None:
    if os.name == "nt":
        return "Windows moves no folder in which a file is open"
    if prefix.is_symlink():
        return f"it is a symbolic link to {prefix.resolve()}, which may be meant for others too"
    if os.path.ismount(prefix):
        return "it is a mount point, and cannot be exchanged for another folder"
    return None


def frozen(prefix: Path) -> str | None:
    """What is said of an environment that is marked as not to be changed (CEP 22); None where it is not."""
    file = prefix / "conda-meta/frozen"
    if file.exists() and not file.is_file():  # to read a pipe would take until somebody writes to it
        return f"{file} cannot be read (it is no file)"
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})"
    try:
        message = json.loads(text)["message"]
    except (ValueError, TypeError, KeyError, RecursionError):
        message = ""
    return message[:_LONGEST_MESSAGE] if isinstance(message, str) else ""
