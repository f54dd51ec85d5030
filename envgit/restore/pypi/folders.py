"""Distributions that are installed from a folder: in the user's repository, in another one, or in none."""

from __future__ import annotations

import hashlib
import os
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from envgit.model import Origin
from envgit.redact import redact_url
from envgit.restore.addresses import local_path
from envgit.restore.prefix.staging import remove_tree
from envgit.restore.pypi.checkouts import (
    apply_patch,
    clone,
    clone_submodules,
    difference,
    is_cloned_into_prefix,
)
from envgit.restore.pypi.strangers import (
    Unobtainable,
    checked_commit,
    checked_reference,
    path_inside,
    repository_url,
)

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Patch, Source
    from envgit.restore.settings import RestoreSettings


def folder_line(name: str, source: Source, *, staging: Path, settings: RestoreSettings) -> tuple[str, str]:
    """The line that installs a folder, and what is to be said of it.

    The recorded folder is used if its tracked files are those of the commit, and nothing was recorded
    beyond that. Any other is left alone: a clone stands in for it.

    Raises:
        Unobtainable: there is no such folder, or no such commit.
    """
    if source.repository == ".":
        project = _in_work_tree(source, settings)
        return _local(name, source, project), _other_code(project, settings)
    folder = local_path(source.url)
    if not source.repository and not source.commit and source.kind != "vcs":
        return _local(name, source, folder), _unrecorded(source, folder)
    stands, changed = _as_recorded(source, folder, settings)
    if stands:
        return _local(name, source, folder), ""
    if not source.editable:
        return f"{name} @ {revision(source.repository or source.url, source)}", ""
    top = _free(staging / "src", name)
    try:
        project = _cloned(source, top, settings)
    except Unobtainable as reason:
        raise Unobtainable(f"{reason}; {changed}" if changed else str(reason)) from None
    said = f"it runs from a clone, {top.relative_to(staging)}: {changed}"
    return _local(name, source, project), said if changed and not source.patch else ""


def is_cloned(source: Source, settings: RestoreSettings) -> bool:
    """Whether an editable install will run from a clone, as its folder is not as it was recorded."""
    if source.repository == "." or not (source.repository or source.commit or source.kind == "vcs"):
        return False
    try:
        return not _as_recorded(source, local_path(source.url), settings)[0]
    except Unobtainable:  # from nowhere: that is said when it is installed
        return False


def folder_origin(source: Source, settings: RestoreSettings) -> Origin:
    """Where the code of a folder will be had from: from there, or from where it is cloned.

    Raises:
        Unobtainable: from nowhere.
    """
    if source.repository == ".":
        return _there(_in_work_tree(source, settings))
    folder = local_path(source.url)
    if not source.repository and not source.commit and source.kind != "vcs":
        return _there(folder, source.url)
    if _as_recorded(source, folder, settings)[0]:
        return _there(folder)
    revision(source.repository or source.url, source)
    urls = _repositories(source) if source.editable else [repository_url(source.repository or source.url)]
    reasons = []
    for url in urls:
        local = local_path(url)
        if local is None and not (settings.offline and source.editable):
            return Origin(kind="recorded", place=redact_url(url), remote=True)
        if local is not None and local.exists():
            return Origin(kind="recorded", place=redact_url(url))
        reasons.append(f"cloning {redact_url(url)} needs the network" if local is None else _not_there(local))
    raise Unobtainable("; ".join(reasons))


def _there(folder: Path | None, url: str = "") -> Origin:
    if folder is None or not folder.is_dir():
        raise Unobtainable(_not_there(folder or url))
    return Origin(kind="recorded", place=folder.as_uri())


def _not_there(folder: Path | str) -> str:
    return f"the folder {folder} is not there"


def _as_recorded(source: Source, folder: Path | None, settings: RestoreSettings) -> tuple[bool, str]:
    """Whether a folder can be used as it stands, and how its files differ from those of the commit."""
    commit = checked_commit(source.commit, source.repository or source.url)
    if folder is None or not folder.is_dir():
        return False, ""
    changed = difference(folder, commit, environ=settings.environ)
    return not (changed or source.patch or is_cloned_into_prefix(folder)), changed


