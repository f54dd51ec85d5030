"""Writing beside Git's own files can fail for reasons that are the machine's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError

if TYPE_CHECKING:
    import os
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
