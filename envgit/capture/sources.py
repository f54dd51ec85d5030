"""Say where a distribution came from that no index served (PEP 610)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from envgit.capture.editable import checkout_of, local_folder
from envgit.capture.texts import recordable
from envgit.model import Source
from envgit.redact import MASK, looks_drawn, redact_url

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
        fields |= {"kind": "vcs"} | {field: _text(vcs, name) for field, name in names.items()}
        fields["commit"] = fields["commit"] if _is_hash(fields["commit"], 40, 64) else None
        if fields["commit"] and looks_drawn(fields["requested_revision"] or ""):
            fields["requested_revision"] = MASK  # the commit says what is installed, so nothing is lost
        return fields
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
    return recordable(value) if isinstance(value, str) and value else None


def _is_hash(value: str | None, *lengths: int) -> bool:
    """Whether a value can be a hash in hex: what else stands in its place may be anything."""
    return len(value or "") in lengths and re.fullmatch("[0-9a-f]+", value or "") is not None


def _sha256(archive: Mapping[str, Any]) -> str | None:
    hashes = archive.get("hashes")
    value = _text(hashes, "sha256") if isinstance(hashes, dict) else None
    if value is None:
        algorithm, _, written = (_text(archive, "hash") or "").partition("=")  # as pip wrote it before 23.1
        value = written if algorithm == "sha256" else ""
    return value.lower() if _is_hash(value.lower(), 64) else None
