"""Read a prefix without keeping anything: the doctor leaves all as it was, caches included."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from envgit.capture.locate import require_interpreter

if TYPE_CHECKING:
    from envgit.model import Environment
    from envgit.operations.workspace import Workspace


def look_into(workspace: Workspace, prefix: str) -> Environment:
    """What is installed in a prefix.

    Raises:
        NotAPrefix: there is no environment, or only half of one.
    """
    from envgit.capture import CaptureSettings, capture

    top = workspace.repository.work_tree
    settings = CaptureSettings(
        cache=None,
        repository=Path(top) if top else None,
        home=workspace.home,
        environ=workspace.environ,
    )
    environment = capture(Path(prefix), settings).environment
    require_interpreter(prefix, environment)
    return environment
