"""An environment is looked at when it is whole: what a checkout that was killed left is put right before."""

from __future__ import annotations

import os

from envgit.errors import EnvgitError
from envgit.operations.glance import UNPROVEN_NOTE, is_unproven

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from envgit.operations.workspace import Workspace


class Unproven(EnvgitError):
    """An environment that is there to be proven: it stays, or the old one comes back."""

    kind = "unproven"


def require_proven(workspace: Workspace, prefix: str) -> None:
    """Let the old environment, or the new one if it was proven, stand at a prefix.

    A tolerant workspace only looks on: there nothing is moved or removed.

    Raises:
        Unproven: a change is under way there.
        RestoreFailed: the system refuses to put right what was left.
    """
    if not workspace.tolerant and (is_unproven(prefix) or not os.path.lexists(prefix)):
        from pathlib import Path

        from envgit.restore import recover

        recover(Path(prefix))
    if is_unproven(prefix):
        raise Unproven(
            f"{prefix} is not proven yet: a checkout that changes it has not ended",
            hint="envgit status puts right what a killed one left"
            if workspace.tolerant
            else f"wait for it; where none is at work, remove {os.path.join(prefix, UNPROVEN_NOTE)}",
        )
