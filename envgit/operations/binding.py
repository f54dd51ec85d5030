"""Which environment is meant: the one bound to this repository, else the active one, never a guess."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import Conflict, NoEnvironment
from envgit.store.names import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.operations.workspace import Workspace

DEFAULT = "default"
_BIND = "activate the environment, or bind one: envgit init --prefix <prefix>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """A logical environment name and the prefix it stands for; ``note`` says what a user may not expect."""

    environment: str
    prefix: str
    note: str = ""


def bound_environment(workspace: Workspace) -> Binding:
    """The environment that a commit made now runs in.

    The active environment decides between several bound ones; a single bound one needs no activation.

    Raises:
        NoEnvironment: none is bound or active, or it cannot be told which of several is meant.
    """
    bound = _bound_prefixes(workspace)
    if len(bound) == 1:
        ((name, prefix),) = bound.items()
        return Binding(environment=name, prefix=prefix, note=_note(workspace.environ, prefix))
    active = active_prefix(workspace.environ)
    for name, prefix in bound.items():
        if active is not None and _same(active, prefix):
            return Binding(environment=name, prefix=prefix)
    if bound:
        names = ", ".join(f"{name} ({prefix})" for name, prefix in bound.items())
        raise NoEnvironment(
            f"several environments are bound and none of them is active: {names}",
            hint="activate the one that is meant",
        )
    unbound = active or _conventional(workspace.repository.work_tree)
    if unbound is None:
        raise NoEnvironment("no environment is bound to this repository, and none is active", hint=_BIND)
    return Binding(environment=DEFAULT, prefix=unbound)


def named_environment(workspace: Workspace, prefix: str) -> Binding:
    """The logical name of a prefix given by hand: the one it is bound to, else the name of its folder.

    Raises:
        Conflict: that name is bound to another prefix.
    """
    prefix = os.path.abspath(os.path.expanduser(prefix))
    bound = _bound_prefixes(workspace)
    for name, other in bound.items():
        if _same(prefix, other):
            return Binding(environment=name, prefix=prefix)
    name = _name_of_folder(prefix) if bound else DEFAULT
    if name in bound:
        raise Conflict(
            f"{prefix} would be recorded as environment {name}, which is bound to {bound[name]}",
            hint=f"envgit init --environment <another name> --prefix {prefix}",
        )
    return Binding(environment=name, prefix=prefix)


def active_prefix(environ: Mapping[str, str]) -> str | None:
    """The prefix that the shell has activated, None without one.

    Where a venv is activated on top of a conda environment (or the other way round), ``PATH`` tells which
    of the two would run.

    Raises:
        NoEnvironment: both are named as active and ``PATH`` holds neither.
    """
    named = [environ[key] for key in ("VIRTUAL_ENV", "CONDA_PREFIX") if environ.get(key)]
    if len(named) < 2 or _same(*named):
        return named[0] if named else None
    for folder in environ.get("PATH", "").split(os.pathsep):
        for prefix in named:
            if folder and (_same(os.path.dirname(folder), prefix) or _same(folder, prefix)):
                return prefix
    raise NoEnvironment(
        f"both {named[0]} (VIRTUAL_ENV) and {named[1]} (CONDA_PREFIX) are active, and PATH holds neither",
        hint=_BIND,
    )


def storable(prefix: str, work_tree: str) -> str:
    """How a prefix is written to the configuration: relative if it lies in the work tree, else absolute.

    So every linked work tree of a repository finds its own ``.venv``.
    """
    prefix, work_tree = os.path.abspath(prefix), os.path.abspath(work_tree)
    inside = os.path.commonpath((prefix, work_tree)) == work_tree
    return os.path.relpath(prefix, work_tree) if inside else prefix


def _note(environ: Mapping[str, str], prefix: str) -> str:
    try:
        active = active_prefix(environ)
    except NoEnvironment:
        return ""  # of two active ones either may run; it is the bound one that counts
    if active is None or _same(active, prefix):
        return ""
    return (
        f"the active environment {active} is not the bound one, {prefix}, which is meant here; "
        f"to bind the active one: envgit init --prefix {shlex.quote(active)}"
    )


def _name_of_folder(prefix: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_+-]+", "-", os.path.basename(prefix))
    return name.strip("-_+")[:LONGEST] or DEFAULT


def _bound_prefixes(workspace: Workspace) -> dict[str, str]:
    top = workspace.repository.work_tree or ""
    # A linked work tree without a `.venv` of its own runs in the main work tree's.
    main = os.path.dirname(workspace.repository.common_dir)
    bound = {}
    for name, stored in workspace.settings.prefixes:
        here, there = os.path.join(top, stored), os.path.join(main, stored)
        bound[name] = os.path.normpath(here if os.path.isdir(here) or not os.path.isdir(there) else there)
    return bound


def _conventional(work_tree: str | None) -> str | None:
    prefix = os.path.join(work_tree or "", ".venv")
    return prefix if work_tree and os.path.isfile(os.path.join(prefix, "pyvenv.cfg")) else None


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
