"""Name an environment by what it is: the identity part of a snapshot and its SHA-256.

Identity is what makes two environments the same on any machine. Where artifacts come from, what the
ecosystem says about them and what the host looked like are kept elsewhere and never change an id.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from envgit.bare import sha256
from envgit.model import CondaPackage, Distribution, Environment, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping


def snapshot_of(environment: Environment) -> Snapshot:
    """Name an environment by what it is."""
    return Snapshot(id=id_of(identity_of(environment)), environment=environment)


def id_of(identity: Mapping[str, Any]) -> str:
    """Hex SHA-256 of an identity in canonical JSON: sorted keys, no white space, UTF-8."""
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate can only come from a damaged name; it must still have an id.
    return sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def identity_of(environment: Environment) -> dict[str, Any]:
    """The part of an environment that its id is taken over, as plain JSON values.

    Of a package that a file names without a version, it is what the file asks for.
    """
    identity: dict[str, Any] = {
        "conda": [_conda_identity(package) for package in environment.conda],
        "kind": environment.kind,
        "platform": environment.platform,
        "pypi": [_distribution_identity(distribution) for distribution in environment.pypi],
        "variables": [variable.name for variable in environment.variables],
    }
    if environment.kind == "venv":
        # In a conda environment the interpreter is one of the packages.
        identity["python"] = environment.python
        if environment.system_site_packages:
            identity["system_site_packages"] = True
    return identity


def _conda_identity(package: CondaPackage) -> dict[str, Any]:
    facts: dict[str, Any] = {
        name: str(getattr(package, name)) for name in ("name", "version", "build", "subdir")
    }
    if package.sha256:
        facts["sha256"] = package.sha256
    elif package.md5:
        facts["md5"] = package.md5
    if not package.version:
        facts["asked"] = list(package.requested)
    return facts


def _distribution_identity(distribution: Distribution) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "digest": distribution.digest,
        "name": distribution.name,
        "version": distribution.version,
    }
    asked = distribution.requirement or _asked_place(distribution)
    return {**facts, "asked": asked} if asked else facts


def _asked_place(distribution: Distribution) -> str:
    """The place that a file names in place of a version; what is installed has a version."""
    source = distribution.source
    if distribution.version or source is None:
        return ""
    revision = source.commit or source.requested_revision or source.sha256
    place = "@".join(filter(None, (source.url, revision)))
    return f"{place}#{source.subdirectory}" if source.subdirectory else place
