"""Reduce a record of ``conda-meta`` (CEP 32) to what a snapshot keeps of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

from envgit.capture.addresses import channel_of, channel_of_artifact
from envgit.capture.reading import read_file
from envgit.capture.startup import ENDINGS, startup_file
from envgit.capture.texts import recordable
from envgit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LAST_SECOND = 253_402_300_799  # of the year 9999: larger timestamps are in milliseconds
_Absent = TypeVar("_Absent")

_METADATA_ENTRY = re.compile(r"(?:^|/)site-packages/([^/]+\.(?:dist-info|egg-info|egg))(?:/|$)")


def read_record(path: str, *, canonical: Callable[[str], str]) -> dict[str, Any]:
    """Return a record reduced to plain JSON values.

    Keys: ``package`` (fields of CondaPackage), ``requested`` (specs), ``metadata`` (for each dist-info and
    egg-info that the package lists, its name and the SHA-256 of its RECORD, or None), ``startup`` (names of
    its files that Python runs at its start), ``unusable`` (names of fields with values that cannot be).

    Args:
        path: of the record.
        canonical: writes a URL in the form that is recorded.

    Raises:
        BadFile: it is no JSON object, or not even its file name names a package.
        OSError: it cannot be read.
    """
    content = read_file(path)
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path}: not a whole JSON document ({error})") from error
    if not isinstance(record, dict):
        raise BadFile(f"{path}: expected an object, found {type(record).__name__}")
    fields = _Fields(record)
    # Most records list nothing of Python's; looking for the word is much faster than through the list.
    paths = [*fields.paths()] if b"site-packages" in content else []
    return {
        "package": _package(path, fields, canonical),
        "requested": _requested(fields),
        "metadata": _python_metadata(paths),
        "startup": _startup_files(paths),
        "unusable": fields.unusable,
    }


def listed_paths(record: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the entries of a record's ``paths_data``; records older than that have none."""
    listed = record.get("paths_data")
    entries = listed.get("paths") if isinstance(listed, dict) else None
    if not isinstance(entries, list):
        return None
    return [e for e in entries if isinstance(e, dict) and isinstance(e.get("_path"), str)]


class _Fields:
    """The fields of a record by type; what has another type counts as absent, and is noted.

    Texts come as they are recorded, but for places, whose credentials only a reader of URLs finds.
    """

    def __init__(self, record: dict[str, Any]) -> None:
        self._record = record
        self.unusable: list[str] = []

    def text(self, name: str) -> str:
        return recordable(self.place(name))

    def place(self, name: str) -> str:
        value = self._record.get(name)
        return value if isinstance(value, str) else self._unusable(name, "")

    def number(self, name: str) -> int | None:
        value = self._record.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**63:
            return int(value)
        return self._unusable(name, None)

    def texts(self, name: str) -> list[str]:
        value = self._record.get(name)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [recordable(item) for item in value]
        return self._unusable(name, [])

    def digest(self, name: str, length: int) -> str | None:
        value = self.text(name).lower()
        return value if re.fullmatch(rf"[0-9a-f]{{{length}}}", value) else self._unusable(name, None)

    def paths(self) -> Iterator[tuple[str, str | None]]:
        """The package's files and, where they are known, their hashes as installed."""
        files = self._record.get("files")
        for file in files if isinstance(files, list) else ():
            if isinstance(file, str):
                yield file, None
        for entry in listed_paths(self._record) or ():
            yield entry["_path"], entry.get("sha256_in_prefix") or entry.get("sha256")

    def noarch(self) -> str | None:
        value = self._record.get("noarch")
        if value is True:  # as conda-build once wrote it
            return "generic"
        return value if isinstance(value, str) and value in {"python", "generic"} else None

    def _unusable(self, name: str, absent: _Absent) -> _Absent:
        if self._record.get(name) not in (None, "") and name not in self.unusable:
            self.unusable.append(name)
        return absent


def _package(path: str, fields: _Fields, canonical: Callable[[str], str]) -> dict[str, Any]:
    url = canonical(fields.place("url")) or None
    # The file name in the URL is what was downloaded; some tools record a .conda under its .tar.bz2 name.
    fn = (url or "").rpartition("/")[2] or fields.text("fn") or None
    of_name, of_version, of_build = _parts(fn) or _parts(path) or ("", "", "")
    name = fields.text("name") or of_name
    version = fields.text("version") or of_version
    if not name or not version:
        raise BadFile(f"{path}: it names no package and no version, nor does its file name")
    timestamp = fields.number("timestamp")
    return {
        "name": name,
        "version": version,
        "build": fields.text("build") or fields.text("build_string") or of_build,
        "build_number": fields.number("build_number") or 0,
        "subdir": fields.text("subdir"),
        "channel": channel_of_artifact(url or "") or channel_of(canonical(fields.place("channel"))),
        "url": url,
        "fn": fn,
        "sha256": fields.digest("sha256", 64),
        "md5": fields.digest("md5", 32),
        "size": fields.number("size"),
        "noarch": fields.noarch(),
        "depends": fields.texts("depends"),
        "constrains": fields.texts("constrains"),
        "license": fields.text("license") or None,
        "timestamp": timestamp * 1000 if timestamp and timestamp <= _LAST_SECOND else timestamp,
        "python_site_packages_path": fields.text("python_site_packages_path") or None,
    }


def _parts(file: str | None) -> tuple[str, str, str] | None:
    """Name, version and build out of a file name such as ``zlib-1.3.1-h4ab18f5_1.conda``."""
    stem = re.sub(r"(\.tar\.bz2|\.conda|\.json)$", "", re.split(r"[/\\]", file or "")[-1])
    parts = stem.rsplit("-", 2)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None


def _requested(fields: _Fields) -> list[str]:
    specs = fields.texts("requested_specs") or [fields.text("requested_spec")]
    return [spec for spec in specs if spec not in {"", "None"}]


def _python_metadata(paths: list[tuple[str, str | None]]) -> dict[str, str | None]:
    metadata: dict[str, str | None] = {}
    for listed, sha256 in paths:
        if "-info" not in listed and ".egg" not in listed:
            continue
        path = listed.replace("\\", "/")
        entry = _METADATA_ENTRY.search(path)
        if entry:
            metadata.setdefault(entry[1], None)
            if sha256 and path.endswith(f"{entry[1]}/RECORD"):
                metadata[entry[1]] = str(sha256).lower()
    return metadata


def _startup_files(paths: list[tuple[str, str | None]]) -> list[str]:
    listed = {startup_file(path.replace("\\", "/")) for path, _ in paths if path.endswith(ENDINGS)}
    return sorted(name for name in listed if name)