def revision(repository: str, source: Source) -> str:
    """A Git URL with the commit (PEP 440 direct references, as pip and uv write them)."""
    if source.vcs not in (None, "git"):
        raise Unobtainable(f"it came from {source.vcs}, and only Git repositories are installed from")
    commit = checked_commit(source.commit, repository)
    return f"git+{repository_url(repository)}@{commit}{subdirectory_of(source)}"


def asked_revision(repository: str, source: Source) -> str:
    """A Git URL with the commit, else with the branch or tag that was asked for, if any was."""
    if source.commit or source.vcs not in (None, "git"):
        return revision(repository, source)
    asked = f"@{checked_reference(source.requested_revision)}" if source.requested_revision else ""
    return f"git+{repository_url(repository)}{asked}{subdirectory_of(source)}"


def subdirectory_of(source: Source) -> str:
    """The fragment of a URL that names a folder within what lies there."""
    return f"#subdirectory={quote(path_inside(source.subdirectory))}" if source.subdirectory else ""


def _unrecorded(source: Source, folder: Path | None) -> str:
    return f"its code is at no commit, and is what {folder} holds now" if source.editable else ""


def _other_code(folder: Path, settings: RestoreSettings) -> str:
    """How a folder of the user's own work tree differs from the commit that the snapshot belongs to."""
    if settings.code is None or not folder.is_dir():
        return ""
    changed = difference(folder, settings.code, environ=settings.environ)
    return f"it runs what lies in the work tree: {changed}" if changed else ""


def _free(folder: Path, name: str) -> Path:
    """Where a clone can lie: in an environment that is changed in place another may be at work."""
    places = (folder / (f"{name}.{number}" if number else name) for number in count())
    return next(place for place in places if not os.path.lexists(place))


def _cloned(source: Source, top: Path, settings: RestoreSettings) -> Path:
    """Clone the repository, at the commit and with the patch; returns the project in it."""
    patch = _content(source.patch, settings) if source.patch else b""
    project = top / path_inside(source.subdirectory)
    failure = _clone_from_any(_repositories(source), source, top, settings)
    if not failure and (top / ".gitmodules").exists():
        offline = "cloning its submodules needs the network" if settings.offline else ""
        failure = offline or clone_submodules(top, environ=settings.environ)
    if not failure and source.patch:
        failure = apply_patch(patch, source.patch, top, environ=settings.environ)
    if not failure and not project.is_dir():
        failure = f"{source.subdirectory} is not in its repository"
    if failure:
        remove_tree(top)
        raise Unobtainable(failure)
    return project


def _clone_from_any(urls: list[str], source: Source, top: Path, settings: RestoreSettings) -> str:
    """Clone from the first of these repositories that has the commit; returns why none does."""
    commit = checked_commit(source.commit, urls[-1])
    failures = []
    for url in urls:
        if settings.offline and not url.startswith("file:"):
            failures.append(f"cloning {redact_url(url)} needs the network")
            continue
        failure = clone(url, commit, top, origin=urls[-1], environ=settings.environ)
        if not failure:
            return ""
        failures.append(failure)
        remove_tree(top)
    return "; ".join(failures)


def _repositories(source: Source) -> list[str]:
    """Where the commit may be had: the repository that the folder lies in, then the one it came from."""
    urls = []
    folder, within = local_path(source.url), PurePath(path_inside(source.subdirectory)).parts
    if folder is not None and folder.parts[len(folder.parts) - len(within) :] == within:
        top = folder.parents[len(within) - 1] if within else folder
        if (top / ".git").exists():
            urls.append(repository_url(str(top)))
    if source.repository or not urls:
        urls.append(repository_url(source.repository or source.url))
    return list(dict.fromkeys(urls))


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
        raise Unobtainable(_not_there(folder or source.url))
    return f"-e {folder.as_uri()}" if source.editable else f"{name} @ {folder.as_uri()}"


def _in_work_tree(source: Source, settings: RestoreSettings) -> Path:
    if settings.repository is None:
        raise Unobtainable("it lies in the repository itself, and there is no work tree here")
    return settings.repository / path_inside(source.subdirectory)
