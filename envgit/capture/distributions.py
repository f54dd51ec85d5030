"""Read the metadata of one Python distribution: dist-info, egg-info, egg or egg-link."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envgit.bare import sha256
from envgit.capture.content import content_digest, script_names
from envgit.capture.editable import linked_folder
from envgit.capture.reading import begins_with, read_file, read_if_there
from envgit.capture.sources import read_direct_url
from envgit.capture.startup import startup_files_of_record
from envgit.capture.texts import recordable
from envgit.errors import BadFile
from envgit.formats.pip.line import normalised

if TYPE_CHECKING:
    from collections.abc import Callable

SUFFIXES = (".dist-info", ".egg-info", ".egg", ".egg-link")

_ENTRY_NAME = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+?)(?:-py\d.*)?\.(?:dist-info|egg-info|egg)")


def read_distribution(path: str, *, canonical: Callable[[str], str]) -> dict[str, Any]:
    """Return one distribution reduced to plain JSON values.

    Keys: ``name`` (normalised, PEP 503), ``version``, ``digest``, ``requested``, ``installer``, ``tags``,
    ``depends`` as in Distribution; ``source`` (fields of Source or None), ``record`` (SHA-256 of RECORD
    or None), ``installed`` (whether an installer answers for it), ``startup`` (names of its files that Python
    runs at its start), ``unusable`` (what is wrong with it).

    Args:
        path: of the metadata.
        canonical: writes a URL in the form that is recorded.

    Raises:
        BadFile: not even the file name says which distribution it is.
        OSError: it cannot be read.
    """
    if path.endswith(".dist-info"):
        return _dist_info(path, canonical)
    if path.endswith(".egg-link"):
        return _egg_link(path, canonical)
    return _egg(path)


def name_of_entry(entry: str) -> str:
    """Return the normalised name in the name of metadata: ``foo-bar`` of ``Foo_Bar-1.0.dist-info``."""
    return normalised(entry.rpartition(".")[0].partition("-")[0])


def _dist_info(path: str, canonical: Callable[[str], str]) -> dict[str, Any]:
    present = set(os.listdir(path))
    unusable = []

    def content(name: str) -> bytes:
        try:
            return read_file(os.path.join(path, name)) if name in present else b""
        except OSError as error:
            unusable.append(f"{os.path.join(path, name)}: {error.strerror}")
            return b""

    fields = _described(path, content("METADATA"))
    installer = content("INSTALLER").decode("utf-8", "replace").strip()
    fields |= {
        "requested": "REQUESTED" in present,
        "installer": recordable(installer) or None,
        "tags": sorted({recordable(tag) for tag in _headers(content("WHEEL"), "tag")}),
        "installed": "RECORD" in present or bool(installer),
    }
    record = content("RECORD")
    if record.strip():
        entry_points = script_names(content("entry_points.txt").decode("utf-8", "replace"))
        fields |= {"record": sha256(record).hexdigest(), "digest": _digest(path, record, entry_points)}
        fields["startup"] = startup_files_of_record(record)
    if direct_url := content("direct_url.json"):
        try:
            fields["source"] = read_direct_url(direct_url, canonical=canonical)
        except ValueError as error:
            unusable.append(f"{os.path.join(path, 'direct_url.json')}: {error}")
    fields["unusable"] += unusable
    return fields


def _digest(path: str, record: bytes, entry_points: set[str]) -> str:
    site, dist_info = os.path.split(path)
    return content_digest(
        record.decode("utf-8", "surrogateescape"),
        dist_info=dist_info,
        entry_points=entry_points,
        is_script=lambda file: begins_with(os.path.join(site, file), b"#!"),
    )


def _egg(path: str) -> dict[str, Any]:
    """An egg-info folder, the single file of distutils, or an egg, which may be a zip file."""
    if not os.path.isdir(path):
        return _described(path, b"" if path.endswith(".egg") else read_file(path))
    folder = os.path.join(path, "EGG-INFO") if path.endswith(".egg") else path
    fields = _described(path, read_if_there(os.path.join(folder, "PKG-INFO")) or b"")
    # Only pip leaves this list in an egg-info.
    fields["installed"] = os.path.exists(os.path.join(folder, "installed-files.txt"))
    requires = read_if_there(os.path.join(folder, "requires.txt")) or b""
    unconditional = requires.decode("utf-8", "replace").partition("[")[0].split()
    fields["depends"] = fields["depends"] or [recordable(requirement) for requirement in unconditional]
    return fields


def _egg_link(path: str, canonical: Callable[[str], str]) -> dict[str, Any]:
    """An editable install by ``setup.py develop``: its metadata is where its source is."""
    folder = linked_folder(read_file(path))
    name = os.path.basename(path).removesuffix(".egg-link")
    if folder is None or not os.path.isdir(folder):
        raise BadFile(f"{path}: leads to no folder")
    for entry in sorted(os.listdir(folder)):
        if entry.endswith(".egg-info") and name_of_entry(entry) == normalised(name):
            fields = _egg(os.path.join(folder, entry))
            source = {"kind": "directory", "url": canonical(Path(folder).as_uri()), "editable": True}
            return fields | {"installed": True, "requested": True, "source": source}
    raise BadFile(f"{path}: {folder} holds no metadata of {name}")


def _described(path: str, metadata: bytes) -> dict[str, Any]:
    """What METADATA or PKG-INFO says; the name of the file stands in for what it does not."""
    of_entry = _ENTRY_NAME.fullmatch(os.path.basename(path))
    names, versions = _headers(metadata, "name"), _headers(metadata, "version")
    unusable = [] if names and versions else [f"{path}: its metadata holds no name or no version"]
    name = names[0] if names else of_entry["name"] if of_entry else ""
    version = versions[0] if versions else of_entry["version"] if of_entry else ""
    if not name or not version:
        raise BadFile(f"{path}: neither its metadata nor its file name says name and version")
    return {
        "name": normalised(recordable(name)),
        "version": recordable(version),
        "digest": None,
        "requested": False,
        "installer": None,
        "tags": [],
        "depends": [recordable(requirement) for requirement in _headers(metadata, "requires-dist")],
        "source": None,
        "record": None,
        "installed": False,
        "startup": [],
        "unusable": unusable,
    }


def _headers(message: bytes, name: str) -> list[str]:
    """The values of a header field of METADATA, PKG-INFO or WHEEL, in their order."""
    head = message.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    fields = (line.partition(":") for line in head.split("\n"))
    return [value.strip() for field, _, value in fields if field.lower() == name and value.strip()]
