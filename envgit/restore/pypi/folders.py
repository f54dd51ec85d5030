"""Distributions that are installed from a folder: in the user's repository, in another one, or in none."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from envgit.restore.pypi.checkouts import apply_patch, clone, is_at, is_cloned_into_prefix
from envgit.restore.pypi.strangers import (
    Unobtainable,
    checked_commit,
    local_path,
    path_inside,
    repository_url,
)

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Patch, Source
    from envgit.restore.settings import RestoreSettings


def folder_line(name: str, source: Source, *, staging: Path, settings: RestoreSettings) -> str:
    """The line that installs a folder: the recorded one if it can be taken for what it was, else a clone.

    Raises:
        Unobtainable: there is no such folder, or no such commit.
    """
    if source.repository == ".":
        return _local(name, source, _in_work_tree(source, settings))
    recorded = local_path(source.url)
    if not source.repository and source.kind != "vcs":
        return _local(name, source, recorded)
    if recorded is not None and _can_be_used(recorded, source, settings):
        return _local(name, source, recorded)
    if not source.editable:
        return f"{name} @ {revision(source.repository or source.url, source)}"
    return _local(name, source, _cloned(name, source, staging, settings))


def revision(repository: str, source: Source) -> str:
    """A Git URL with the commit (PEP 440 direct references, as pip and uv write them)."""
    if source.vcs not in (None, "git"):
        raise Unobtainable(f"it came from {source.vcs}, and only Git repositories are installed from")
    commit = checked_commit(source.commit, repository)
    return f"git+{repository_url(repository)}@{commit}{subdirectory_of(source)}"


def subdirectory_of(source: Source) -> str:
    """The fragment of a URL that names a folder within what lies there."""
    return f"#subdirectory={quote(path_inside(source.subdirectory))}" if source.subdirectory else ""


def _can_be_used(folder: Path, source: Source, settings: RestoreSettings) -> bool:
    """Whether a folder on this machine stands at the commit; with a patch nobody's own checkout will do."""
    commit = checked_commit(source.commit, source.repository or source.url)
    return (
        source.patch is None
        and is_at(folder, commit, environ=settings.environ)
        and not is_cloned_into_prefix(folder)
    )


def _cloned(name: str, source: Source, staging: Path, settings: RestoreSettings) -> Path:
    """Clone the repository into the environment, at the commit and with the patch; returns the project."""
    repository = source.repository or source.url
    commit, url = checked_commit(source.commit, repository), repository_url(repository)
    patch = _content(source.patch, settings) if source.patch else b""
    if settings.offline and not url.startswith("file:"):
        raise Unobtainable(f"cloning {url} needs the network")
    top = staging / "src" / name
    failure = clone(url, commit, top, environ=settings.environ)
    if not failure and patch:
        failure = apply_patch(patch, top, environ=settings.environ)
    if failure:
        raise Unobtainable(failure)
    return top / path_inside(source.subdirectory)


def _content(patch: Patch, settings: RestoreSettings) -> bytes:
    content = settings.patches.get(patch.name)
    if content is None:
        raise Unobtainable(f"its changes that were in no commit, {patch.name}, are not in the snapshot")
    got = hashlib.sha256(content).hexdigest()
    if got != patch.sha256:
        raise Unobtainable(
            f"{patch.name} is not what was recorded: expected sha256 {patch.sha256}, got {got}"
        )
    return content


def _local(name: str, source: Source, folder: Path | None) -> str:
    if folder is None or not folder.is_dir():
        raise Unobtainable(f"the folder {folder or source.url} is not there")
    return f"-e {folder.as_uri()}" if source.editable else f"{name} @ {folder.as_uri()}"


def _in_work_tree(source: Source, settings: RestoreSettings) -> Path:
    if settings.repository is None:
        raise Unobtainable("it lies in the repository itself, and there is no work tree here")
    return settings.repository / path_inside(source.subdirectory)
