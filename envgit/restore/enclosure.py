"""What is brought stays in the environment, and out of what belongs to the environment itself."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.errors import RestoreFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_OURS = ".envgit-"


@contextmanager
def enclosed(prefix: Path) -> Iterator[None]:
    """Take links to folders outside an environment away for a while, so that nothing is written through them.

    A conda package can bring such a link, to the user's home for example. One in whose place something was
    installed does not come back.
    """
    paths = (f"{prefix}/{path}" for path in links_out(prefix))
    links = {path: os.readlink(path) for path in paths}
    for path in links:
        os.unlink(path)
    yield
    for path, target in links.items():
        if not os.path.lexists(path):
            os.symlink(target, path)


def require_harmless(name: str, files: Iterable[str], prefix: Path) -> None:
    """Check that a distribution brought none of the files by which an environment is known.

    Raises:
        RestoreFailed: it did; what stood there is gone.
    """
    for file in files:
        at = file.removeprefix(f"{prefix}{os.sep}")
        first, _, below = at.casefold().partition(os.sep)  # some file systems tell no case apart
        if is_ours(at) or first == "conda-meta" or (first, below) == ("pyvenv.cfg", ""):
            raise RestoreFailed(
                f"{name} writes over {at}, which belongs to the environment itself",
                hint="no distribution has a reason to do that: find out where this one comes from",
            )


def is_ours(path: str) -> bool:
    """Whether a path, relative to an environment, is one that envgit alone writes to: no package may."""
    return path.casefold().startswith(_OURS)


def links_out(folder: str | os.PathLike[str], links: Iterable[str] | None = None) -> Iterator[str]:
    """The links below a folder that lead to folders outside of it, by their paths in it.

    ``links`` are the paths of all its links, where they are known.
    """
    top = os.path.realpath(folder)
    for link in _links_below(top, "") if links is None else links:
        path = f"{top}/{link}"
        if os.path.isdir(path) and not f"{os.path.realpath(path)}/".startswith(f"{top}/"):
            yield link


def _links_below(top: str, folder: str) -> Iterator[str]:
    with os.scandir(f"{top}/{folder}") as entries:
        found = [
            (entry.name, entry.is_symlink()) for entry in entries if entry.is_symlink() or entry.is_dir()
        ]
    for name, is_link in found:
        path = f"{folder}/{name}" if folder else name
        if is_link:
            yield path
        else:
            yield from _links_below(top, path)
