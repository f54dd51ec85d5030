"""Keep a small file of envgit's own, whole or not at all."""

from __future__ import annotations

import os
import tempfile


def replace_file(file: str | os.PathLike[str], text: str) -> None:
    """Write a file aside and move it into place; several processes may do so at once.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    folder = os.path.dirname(file)
    os.makedirs(folder, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(file)}-")
    try:
        with open(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
        os.chmod(aside, 0o644)  # a restored environment can be everybody's to read
        os.replace(aside, file)
    except BaseException:
        os.unlink(aside)
        raise
