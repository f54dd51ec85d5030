"""Write what ``pip inspect`` prints: a report on an environment, of version 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from envgit.errors import EnvgitError
from envgit.formats.pip.line import as_url
from envgit.formats.pip.markers import PLATFORMS, system_markers
from envgit.redact import redact_text, redact_url

if TYPE_CHECKING:
    from envgit.model import Distribution, Environment, Source


def encode(environment: Environment) -> str:
    """Return the report on all distributions, those of conda among them, as pip sees them.

    Of what it says of a distribution, only what a snapshot knows is there. A folder of the recorded
    repository is told relative to its top.

    Raises:
        EnvgitError: no version is known of a distribution.
    """
    installed = [found for found in environment.distributions if not found.uninstalled]
    untold = [found.name for found in installed if not found.version]
    if untold:
        raise EnvgitError(
            f"pip inspect tells a version of each distribution, and none is known of {', '.join(untold)}",
            hint="--format requirements",
        )
    report = {
        "version": "1",
        "pip_version": next((found.version for found in installed if found.name == "pip"), ""),
        "installed": [_report(found) for found in installed],
        "environment": _markers(environment),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _report(found: Distribution) -> dict[str, Any]:
    metadata: dict[str, Any] = {"metadata_version": "2.1", "name": found.name, "version": found.version}
    if found.depends:
        metadata["requires_dist"] = [redact_text(line) for line in found.depends]
    told: dict[str, Any] = {"metadata": metadata}
    if found.source:
        told["direct_url"] = _direct_url(found.source)
    installer = "conda" if found.owner == "conda" else found.installer
    return {**told, "requested": found.requested, **({"installer": installer} if installer else {})}


def _direct_url(source: Source) -> dict[str, Any]:
    """Where a distribution was installed from (PEP 610)."""
    within = {"subdirectory": source.subdirectory} if source.subdirectory else {}
    checkout = source.repository or (source.url if source.vcs else None)
    if checkout == ".":
        inside = f"./{source.subdirectory}" if source.subdirectory else "."
        return {"url": inside, "dir_info": {"editable": source.editable}}
    if checkout is not None:
        told = {"requested_revision": source.requested_revision, "commit_id": source.commit}
        known = {name: value for name, value in told.items() if value}
        return {
            "url": redact_url(as_url(checkout)),
            "vcs_info": {"vcs": source.vcs or "git", **known},
            **within,
        }
    url = redact_url(source.url)
    if source.kind == "directory":
        return {"url": url, "dir_info": {"editable": source.editable}, **within}
    digest = source.sha256
    hashes = {"hash": f"sha256={digest}", "hashes": {"sha256": digest}} if digest else {}
    return {"url": url, "archive_info": hashes, **within}


def _markers(environment: Environment) -> dict[str, str]:
    """The environment markers of PEP 508, as far as platform and Python are known."""
    told = system_markers(environment.platform) if environment.platform in PLATFORMS else {}
    python = environment.python
    if python:
        told |= {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
    return told
