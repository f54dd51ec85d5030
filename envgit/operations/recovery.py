"""What a checkout that was killed left of a prefix is put right before the prefix is looked at."""

from __future__ import annotations

import os
from pathlib import Path

#: `envgit.restore.swap.UNPROVEN`; a look must not cost what loading that costs.
_UNPROVEN = ".envgit-unproven"


def put_right(prefix: str) -> None:
    """Let the old environment, or the new one if it was proven, stand at a prefix.

    Raises:
        RestoreFailed: the system refuses.
    """
    if os.path.lexists(os.path.join(prefix, _UNPROVEN)) or not os.path.lexists(prefix):
        from envgit.restore import recover

        recover(Path(prefix))
