"""Keep a small file of envgit's own, whole or not at all."""

from __future__ import annotations

import os


def replace_file(file: str | os.PathLike[str], text: str) -> None:
    """Write a file aside and move it into place; several processes may do so at once.

    Who may read it is left to the umask: on a shared machine that is the user's own decision.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    os.makedirs(os.path.dirname(file), exist_ok=True)
    aside = f"{os.fspath(file)}.{os.urandom(4).hex()}"
    try:
        with open(aside, "x", encoding="utf-8") as opened:
            opened.write(text)
        os.replace(aside, file)
    except BaseException:
        if os.path.lexists(aside):
            os.unlink(aside)
        raise
