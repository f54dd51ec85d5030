"""requirements.txt: the Python layer as pip takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats.pip_line import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.model import Distribution, Environment


def encode(environment: Environment) -> str:
    """Return the distributions that come from a package index, ``name==version`` a line.

    No hashes: an index install leaves none behind, and one hash would make pip want them all.
    """
    return _written(
        "The Python layer, complete with its dependencies. Install it with:",
        "pip install --no-deps -r requirements.txt",
        environment,
        (line_of(d) for d in environment.pypi if d.source is None),
    )


def encode_local(environment: Environment) -> str:
    """Return the distributions that no index serves: editable, from version control, from files.

    Places within the recorded repository are relative to its top, where pip is to be run.
    """
    return _written(
        "What no package index serves. At the top of the repository, install it with:",
        "pip install --no-deps -r requirements-local.txt",
        environment,
        (_named(d) for d in environment.pypi if d.source is not None),
    )


def _written(purpose: str, command: str, environment: Environment, lines: Iterable[str]) -> str:
    header = [f"# {purpose}", f"# $ {command}", f"# platform: {environment.platform}"]
    if environment.python:
        header.append(f"# python: {environment.python}")
    return "".join(f"{line}\n" for line in (*header, *lines))


def _named(distribution: Distribution) -> str:
    """A local folder does not say what it builds, so a comment does."""
    line = line_of(distribution)
    if " @ " in line or "#egg=" in line:
        return line
    return f"{line}  # {distribution.name}=={distribution.version}"
