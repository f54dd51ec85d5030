"""Small files of our own beside those of Git: written whole or not at all, or it is said why not."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def writing(place: str | os.PathLike[str]) -> Iterator[None]:
    """Turn the failure to write at ``place`` into an error that names what could not be written.

    Raises:
        EnvgitError: no permission, a full disk, a file in place of a folder.
    """
    try:
        yield
    except OSError as error:
        raise EnvgitError(
            f"{error.filename or place} cannot be written: {error.strerror}",
            hint="check its permissions and the space left on the disk",
        ) from error


def replace_file(file: str | os.PathLike[str], content: str | bytes, *, durable: bool = False) -> None:
    """Write a file aside and move it into place; several processes may do so at once.

    Who may read it is left to the umask: on a shared machine that is the user's own decision. ``durable`` is
    for what cannot be had again: it is on the disk before it takes its name, and so outlives a power cut.

    Raises:
        OSError: it cannot be written; what was there before still is.
    """
    os.makedirs(os.path.dirname(file), exist_ok=True)
    aside = f"{os.fspath(file)}.{os.urandom(4).hex()}"
    try:
        with open(aside, "xb") as opened:
            opened.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
            if durable:
                opened.flush()
                os.fsync(opened.fileno())
        os.replace(aside, file)
    except BaseException:
        if os.path.lexists(aside):
            os.unlink(aside)
        raise
