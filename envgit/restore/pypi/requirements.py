"""From recorded distributions to lines of a requirements file; a snapshot may be a stranger's."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from envgit.restore.pypi.checkouts import clone, is_at, is_cloned_into_prefix

if TYPE_CHECKING:
    from envgit.model import Distribution, Source
    from envgit.restore.settings import RestoreSettings

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# "${NAME}" in a requirements file becomes that variable's value: a stranger could have it sent to himself.
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f$`\\\"'<>]")
_SCP = re.compile(r"(?P<login>[\w.-]+@[\w.-]+):(?P<path>[^/].*)")
_ARCHIVES = frozenset({"https", "http", "file"})
_REPOSITORIES = frozenset({"https", "http", "ssh", "file"})


class Unobtainable(Exception):
    """A distribution that cannot be had, or that is none; the message says why, for the report."""


def requirement_of(
    distribution: Distribution, *, staging: Path, settings: RestoreSettings
) -> str | Unobtainable:
    """Return the line that installs a distribution as it was, or why there is none.

    The repository of an editable install is cloned into the environment's ``src`` folder where the
    recorded folder cannot be used.
    """
    try:
        return _line(distribution, staging, settings)
    except Unobtainable as reason:
        return reason


def is_name(text: str) -> bool:
    """Whether a text is the normalised name of a distribution, and so no option and no path."""
    return _NAME.fullmatch(text) is not None


def _line(distribution: Distribution, staging: Path, settings: RestoreSettings) -> str:
    if not is_name(distribution.name):
        raise Unobtainable(f"{distribution.name!r} is no name of a distribution")
    source = distribution.source
    if source is None:
        return f"{distribution.name}=={_version(distribution.version)}"
    if source.kind == "archive":
        return f"{distribution.name} @ {_archive(source)}{_hash(source)}"
    if source.kind == "vcs" and not source.editable:
        return f"{distribution.name} @ {_revision(source.url, source)}"
    return _folder(distribution.name, source, staging, settings)


def _version(text: str) -> str:
    from packaging.version import InvalidVersion, Version

    if not text:
        raise Unobtainable("the snapshot pins no version")
    try:
        return str(Version(text))
    except InvalidVersion:
        raise Unobtainable(f"version {text!r} is none that an index serves (PEP 440)") from None


def _archive(source: Source) -> str:
    url = _checked(source.url, _ARCHIVES).partition("#")[0]
    if url.startswith("file:"):
        _check_file(Path(unquote(urlsplit(url).path)), source.sha256)
    return url + _subdirectory(source)


def _hash(source: Source) -> str:
    """The option of a requirement that makes uv check a file."""
    if source.sha256 and not _SHA256.fullmatch(source.sha256):
        raise Unobtainable(f"{source.sha256!r} is no SHA-256")
    return f" --hash=sha256:{source.sha256}" if source.sha256 else ""


def _subdirectory(source: Source) -> str:
    return f"#subdirectory={quote(_inside(source.subdirectory))}" if source.subdirectory else ""


def _check_file(file: Path, sha256: str | None) -> None:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Unobtainable(f"{file}: {error.strerror}") from None
    got = hashlib.sha256(content).hexdigest()
    if sha256 and got != sha256:
        raise Unobtainable(f"{file} is not what was installed: expected sha256 {sha256}, got {got}")


def _revision(repository: str, source: Source) -> str:
    """A Git URL with the commit (PEP 440 direct references, as pip and uv write them)."""
    if source.vcs not in (None, "git"):
        raise Unobtainable(f"it came from {source.vcs}, and only Git repositories are installed from")
    return f"git+{_repository_url(repository)}@{_commit(source)}{_subdirectory(source)}"


def _commit(source: Source) -> str:
    if not source.commit or not _COMMIT.fullmatch(source.commit):
        raise Unobtainable(f"the commit of {source.repository or source.url} is not recorded")
    return source.commit


def _folder(name: str, source: Source, staging: Path, settings: RestoreSettings) -> str:
    """A folder to install from: the recorded one if it can be taken for what it was, else a clone."""
    if source.repository == ".":
        return _local(name, source, _in_work_tree(source, settings))
    recorded = _recorded_folder(source)
    if not source.repository and source.kind != "vcs":
        return _local(name, source, recorded)
    commit = _commit(source)
    if (
        recorded is not None
        and is_at(recorded, commit, environ=settings.environ)
        and not is_cloned_into_prefix(recorded)
    ):
        return _local(name, source, recorded)
    repository = source.repository or source.url
    if not source.editable:
        return f"{name} @ {_revision(repository, source)}"
    url = _repository_url(repository)
    if settings.offline and not url.startswith("file:"):
        raise Unobtainable(f"cloning {url} needs the network")
    top = staging / "src" / name
    failure = clone(url, commit, top, environ=settings.environ)
    if failure:
        raise Unobtainable(failure)
    return _local(name, source, top / _inside(source.subdirectory))


def _local(name: str, source: Source, folder: Path | None) -> str:
    if folder is None or not folder.is_dir():
        raise Unobtainable(f"the folder {folder or source.url} is not there")
    return f"-e {folder.as_uri()}" if source.editable else f"{name} @ {folder.as_uri()}"


def _in_work_tree(source: Source, settings: RestoreSettings) -> Path:
    if settings.repository is None:
        raise Unobtainable("it lies in the repository itself, and there is no work tree here")
    return settings.repository / _inside(source.subdirectory)


def _recorded_folder(source: Source) -> Path | None:
    location = urlsplit(source.url)
    return Path(unquote(location.path)) if location.scheme == "file" and not location.netloc else None


def _inside(subdirectory: str | None) -> str:
    """A path that stays below where it starts."""
    path = PurePosixPath(subdirectory or "")
    if path.is_absolute() or ".." in path.parts:
        raise Unobtainable(f"{subdirectory!r} leads out of its repository")
    return str(path)


def _repository_url(repository: str) -> str:
    """A Git repository as a URL that Git and uv agree on."""
    scp = _SCP.fullmatch(repository)
    if scp and "://" not in repository:
        repository = f"ssh://{scp['login']}/{scp['path']}"
    elif repository.startswith("/"):
        repository = Path(repository).as_uri()
    return _checked(repository.removeprefix("git+"), _REPOSITORIES)


def _checked(url: str, schemes: frozenset[str]) -> str:
    location = urlsplit(url)
    host = location.netloc.rpartition("@")[2]
    if location.scheme not in schemes or _UNSAFE.search(url) or host.startswith("-") or "@-" in url:
        raise Unobtainable(f"{url!r} is no place to install from")
    if location.scheme == "file" and host:
        raise Unobtainable(f"{url!r} names a file on another machine")
    return url
