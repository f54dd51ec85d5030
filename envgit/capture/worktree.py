"""Say which commit and which remote a folder's Git work tree stands at, by reading Git's files.

Only what ``git rev-parse HEAD`` and ``git remote get-url origin`` would say of a plain repository; where
references live in another format (reftable), the answer is None rather than a guess.
"""

from __future__ import annotations

import os

from envgit.capture.reading import read_if_there


def find_work_tree(folder: str) -> str | None:
    """Return the top of the Git work tree that encloses ``folder``, links resolved, or None."""
    top = os.path.realpath(folder)
    while _git_folder(top) is None:
        top, below = os.path.dirname(top), top
        if top == below:
            return None
    return top


def head_commit(top: str) -> str | None:
    """Return the object name of the commit that the work tree ``top`` stands at, None before the first."""
    git = _git_folder(top)
    if git is None:
        return None
    head = _first_line(os.path.join(git, "HEAD"))
    if not head.startswith("ref:"):
        return _object_name(head)
    ref = head[4:].strip()
    if ".." in ref:  # no name that Git would accept, so no path to follow
        return None
    common = _common_folder(git)
    return (
        _object_name(_first_line(os.path.join(git, ref)))
        or _object_name(_first_line(os.path.join(common, ref)))
        or _packed(common, ref)
    )


def origin_url(top: str) -> str | None:
    """Return the URL of the remote ``origin``, credentials included, or None.

    That of a local repository, which Git takes as a path too, is always a ``file://`` URL.
    """
    git = _git_folder(top)
    if git is None:
        return None
    in_origin = False
    url = None
    for line in _text(os.path.join(_common_folder(git), "config")).splitlines():
        setting = line.strip()
        if setting.startswith("["):
            in_origin = setting.replace(" ", "").lower().startswith('[remote"origin"]')
        name, equals, value = setting.partition("=")
        if in_origin and equals and name.strip().lower() == "url":
            url = value.strip().strip('"')
    return _local_url(url, top) if url and url.startswith(("/", "./", "../")) else url


def _local_url(path: str, top: str) -> str:
    from pathlib import Path  # slow, and remotes are seldom local

    return Path(os.path.normpath(os.path.join(top, path))).as_uri()


def _git_folder(top: str) -> str | None:
    """The Git folder of a work tree; linked work trees and submodules have a file that names it."""
    git = os.path.join(top, ".git")
    if os.path.isfile(git):
        line = _first_line(git)
        if not line.startswith("gitdir:"):
            return None
        git = os.path.normpath(os.path.join(top, line[7:].strip()))
    return git if os.path.exists(os.path.join(git, "HEAD")) else None


def _common_folder(git: str) -> str:
    """Where linked work trees share branches and configuration."""
    common = _first_line(os.path.join(git, "commondir"))
    return os.path.normpath(os.path.join(git, common)) if common else git


def _packed(common: str, ref: str) -> str | None:
    for line in _text(os.path.join(common, "packed-refs")).splitlines():
        name, _, packed = line.partition(" ")
        if packed == ref:
            return _object_name(name)
    return None


def _object_name(text: str) -> str | None:
    is_name = len(text) in {40, 64} and all(character in "0123456789abcdef" for character in text)
    return text if is_name else None


def _first_line(path: str) -> str:
    return _text(path).partition("\n")[0].strip()


def _text(path: str) -> str:
    """The text of a file, empty when it cannot be had."""
    try:
        return (read_if_there(path) or b"").decode("utf-8", "replace")
    except (OSError, ValueError):  # a name with a null in it is that of no file
        return ""
