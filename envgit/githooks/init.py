"""Bind an environment to a repository, install hooks and diff driver, take the first snapshot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError, InvalidName, NoEnvironment
from envgit.githooks.diff_driver import install_driver, lines_to_add
from envgit.githooks.install import install, is_tracked, snippet
from envgit.githooks.launcher import fleeting_interpreter
from envgit.operations.binding import DEFAULT, active_prefix, storable
from envgit.operations.share import join
from envgit.operations.snapshot import snapshot
from envgit.operations.workspace import open_workspace
from envgit.store.config import bind
from envgit.store.conflicts import require_room
from envgit.store.names import branch_ref
from envgit.store.repository import require_work_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from envgit.operations.sighting import Recorded
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Initialised:
    """What `init` did.

    ``hooks`` is where the launchers are, None with a ``snippet`` to paste instead; ``warnings`` say what may
    end their service.
    """

    environment: str
    prefix: str
    hooks: Path | None
    snippet: str
    recorded: Recorded | None
    warnings: tuple[str, ...] = ()


def init(
    workspace: Workspace,
    *,
    prefix: str | None = None,
    environment: str = DEFAULT,
    manual: bool = False,
    hook_files: bool = False,
    first_snapshot: bool = True,
) -> Initialised:
    """Bind ``prefix`` (the active environment when left out) and start recording.

    ``manual`` installs neither hooks nor diff driver; ``hook_files`` keeps to files where Git could do
    without.

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
    place = None if manual else install(workspace.repository, hook_files=hook_files)
    bind(workspace.git, environment, storable(str(chosen), work_tree))
    bound = open_workspace(work_tree, environ=workspace.environ)
    join(bound, environment)
    warnings = () if place is None else (*_warnings(place, workspace), *_without_driver(workspace))
    recorded = snapshot(bound, trigger="init", prefix=str(chosen)) if first_snapshot else None
    return Initialised(
        environment=environment,
        prefix=str(chosen),
        hooks=place,
        snippet=_by_hand(workspace) if manual else "",
        recorded=recorded,
        warnings=warnings,
    )


def _by_hand(workspace: Workspace) -> str:
    return f"{snippet(workspace.repository)}\n{lines_to_add(workspace.repository)}"


def _without_driver(workspace: Workspace) -> Iterator[str]:
    """Install the diff driver: recording does not depend on it, so that a failure is no more than said."""
    try:
        install_driver(workspace.repository)
    except EnvgitError as error:
        yield f"git diff will show environment files as plain text: {error.message}"


def _warnings(place: Path, workspace: Workspace) -> Iterator[str]:
    fleeting = fleeting_interpreter()
    if fleeting:
        yield (
            f"the hooks run {fleeting}, which lies in a folder that is not kept; install envgit to stay "
            "(uv tool install envgit, pipx install envgit), then: envgit init"
        )
    if is_tracked(place, workspace.repository):
        yield (
            f"the hooks in {place} name folders of this machine: do not commit them; "
            "lines that a team can share: envgit init --manual"
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
