"""``conda-lock.yml`` (CEP 37): packages for several platforms in one list, each with URL and hashes.

Versions 2 and 3 are what pixi made of it before it had a format of its own: dependencies became lists, and
entries tell more of a package.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from envgit.errors import BadFile
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
    NO_MD5,
    RELATIVE,
    reason_of_distribution,
    reason_of_package,
    refuse_unlockable,
)
from envgit.formats.pip.line import locator
from envgit.formats.pip.source import VCS
from envgit.formats.syntax.yaml_block import yaml_block
from envgit.redact import redact_text, redact_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envgit.formats.syntax.checked import Place
    from envgit.formats.syntax.yaml_block import Value
    from envgit.model import CondaPackage, Distribution, Environment

_VERSIONS = (1, 2, 3)
_MAIN = "main"


def decode(content: bytes, *, where: str, platform: str = "", environment: str = "") -> Decoded:
    """Read what a lock has for one platform: the category ``main``, and the one that `environment` names.

    Packages of other categories are left out, as a warning says.

    Raises:
        UnsupportedFormat: the lock is of a version that envgit does not read.
        BadFile: what was asked for is not there, or the file is damaged; the message names the place.
    """
    remarks = Remarks(where)
    document = parsed(
        content,
        where=where,
        kind="a lock of conda-lock or early pixi",
        versions=_VERSIONS,
    )
    metadata, packages = document.get("metadata"), document.get("package").items()
    offered = [platform_of(place) for place in metadata.get("platforms", []).items()]
    offered += [platform_of(entry.get("platform")) for entry in packages]
    on = chosen_platform({name: name for name in offered}, platform, remarks) if offered else platform
    here = [entry for entry in packages if entry.value["platform"] == on]
    chosen = _of_categories(here, environment, remarks)
    return Decoded(
        name=environment or None,
        environment=environment_of(
            [_conda_package(entry, remarks) for entry in chosen if _manager(entry) == "conda"],
            [_distribution(entry, remarks) for entry in chosen if _manager(entry) != "conda"],
            platform=on,
            channels=[channel.get("url").text() for channel in metadata.get("channels", []).items()],
            remarks=remarks,
        ),
        warnings=tuple(remarks.warned),
    )


def _of_categories(entries: Sequence[Place], wanted: str, remarks: Remarks) -> list[Place]:
    categories = [entry.get("category", _MAIN).text() for entry in entries]
    offered = sorted({_MAIN, *categories})
    if wanted and wanted not in offered:
        raise BadFile(
            f"{remarks.where}: no category {wanted}; it has {', '.join(offered)}",
            hint=f"Name one that is there, as in: --environment {offered[0]}",
        )
    for category in offered:
        if category not in {_MAIN, wanted}:
            left_out = f"{categories.count(category)} packages of the category {category} are left out"
            remarks.add("category", left_out)
    paired = zip(entries, categories, strict=True)
    return [entry for entry, category in paired if category in {_MAIN, wanted}]


def _manager(entry: Place) -> str:
    manager: str = entry.get("manager").choice(("conda", "pip", "pypi"))
    return manager


def _conda_package(entry: Place, remarks: Remarks) -> CondaPackage:
    url = entry.get("url")
    try:
        told = told_by_url(url.text())
    except ValueError as error:
        raise BadFile(f"{entry.where}: {url.path}: {error}") from error
    entry.get("name").text()  # required, though the URL tells it
    return conda_package(entry, told, entry.get("hash"), _dependencies(entry, " "), remarks)


def _distribution(entry: Place, remarks: Remarks) -> Distribution:
    """What has a ``source`` was named by URL; what has none is a file of an index."""
    source = entry.get("source", {}).value
    place = entry.get("source").get("url") if isinstance(source, dict) and source else entry.get("url")
    location = place.text()
    if source and not re.match(VCS, location):
        location = DIRECT + location
    return distribution(entry, location, entry.get("hash", {}), _dependencies(entry, ""), remarks)


def _dependencies(entry: Place, between: str) -> tuple[str, ...]:
    """Specs: a list of them, or names with what is wanted of each, ``*`` or nothing for any version."""
    place = entry.get("dependencies", {})
    if isinstance(place.value, list):
        return place.texts()
    wanted = {str(name): place.get(name).text() for name in place.members()}
    return tuple(name if spec in {"", "*"} else name + between + spec for name, spec in wanted.items())


def encode(environment: Environment) -> str:
    """Return a lock of version 1 that has the environment as category ``main``, for its one platform.

    No source file is named, since what is installed is what was locked; the content hash is that of the
    packages (CEP 37).

    Raises:
        EnvgitError: it cannot hold a package; the message names each, with the reason.
    """
    refuse_unlockable(environment, kind="conda-lock.yml", conda=_reason_of_package, pypi=_reason_of_pip)
    platform = environment.platform
    packages = [_conda_entry(package, platform) for package in environment.conda]
    packages += [_pip_entry(found, platform) for found in environment.additions]
    content = json.dumps(packages, sort_keys=True).encode()
    lock: dict[str, Value] = {
        "version": 1,
        "metadata": {
            "content_hash": {platform: hashlib.sha256(content).hexdigest()},
            "channels": [{"url": redact_url(c), "used_env_vars": []} for c in channels_of(environment)],
            "platforms": [platform],
            "sources": [],
        },
        "package": packages,
    }
    return "".join(f"{line}\n" for line in yaml_block(lock))


def _reason_of_package(package: CondaPackage) -> str:
    return reason_of_package(package) or ("" if package.md5 else NO_MD5)


def _reason_of_pip(found: Distribution) -> str:
    source = found.source
    if source and (source.repository == "." or "://" not in locator(source)[0]):
        return RELATIVE
    return reason_of_distribution(found)


def _conda_entry(package: CondaPackage, platform: str) -> dict[str, Value]:
    hashes = {"md5": package.md5, "sha256": package.sha256}
    return {
        "name": package.name,
        "version": package.version,
        "manager": "conda",
        "platform": platform,
        "dependencies": _by_name(package.depends),
        "url": redact_url(package.url or ""),
        "hash": {kind: value for kind, value in hashes.items() if value},
        "category": _MAIN,
        "optional": False,
    }


def _by_name(specs: Sequence[str]) -> dict[str, Value]:
    """Dependencies as a mapping; what several specs want of one name is joined where that is a spec again."""
    wanted: dict[str, str] = {}
    for spec in specs:
        split = re.match(r"([^\s=<>!~\[]+)\s*(.*)", redact_text(spec))
        if split is None:
            continue
        name, version = split.groups()
        before = wanted.get(name)
        joinable = before and version and " " not in before + version
        wanted[name] = f"{before},{version}" if joinable else version or before or ""
    return dict(wanted)


def _pip_entry(found: Distribution, platform: str) -> dict[str, Value]:
    entry: dict[str, Value] = {
        "name": found.name,
        "version": found.version,
        "manager": "pip",
        "platform": platform,
        "dependencies": _unconditional(found.depends),
    }
    if found.source is None:
        file = found.file
        entry |= {"url": redact_url(file.url or ""), "hash": {"sha256": file.sha256}} if file else {}
    else:
        url, fragment = locator(found.source)
        sha256 = found.source.sha256
        entry["url"] = url
        entry["hash"] = {"sha256": sha256} if sha256 else {}
        entry["source"] = {"type": "url", "url": "#".join([url, "&".join(fragment)] if fragment else [url])}
    return entry | {"category": _MAIN, "optional": False}


def _unconditional(depends: Sequence[str]) -> dict[str, Value]:
    """The dependencies that hold for every machine and extra: others have no place."""
    from packaging.requirements import InvalidRequirement, Requirement

    wanted: dict[str, Value] = {}
    for line in depends:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None and requirement.url is None:
            wanted[requirement.name] = str(requirement.specifier) or "*"
    return wanted
