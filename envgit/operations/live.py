"""The live environment: captured, and remembered so that nothing is captured twice."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.bare import sha256
from envgit.operations.glance import prefix_state
from envgit.operations.recovery import require_proven
from envgit.store.files import replace_file, writing

if TYPE_CHECKING:
    from envgit.capture import Captured
    from envgit.model import Snapshot, Warned
    from envgit.operations.binding import Binding
    from envgit.operations.workspace import Workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """The bound environment now, as a snapshot, with what capture could not use."""

    binding: Binding
    snapshot: Snapshot
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """What was recorded of a prefix the last time: while ``mark`` is unchanged it would be the same again.

    ``tree`` is the Git tree of the snapshot's files; ``conda`` and ``pypi`` count packages; ``warnings`` are
    pairs of kind and message.
    """

    mark: str
    environment: str
    snapshot: str
    tree: str
    conda: int
    pypi: int
    warnings: tuple[tuple[str, str], ...] = ()


def capture_live(workspace: Workspace, binding: Binding) -> Live:
    """Read the bound prefix.

    Raises:
        NotAPrefix: there is no environment at the bound prefix.
        Unproven, RestoreFailed: see `require_proven`.
    """
    from envgit.identity import snapshot_of

    require_proven(workspace, binding.prefix)
    captured = capture_prefix(workspace, binding.prefix)
    return Live(binding=binding, snapshot=snapshot_of(captured.environment), warnings=captured.warnings)


def capture_prefix(workspace: Workspace, prefix: str) -> Captured:
    """Read any prefix with this repository's settings.

    Raises:
        NotAPrefix: there is no environment, or only half of one.
    """
    from envgit.capture import CaptureSettings, capture
    from envgit.capture.locate import require_interpreter

    settings = CaptureSettings(
        cache=_memory_of(workspace, prefix) / "records",
        repository=Path(workspace.repository.work_tree) if workspace.repository.work_tree else None,
        variables=workspace.settings.variables,
        mirrors=workspace.settings.mirrors,
        home=workspace.home,
        environ=workspace.environ,
        survey=workspace.glance.survey if prefix == workspace.glance.prefix else None,
    )
    captured = capture(Path(prefix), settings)
    require_interpreter(prefix, captured.environment)
    return captured


def mark_of(workspace: Workspace, binding: Binding, *, state: str | None = None) -> str:
    """A cheap digest of everything a capture depends on: the prefix, the host, the settings.

    ``state`` is that of the prefix, where it is known already.
    """
    settings = workspace.settings
    facts = (
        state or state_of(workspace, binding),
        binding.environment,
        settings.mirrors,
        settings.variables,
    )
    return sha256(repr(facts).encode()).hexdigest()


def state_of(workspace: Workspace, binding: Binding) -> str:
    """The state of the bound prefix, see `prefix_state`.

    Raises:
        Unproven, RestoreFailed: see `require_proven`.
    """
    require_proven(workspace, binding.prefix)
    glance = workspace.glance
    if glance.state is not None and glance.prefix == binding.prefix:
        return glance.state
    return prefix_state(binding.prefix, workspace.repository.work_tree, workspace.environ)


def recall(workspace: Workspace, binding: Binding) -> Remembered | None:
    """What is remembered of a prefix; None when there is nothing that can be read."""
    try:
        content = (_memory_of(workspace, binding.prefix) / "last.json").read_bytes()
        return Remembered(**json.loads(content))
    except (OSError, ValueError, TypeError):
        return None  # a cache: whatever is wrong with it, the prefix itself has the answer


def remember(workspace: Workspace, binding: Binding, last: Remembered) -> None:
    """Keep what was recorded, whole or not at all.

    Raises:
        EnvgitError: the Git folder cannot be written to.
    """
    folder = _memory_of(workspace, binding.prefix)
    with writing(folder):
        replace_file(folder / "last.json", json.dumps(asdict(last)))


def _memory_of(workspace: Workspace, prefix: str) -> Path:
    name = sha256(os.path.realpath(prefix).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Path(workspace.repository.state_dir, "prefixes", name)
