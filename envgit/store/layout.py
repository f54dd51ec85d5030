"""The files that a snapshot is made of; the tree of a snapshot commit is exactly these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.formats import manifest
from envgit.formats.conda import environment_yml, explicit
from envgit.formats.pip import requirements

if TYPE_CHECKING:
    from envgit.model import Snapshot

MANIFEST = "snapshot.json"
OBSERVATION = "observation.json"
ENVIRONMENT_YML = "environment.yml"
REQUIREMENTS = "requirements.txt"
LOCAL_REQUIREMENTS = "requirements-local.txt"

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")


def lock_name(platform: str) -> str:
    """File name of the explicit lock of one platform; plain, whatever a package claims its platform to be."""
    return f"conda-{_NOT_PLAIN.sub('_', platform)}.lock"


def files_of(snapshot: Snapshot, *, name: str) -> dict[str, bytes]:
    """File name to content, for one snapshot of the environment called ``name``, the host's facts apart.

    A venv has no conda lock, and an environment without pip packages no requirements. What is no Unicode
    (an undecodable byte of a file name) is escaped in the files for people; the manifest keeps it.
    """
    environment = snapshot.environment
    files = {
        ENVIRONMENT_YML: environment_yml.encode(environment, name=name),
        REQUIREMENTS: requirements.encode(environment) if _indexed(snapshot) else "",
        LOCAL_REQUIREMENTS: requirements.encode_local(environment) if _local(snapshot) else "",
    }
    if environment.conda and environment.platform:  # a file may have told no platform, and then no URLs
        files[lock_name(environment.platform)] = explicit.encode(environment)
    encoded = {file: text.encode(errors="backslashreplace") for file, text in files.items() if text}
    return encoded | {MANIFEST: manifest.encode_manifest(snapshot)}


def _indexed(snapshot: Snapshot) -> bool:
    return any(distribution.source is None for distribution in snapshot.environment.additions)


def _local(snapshot: Snapshot) -> bool:
    return any(distribution.source is not None for distribution in snapshot.environment.additions)
