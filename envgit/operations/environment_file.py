"""Somebody's environment file, read for this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from envgit.errors import BadFile
from envgit.formats.syntax.text import MAX_BYTES
from envgit.operations.host import current_host

if TYPE_CHECKING:
    from envgit.formats.decoded import Decoded
    from envgit.operations.workspace import Workspace


def content_of(path: str) -> bytes:
    """The content of a file or a pipe, see `bounded`.

    Raises:
        BadFile: it cannot be read.
    """
    try:
        with open(path, "rb") as opened:
            return bounded(opened)
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from error


def bounded(stream: BinaryIO) -> bytes:
    """The content of a stream that somebody else fills, perhaps without an end.

    Of what is larger than any environment file so much is returned that its reader refuses it.
    """
    return stream.read(MAX_BYTES + 1)


def decoded_file(
    workspace: Workspace, content: bytes, *, where: str, platform: str = "", environment: str = ""
) -> Decoded:
    """Read an environment file of any format.

    Args:
        workspace: the repository.
        content: of the file.
        where: what the file is called.
        platform: of a lock for several, the one that is meant; this host's when left out.
        environment: of a lock that holds several, the one that is meant.

    Raises:
        BadFile: it cannot be read; the message says what it is, or what is wrong where.
    """
    from envgit.formats import decode_any

    wanted = platform or current_host(workspace).platform
    return decode_any(content, where=where, platform=wanted, environment=environment)
