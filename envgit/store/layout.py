"""The files that a snapshot is made of; the tree of a snapshot commit is exactly these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.formats import environment_yml, explicit, manifest, requirements

if TYPE_CHECKING:
    from envgit.model import Snapshot

MANIFEST = "snapshot.json"
OBSERVATION = "observation.json"
ENVIRONMENT_YML = "environment.yml"
REQUIREMENTS = "requirements.txt"
LOCAL_REQUIREMENTS = "requirements-local.txt"


def lock_name(platform: str) -> str:
    """File name of the explicit lock of one platform."""
    return f"conda-{platform}.lock"


def files_of(snapshot: Snapshot, *, name: str) -> dict[str, bytes]:
    """File name to content, for one snapshot of the environment called ``name``, the host's facts apart.

    A venv has no conda lock, and an environment without pip packages no requirements.
    """
    environment = snapshot.environment
    files = {
        ENVIRONMENT_YML: environment_yml.encode(environment, name=name),
        REQUIREMENTS: requirements.encode(environment) if _indexed(snapshot) else "",
        LOCAL_REQUIREMENTS: requirements.encode_local(environment) if _local(snapshot) else "",
    }
    if environment.conda:
        files[lock_name(environment.platform)] = explicit.encode(environment)
    encoded = {file: text.encode() for file, text in files.items() if text}
    return encoded | {MANIFEST: manifest.encode_manifest(snapshot)}


def _indexed(snapshot: Snapshot) -> bool:
    return any(distribution.source is None for distribution in snapshot.environment.pypi)


def _local(snapshot: Snapshot) -> bool:
    return any(distribution.source is not None for distribution in snapshot.environment.pypi)
