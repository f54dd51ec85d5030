"""What it takes to run a command inside an environment, without a shell plugin or a shell profile."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.errors import BadFile, NotAPrefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: What conda writes into ``conda-meta/state`` for a variable that is to be taken away.
_UNSET = "***unset***"
# An active environment leaves these behind, and its interpreter and libraries must not be mixed with ours.
_OF_ANOTHER = ("PYTHONHOME", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "CONDA_PREFIX", "CONDA_PROMPT_MODIFIER")
_FOLDERS_OF_WINDOWS = ("", "Library/mingw-w64/bin", "Library/usr/bin", "Library/bin", "Scripts", "bin")


@dataclass(frozen=True, kw_only=True, slots=True)
class Activated:
    """A command line and the variables to start it with: it runs as in an activated shell."""

    command: tuple[str, ...]
    environ: Mapping[str, str]


def activate(prefix: Path, command: Sequence[str], environ: Mapping[str, str]) -> Activated:
    """Return how to start a command inside the environment at ``prefix``.

    Where packages bring activation scripts, a shell sources them and then becomes the command, so that
    signals and the exit status are the command's own. An environment that is active in ``environ`` is
    left first, as far as its variables tell.

    Raises:
        NotAPrefix: there is no environment.
        BadFile: a file with variables cannot be read.
    """
    # py-rattler's activation writes values into a shell script as they are, where "$(…)" would run.
    conda = (prefix / "conda-meta").is_dir()
    if not conda and not (prefix / "pyvenv.cfg").is_file():
        raise NotAPrefix(f"{prefix} is no environment", hint="envgit checkout REV -p PREFIX makes one")
    variables = _without_active(environ)
    path = [*_executable_folders(prefix, conda=conda), *_remaining_path(environ)]
    variables["PATH"] = os.pathsep.join(path)
    if not conda:
        variables["VIRTUAL_ENV"] = str(prefix)
        return Activated(command=tuple(command), environ=variables)
    variables |= {"CONDA_PREFIX": str(prefix), "CONDA_DEFAULT_ENV": _name(prefix), "CONDA_SHLVL": "1"}
    for name, value in _own_variables(prefix):
        if value == _UNSET:
            variables.pop(name, None)
        else:
            variables[name] = value
    scripts = sorted((prefix / "etc/conda/activate.d").glob("*.sh")) if os.name != "nt" else []
    return Activated(command=_sourcing(scripts, command, prefix, environ), environ=variables)


def _without_active(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name not in _OF_ANOTHER and not name.startswith("CONDA_PREFIX_")
    }


def _remaining_path(environ: Mapping[str, str]) -> list[str]:
    """``PATH`` without the folders of an active environment."""
    active = set()
    for name in ("CONDA_PREFIX", "VIRTUAL_ENV"):
        if environ.get(name):
            active.update(_executable_folders(Path(environ[name]), conda=name == "CONDA_PREFIX"))
    path = environ.get("PATH", os.defpath)
    return [entry for entry in path.split(os.pathsep) if entry and entry not in active]


def _executable_folders(prefix: Path, *, conda: bool) -> list[str]:
    if os.name != "nt":
        return [str(prefix / "bin")]
    return [str(prefix / folder) for folder in (_FOLDERS_OF_WINDOWS if conda else ("Scripts",))]


def _name(prefix: Path) -> str:
    """What conda calls an environment: a bare name only among others of its kind."""
    return prefix.name if prefix.parent.name == "envs" else str(prefix)


def _own_variables(prefix: Path) -> Iterator[tuple[str, str]]:
    """The variables of packages, then the environment's own, which win (conda's order)."""
    for file in sorted((prefix / "etc/conda/env_vars.d").glob("*.json")):
        yield from _variables_in(file, _read(file))
    state = prefix / "conda-meta/state"
    if state.is_file():
        content = _read(state)
        yield from _variables_in(state, content.get("env_vars", {}) if isinstance(content, dict) else content)


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadFile(f"{file}: no variables can be read from it ({error})") from error


def _variables_in(file: Path, content: object) -> Iterator[tuple[str, str]]:
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise BadFile(f"{file}: expected an object of strings")
    for name, value in content.items():
        if not name or "=" in name or "\0" in name + value:
            raise BadFile(f"{file}: {name!r} cannot be a variable")
        yield name, value


def no_such_command(name: str, prefix: Path) -> str:
    """What is said where a command is not there."""
    return f"{name}: no such command in {prefix}"


def _sourcing(
    scripts: Sequence[Path], command: Sequence[str], prefix: Path, environ: Mapping[str, str]
) -> tuple[str, ...]:
    """A command line that sources scripts first; the shell is bash where there is one, as with conda.

    What they make of ``PATH`` is known there alone, so the shell has to say that there is no such command.
    """
    if not scripts:
        return tuple(command)
    shell = shutil.which("bash", path=environ.get("PATH", os.defpath)) or "/bin/sh"
    lines = [f". {shlex.quote(str(script))}" for script in scripts]
    missing = shlex.quote(f"Error: {no_such_command(command[0], prefix)}")
    there = f"command -v -- {shlex.quote(command[0])} >/dev/null"
    lines += [f"{there} || {{ printf '%s\\n' {missing} >&2; exit 127; }}"]
    # The command is written out rather than passed on: what is sourced may change "$@".
    return (shell, "-c", "\n".join([*lines, f"exec {shlex.join(command)}"]))
