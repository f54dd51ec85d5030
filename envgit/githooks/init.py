"""Bind an environment to a repository, install the hook layer, take the first snapshot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import InvalidName, NoEnvironment
from envgit.githooks.install import install, snippet
from envgit.operations.binding import DEFAULT, active_prefix, storable
from envgit.operations.share import join
from envgit.operations.snapshot import Recorded, snapshot
from envgit.operations.workspace import open_workspace
from envgit.store.conflicts import require_room
from envgit.store.names import branch_ref
from envgit.store.repository import require_work_tree
from envgit.store.settings import bind

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Initialised:
    """What `init` did: ``hooks`` is the folder of the launchers, None with a ``snippet`` to paste instead."""

    environment: str
    prefix: str
    hooks: Path | None
    snippet: str
    recorded: Recorded | None


def init(
    workspace: Workspace,
    *,
    prefix: str | None = None,
    environment: str = DEFAULT,
    manual: bool = False,
    first_snapshot: bool = True,
) -> Initialised:
    """Bind ``prefix`` (the active environment when left out) and start recording.

    Raises:
        NoRepository: the repository is bare.
        NoEnvironment, NotAPrefix: there is nothing to bind.
        InvalidName: the logical name would not make a ref.
        Conflict: hooks cannot be installed here, or a ref is in the way of snapshots; nothing was changed.
    """
    work_tree = require_work_tree(workspace.repository)
    branch_ref(environment)
    if "." in environment:
        raise InvalidName(f"invalid environment name {environment!r}: it holds a dot", hint="use - instead")
    chosen = _prefix(workspace, work_tree, prefix, environment)
    from envgit.capture.locate import kind_of

    kind_of(chosen)  # before anything is written
    require_room(workspace.git, environment)
    folder = None if manual else install(workspace.repository)
    bind(workspace.git, environment, storable(str(chosen), work_tree))
    bound = open_workspace(work_tree, environ=workspace.environ)
    join(bound, environment)
    recorded = snapshot(bound, trigger="init", prefix=str(chosen)) if first_snapshot else None
    return Initialised(
        environment=environment,
        prefix=str(chosen),
        hooks=folder,
        snippet=snippet() if manual else "",
        recorded=recorded,
    )


def _prefix(workspace: Workspace, work_tree: str, given: str | None, environment: str) -> Path:
    from pathlib import Path

    if given is not None:
        return Path(os.path.abspath(os.path.expanduser(given)))
    bound = dict(workspace.settings.prefixes).get(environment)
    active = active_prefix(workspace.environ)
    conventional = Path(work_tree, ".venv")
    if active is not None:
        return Path(active)
    if bound is not None:
        return Path(work_tree, bound)
    if (conventional / "pyvenv.cfg").is_file():
        return conventional
    raise NoEnvironment(
        "no environment is active and there is no .venv here",
        hint="activate one, or name it: envgit init --prefix <prefix>",
    )
