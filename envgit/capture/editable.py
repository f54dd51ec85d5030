"""Find the folders that editable installs run from, and what stands there."""

from __future__ import annotations

import os

from envgit.capture.reading import can_be_path, read_file
from envgit.capture.worktree import find_work_tree, head_commit, origin_url

#: Repository (``.`` for the one being recorded), commit and subdirectory; None for what is not known.
Checkout = tuple["str | None", "str | None", "str | None"]


def checkout_of(folder: str, recorded: str | None) -> Checkout:
    """Say where ``folder`` stands in Git: repository, commit, subdirectory.

    ``recorded`` is the top of the work tree whose commits are recorded: within it no commit is given,
    since the recorded commit is that one. The repository may hold credentials; redact it before it is kept.
    """
    top = find_work_tree(folder)
    if top is None:
        return None, None, None
    inside = os.path.relpath(os.path.realpath(folder), top).replace(os.sep, "/")
    subdirectory = None if inside == "." else inside
    if recorded and top == os.path.realpath(recorded):
        return ".", None, subdirectory
    return origin_url(top), head_commit(top), subdirectory


def editable_folder(metadata: str) -> str | None:
    """Return the folder an editable install runs from, None for any other install.

    Args:
        metadata: path of a ``direct_url.json`` (PEP 610) or of an ``.egg-link``.
    """
    try:
        content = read_file(metadata)
    except OSError:
        return None
    if metadata.endswith(".egg-link"):
        return linked_folder(content)
    return _folder_of(content) if b'"editable"' in content else None


def linked_folder(egg_link: bytes) -> str | None:
    """Return the folder that the first line of an ``.egg-link`` names."""
    folder = os.fsdecode(egg_link.partition(b"\n")[0].strip())
    return folder if os.path.isabs(folder) and "\0" not in folder else None


def linked_metadata(egg_link: str) -> list[str]:
    """Return the PKG-INFO files where an ``.egg-link`` leads; the prefix itself holds none."""
    folder = editable_folder(egg_link)
    try:
        names = sorted(os.listdir(folder)) if folder else []
    except OSError:
        return []
    return [os.path.join(str(folder), name, "PKG-INFO") for name in names if name.endswith(".egg-info")]


def local_folder(url: str) -> str | None:
    """Return the path of a ``file://`` URL, None for any other."""
    if not url.startswith("file://"):
        return None
    path = url[len("file://") :]
    if "%" in path:
        from urllib.parse import unquote  # a slow import, and paths seldom need it

        path = unquote(path, errors="surrogateescape")
    if os.name == "nt":
        path = path.lstrip("/")
    return path if os.path.isabs(path) and can_be_path(path) else None


def _folder_of(direct_url: bytes) -> str | None:
    import json  # the one import of the fast path that only some environments need

    try:
        content = json.loads(direct_url)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not isinstance(content.get("url"), str):
        return None
    directory = content.get("dir_info")
    editable = isinstance(directory, dict) and directory.get("editable") is True
    return local_folder(content["url"]) if editable else None
