"""What URLs and archives that settings or snapshots name lead to on this machine, and on mirrors."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from envgit.restore.settings import RestoreSettings


def local_path(url: str) -> Path | None:
    """The absolute path that a ``file:`` URL names (RFC 8089), None for what lies elsewhere or is no URL."""
    try:
        location = urlsplit(url)
    except ValueError:
        return None
    path = unquote(location.path, errors="surrogateescape")
    if os.name == "nt":
        path = path.lstrip("/")
    is_path = location.scheme == "file" and not location.netloc and "\0" not in path
    return Path(path) if is_path and os.path.isabs(path) else None


def archive_folder(archive: str, home: Path) -> Path | None:
    """The folder that an archive is, given as a path or a URL; None of one that lies elsewhere."""
    if "://" in archive or archive.startswith("file:"):
        return local_path(archive)
    return Path(re.sub(r"^~(?=/|$)", lambda _: str(home), archive)).absolute()


def mirrored(url: str, settings: RestoreSettings) -> list[str]:
    """What mirrors have in the place of a URL."""
    return [
        f"{mirror.rstrip('/')}/{url.removeprefix(canonical).lstrip('/')}"
        for canonical, mirror in settings.mirrors
        if url.startswith(canonical.rstrip("/") + "/")
    ]
