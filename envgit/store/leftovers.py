"""What a process that was killed left unfinished: cleared away by the next, once nobody can be at it."""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress

#: How a file is called until it is moved into place, and a folder that is needed for a moment.
_UNFINISHED = re.compile(r"scratch-[0-9a-f]{8}|.+\.[0-9a-f]{8}|.+\.[0-9]+-[0-9a-f]+")
#: Longer than anything of ours takes, and Git holds the lock of a ref for milliseconds.
_SECONDS = 300.0


def is_abandoned(path: str) -> bool:
    """Whether something was last touched so long ago that whoever made it is gone."""
    try:
        return time.time() - os.lstat(path).st_mtime > _SECONDS
    except OSError:
        return False  # it is gone itself


def clear_leftovers(state_dir: str) -> None:
    """Remove what was abandoned below envgit's own folder in the Git folder."""
    for folder, folders, files in os.walk(state_dir):
        left = [os.path.join(folder, name) for name in folders + files if _UNFINISHED.fullmatch(name)]
        for path in filter(is_abandoned, left):
            remove(path)


def remove(path: str) -> None:
    """Remove a file, or a folder of nothing but files; others may be at it too."""
    with suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            for name in os.listdir(path):
                os.unlink(os.path.join(path, name))
            os.rmdir(path)
        else:
            os.unlink(path)
