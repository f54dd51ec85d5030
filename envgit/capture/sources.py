"""Say where a distribution came from that no index served (PEP 610)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from envgit.capture.editable import checkout_of, local_folder
from envgit.model import Source
from envgit.redact import redact_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def read_direct_url(content: bytes, *, canonical: Callable[[str], str]) -> dict[str, Any]:
    """Return the fields of Source that a ``direct_url.json`` gives, as plain JSON values.

    Raises:
        ValueError: it is not what PEP 610 says.
    """
    try:
        direct = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested beyond reason") from error
    if not isinstance(direct, dict) or not isinstance(direct.get("url"), str):
        raise ValueError("no url")
    fields: dict[str, Any] = {"url": canonical(direct["url"]), "subdirectory": _text(direct, "subdirectory")}
    if isinstance(vcs := direct.get("vcs_info"), dict):
        names = {"vcs": "vcs", "requested_revision": "requested_revision", "commit": "commit_id"}
        return fields | {"kind": "vcs"} | {field: _text(vcs, name) for field, name in names.items()}
    if isinstance(directory := direct.get("dir_info"), dict):
        return fields | {"kind": "directory", "editable": directory.get("editable") is True}
    if isinstance(archive := direct.get("archive_info"), dict):
        return fields | {"kind": "archive", "sha256": _sha256(archive)}
    raise ValueError("none of vcs_info, dir_info, archive_info")


def source_of(fields: Mapping[str, Any], *, repository: str | None) -> Source:
    """Return the source of a distribution; that of an editable install with where its folder stands in Git.

    Args:
        fields: as ``read_direct_url`` returned them.
        repository: top of the work tree whose commits are recorded.
    """
    folder = local_folder(fields["url"]) if fields.get("editable") else None
    if folder is None:
        return Source(**fields)
    origin, commit, subdirectory = checkout_of(folder, repository)
    where = {"repository": origin and redact_url(origin), "commit": commit, "subdirectory": subdirectory}
    # Within the recorded repository, where this machine keeps it is of no use to any other.
    url = "." if origin == "." else fields["url"]
    return Source(**{**fields, **where, "url": url})


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) and value else None


def _sha256(archive: Mapping[str, Any]) -> str | None:
    hashes = archive.get("hashes")
    if isinstance(hashes, dict) and _text(hashes, "sha256"):
        return str(hashes["sha256"]).lower()
    algorithm, _, value = (_text(archive, "hash") or "").partition("=")  # as pip wrote it before 23.1
    return value.lower() if algorithm == "sha256" else None
