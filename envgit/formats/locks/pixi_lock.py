"""``pixi.lock``: several environments for several platforms, as rattler reads and writes them.

Since version 4 environments refer to one list of packages by URL or path. The entries of that list say what
they are, so one reader takes them all: with a ``kind`` (4, 5), by ``conda`` and ``pypi`` (6), with sources
of conda packages apart (7). ``conda.lock`` of conda-workspaces is version 6 that calls itself 1.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from envgit.errors import BadFile
from envgit.formats.conda.artifact import channel_urls, is_artifact
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.locks.locked import (
    DIRECT,
    channels_of,
    chosen_platform,
    conda_package,
    distribution,
    environment_of,
    parsed,
    platform_of,
    told_by_url,
)
from envgit.formats.locks.unlockable import (
    NOT_GIT,
    is_requirement,
    reason_of_distribution,
    reason_of_package,
    refuse_unlockable,
)
from envgit.formats.pip.line import as_url
from envgit.formats.syntax.checked import Place
from envgit.formats.syntax.yaml_block import yaml_block
from envgit.model import CondaPackage
from envgit.redact import redact_text, redact_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.formats.syntax.yaml_block import Value
    from envgit.model import Distribution, Environment, Source

_VERSIONS = (1, 4, 5, 6, 7)
_WRITTEN = 6
_LAYERS = ("conda", "conda_source", "pypi")
_PRIORITIES = ("strict", "disabled")
# "name[hash] @ place", the place of a recipe or a project.
_NAMED_SOURCE = r"([^\s\[\]]+)(?:\[[0-9a-f]*\])? @ (.+)"
_TOLD_BY_URL = ("name", "version", "build", "build_number", "subdir", "noarch")


class _Locked(NamedTuple):
    """A package that an environment refers to: its entry, and the URL or path that both go by."""

    entry: Place
    layer: str
    location: str
    extras: tuple[str, ...] = ()


def decode(content: bytes, *, where: str, platform: str = "", environment: str = "") -> Decoded:
    """Read one environment of a lock for one platform; ``default`` where none is named.

    A conda package that is built from a source has no URL, as a warning says.

    Raises:
        UnsupportedFormat: the lock is of a version that envgit does not read.
        BadFile: what was asked for is not there, or the file is damaged; the message names the place.
    """
    remarks = Remarks(where)
    document = parsed(content, where=where, kind="a pixi.lock", versions=_VERSIONS)
    name = _chosen_environment(document.get("environments"), environment)
    chosen = document.get("environments").get(name)
    subdirs = _platforms(document, chosen)
    on = chosen_platform(subdirs, platform, remarks) if subdirs else platform
    locked = list(_locked(document, chosen.get("packages", {}).get(on, []))) if subdirs else []
    index = _only_index(chosen)
    return Decoded(
        name=None if name == "default" else name,
        environment=environment_of(
            [_conda_package(found, remarks) for found in locked if found.layer != "pypi"],
            [_distribution(found, index, remarks) for found in locked if found.layer == "pypi"],
            platform=subdirs.get(on, on),
            channels=[channel.get("url").text() for channel in chosen.get("channels", []).items()],
            channel_priority=chosen.get("options", {}).get("channel-priority").optional_text(),
            remarks=remarks,
        ),
        warnings=tuple(remarks.warned),
    )


def _chosen_environment(environments: Place, wanted: str) -> str:
    names = list(environments.members())
    if wanted in names:
        return wanted
    if not wanted and ("default" in names or len(names) == 1):
        return "default" if "default" in names else names[0]
    listed = ", ".join(map(str, names)) or "none"
    lacks = f"no environment {wanted}" if wanted else "no environment default"
    raise BadFile(
        f"{environments.where}: {lacks}; it has {listed}",
        hint=f"Name the one that is meant, as in: --environment {names[0]}" if names else "",
    )


def _platforms(document: Place, chosen: Place) -> dict[str, str]:
    """The platforms that an environment is for, by the names that the file has for them (since version 7)."""
    declared: dict[str, str] = {}
    for place in document.get("platforms", []).items():
        name = place.get("name").text()
        if name in declared:
            raise BadFile(f"{place.where}: the platform {name} at {place.path} is listed a second time")
        declared[name] = platform_of(place.get("subdir", name))
    packages = chosen.get("packages", {})
    return {
        name: declared.get(name) or platform_of(Place(name, packages, name)) for name in packages.members()
    }


def _only_index(chosen: Place) -> str | None:
    """The index that files come from where their entries name none: the one, if there are no others."""
    indexes = chosen.get("indexes", []).texts()
    return indexes[0] if len(indexes) == 1 and not chosen.get("find-links").value else None


def _locked(document: Place, references: Place) -> Iterator[_Locked]:
    """What an environment refers to, in its order."""
    entries: dict[tuple[str, str], list[Place]] = {}
    for entry in document.get("packages", []).items():
        entries.setdefault(_key(entry), []).append(entry)
    for reference in references.items():
        key = _key(reference)
        wanted = reference.members()
        alike = [e for e in entries.get(key, ()) if all(e.value.get(k, v) == v for k, v in wanted.items())]
        if not alike:
            place = f"{key[1]} at {reference.path}"
            raise BadFile(f"{document.where}: {place} is not among the packages of the file")
        yield _Locked(alike[0], *key, extras=reference.get("extras", []).texts())


def _key(place: Place) -> tuple[str, str]:
    """The layer of an entry or reference, and its URL or path."""
    members = place.members()
    if "kind" in members:
        layer, at = place.get("kind").choice(_LAYERS), place.get("url" if "url" in members else "path")
    else:
        layer = next((layer for layer in _LAYERS if layer in members), "")
        at = place.get(layer)
    if not layer or not at.text():
        raise BadFile(f"{place.where}: {place.path} is none of: {', '.join(_LAYERS)}")
    return layer, at.text()


def _conda_package(locked: _Locked, remarks: Remarks) -> CondaPackage:
    entry, location = locked.entry, locked.location
    source = re.fullmatch(_NAMED_SOURCE, location) if locked.layer == "conda_source" else None
    if locked.layer == "conda" and is_artifact(location):
        try:
            told = told_by_url(location)
        except ValueError as error:
            raise BadFile(f"{entry.where}: {entry.path}: {error}") from error
    else:
        told = CondaPackage(name=source[1] if source else entry.get("name").word(), version="")
    package = conda_package(entry, told, entry, entry.get("depends", []).texts(), remarks)
    if package.url is None:
        origin = "is" if package.fn else "is built from"
        place = source[2] if source else location
        remarks.add("local-path", f"{package.name} {origin} {place}, relative to wherever the lock lies")
    return package


def _distribution(locked: _Locked, index: str | None, remarks: Remarks) -> Distribution:
    entry = locked.entry
    index = entry.get("index").optional_text() or index
    depends = entry.get("requires_dist", []).texts()
    found = distribution(entry, locked.location, entry, depends, remarks, index=index)
    if not locked.extras:
        return found
    pin = f"=={found.version}" if found.version else ""
    asked = f"{found.name}[{','.join(locked.extras)}]{pin}"
    return replace(found, requirement=asked) if is_requirement(asked) else found


def encode(environment: Environment) -> str:
    """Return a lock of version 6 that has the environment as ``default``, for its one platform.

    Raises:
        EnvgitError: it cannot hold a package; the message names each, with the reason.
    """
    refuse_unlockable(environment, kind="pixi.lock", conda=reason_of_package, pypi=_reason_of_distribution)
    conda = [_conda_entry(package) for package in environment.conda]
    pypi = [_pypi_entry(found) for found in environment.additions]
    indexes = sorted({d.file.index.rstrip("/") for d in environment.additions if d.file and d.file.index})
    urls = [url for channel in channels_of(environment) for url in channel_urls(channel)]
    default: dict[str, Value] = {"channels": [{"url": f"{url}/"} for url in dict.fromkeys(urls)]}
    if indexes:
        default["indexes"] = [redact_url(index) for index in indexes]
    if environment.channel_priority in _PRIORITIES:
        default["options"] = {"channel-priority": environment.channel_priority}
    references = [*({"conda": e["conda"]} for e in conda), *({"pypi": e["pypi"]} for e in pypi)]
    default["packages"] = {environment.platform: references}
    lock: dict[str, Value] = {"version": _WRITTEN, "environments": {"default": default}}
    return "".join(f"{line}\n" for line in yaml_block({**lock, "packages": [*conda, *pypi]}))


def _reason_of_distribution(found: Distribution) -> str:
    source = found.source
    if source and source.vcs and source.vcs != "git":
        return NOT_GIT
    return reason_of_distribution(found)


def _conda_entry(package: CondaPackage) -> dict[str, Value]:
    """An entry with what the URL does not tell."""
    url = redact_url(package.url or "")
    # rattler takes a file:// URL for a path, of which only the file's name tells anything
    told = told_by_url(url) if re.match("https?://", url) else CondaPackage(name="", version="")
    differing = {name: getattr(package, name) for name in _TOLD_BY_URL}
    channel = package.channel if package.channel != told.channel else ""
    members = {
        "conda": url,
        **{name: value for name, value in differing.items() if value and value != getattr(told, name)},
        "sha256": package.sha256,
        "md5": package.md5,
        "depends": [redact_text(spec) for spec in package.depends],
        "constrains": [redact_text(spec) for spec in package.constrains],
        "channel": channel_urls(channel)[0] if channel else None,
        "license": package.license,
        "size": package.size,
        "timestamp": package.timestamp,
        "python_site_packages_path": package.python_site_packages_path,
    }
    return {name: value for name, value in members.items() if value}


def _pypi_entry(found: Distribution) -> dict[str, Value]:
    sha256 = found.source.sha256 if found.source else found.file and found.file.sha256
    members = {
        "pypi": _location(found),
        "name": found.name,
        "version": found.version,
        "sha256": sha256,
        "requires_dist": [redact_text(line) for line in found.depends if is_requirement(line)],
        "editable": found.source is not None and found.source.editable,
    }
    return {name: value for name, value in members.items() if value}


def _location(found: Distribution) -> str:
    source = found.source
    if source is None:
        return redact_url(found.file.url or "") if found.file else ""
    if source.repository == ".":
        return f"./{source.subdirectory or ''}"
    checkout = source.repository or (source.url if source.vcs else None)
    if checkout:
        return _checkout(source, checkout)
    url = redact_url(source.url)
    if re.match("https?://", url):
        return f"{DIRECT}{url}"
    # a file:// URL is that of a file of an index that is a folder
    return url.removeprefix("file://") if source.kind == "archive" and source.sha256 else url


def _checkout(source: Source, remote: str) -> str:
    """The URL of a Git checkout as uv and pixi write it."""
    asked = {"subdirectory": source.subdirectory, "rev": source.requested_revision}
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items() if value)
    url = f"git+{redact_url(as_url(remote))}"
    return url + (f"?{query}" if query else "") + (f"#{source.commit}" if source.commit else "")
