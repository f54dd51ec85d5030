"""List what should lie in a prefix: the files of conda records and of RECORDs, with their hashes."""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envgit.capture.addresses import canonical_urls
from envgit.capture.conda_layer import python_of, read_records
from envgit.capture.content import rows_of_record
from envgit.capture.distributions import name_of_entry
from envgit.capture.locate import belongs_to_python, site_packages
from envgit.capture.owners import Owners
from envgit.capture.python_layer import find_distributions
from envgit.capture.reading import can_be_path, read_file
from envgit.capture.records import listed_paths
from envgit.capture.venv import read_venv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.capture.conda_layer import Record
    from envgit.capture.prefix import Prefix


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What is known of one file of a prefix.

    ``hashes`` (hex SHA-256) are those it may have, since several packages can bring one file; empty when
    none is known. Of a ``link`` only its target's existence counts. A file is ``optional`` when whoever
    removed it may have done right: byte code, and files of a package that pip replaced.
    """

    hashes: frozenset[str] = frozenset()
    link: bool = False
    optional: bool = False


def expected_files(prefix: Prefix, kept: frozenset[str] = frozenset()) -> dict[str, Expected]:
    """Return what is known of each file that should be there, by path relative to the prefix (``/``).

    Where an installer of wheels wrote over conda's files, its RECORD has the last word. Conda packages may be
    left out of which all files are ``kept``, their records included.
    """
    canonical = canonical_urls(())
    records = read_records(prefix, canonical)
    python = python_of(records) if records else read_venv(prefix).python
    owners = Owners(records)
    found = find_distributions(prefix, owners, python=python, canonical=canonical)
    replaced = {owners.package(f) for f in found.values() if owners.owner(f) == "clobbered"}
    if site_packages(prefix.root):  # what was uninstalled behind conda's back
        listed = owners.listed.items()
        replaced |= {one.package for entry, one in listed if name_of_entry(entry) not in found}
    site = _site_of(prefix, python, records)
    expected: dict[str, Expected] = {}
    for record in prefix.records():
        for path, one in _of_record(prefix, record, site, replaced, kept):
            expected[path] = _either(one, expected[path]) if path in expected else one
    for distribution in found.values():
        if owners.owner(distribution) != "conda":
            expected |= _of_distribution(prefix, distribution.path)
            expected.pop(f"{distribution.path}/RECORD", None)  # conda's, of which nothing is left
    return expected


def _either(one: Expected, other: Expected) -> Expected:
    """What is known of a file that two packages bring."""
    return Expected(
        hashes=one.hashes | other.hashes,
        link=one.link or other.link,
        optional=one.optional or other.optional,
    )


def _site_of(prefix: Prefix, python: str | None, records: Mapping[str, Record]) -> str:
    """The folder that noarch packages are linked into: the one there is, or the one there should be."""
    sites = site_packages(prefix.root)
    own = [site for site in sites if python and belongs_to_python(site, python)]
    if own or not python or "python" not in records:
        return next(iter((*own, *sites)), "site-packages")
    package = records["python"].package
    if package["python_site_packages_path"]:
        return str(package["python_site_packages_path"])
    release = ".".join(python.split(".")[:2])
    windows = package["subdir"].startswith("win-")
    return "Lib/site-packages" if windows else f"lib/python{release}/site-packages"


def _of_record(
    prefix: Prefix, path: str, site: str, replaced: set[str | None], kept: frozenset[str]
) -> Iterator[tuple[str, Expected]]:
    try:
        record = json.loads(read_file(prefix.path(path)))
    except (OSError, ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        yield path, Expected()  # it is there and proves nothing; capture warns of it
        return
    if path in kept and kept.issuperset(_listed(record)):
        return
    site_of_noarch = site if record.get("noarch") == "python" else None
    entries = listed_paths(record)
    if entries is None:
        entries = [{"_path": file} for file in _listed(record)]
    placed = [(_placed(entry["_path"], site_of_noarch), entry) for entry in entries]
    name = record.get("name")
    is_replaced = isinstance(name, str) and name in replaced
    within_pips_reach = (f"{site}/", "bin/", "Scripts/")
    rewritten = {file for file, entry in placed if entry.get("prefix_placeholder")}
    for file, entry in placed:
        if file is None:
            continue
        is_code = file.endswith(".pyc")
        # Python compiles anew what the package compiled from a source with another prefix in it.
        stale = is_code and _source_of(file) in rewritten
        yield (
            file,
            Expected(
                hashes=frozenset() if stale else _hashes(entry),
                link=entry.get("path_type") == "softlink",
                optional=is_code or (is_replaced and file.startswith(within_pips_reach)),
            ),
        )


def _listed(record: dict[str, Any]) -> list[str]:
    files = record.get("files")
    return [file for file in files if isinstance(file, str)] if isinstance(files, list) else []


def _placed(path: str, site: str | None) -> str | None:
    """The place of a file in the prefix, None when it would be outside.

    Paths of noarch packages may be those in the package (``site`` is given for them).
    """
    path = path.replace("\\", "/")
    if site and path.startswith("site-packages/"):
        path = site + path.removeprefix("site-packages")
    elif site and path.startswith("python-scripts/"):
        path = ("Scripts" if site.startswith("Lib") else "bin") + path.removeprefix("python-scripts")
    return _inside(path)


def _inside(path: str) -> str | None:
    path = posixpath.normpath(path)
    return None if path.startswith(("../", "/")) or path in {"..", "."} or not can_be_path(path) else path


def _source_of(bytecode: str) -> str:
    """``a/b.py`` of ``a/__pycache__/b.cpython-311.pyc`` (PEP 3147)."""
    folder, name = posixpath.split(bytecode)
    return posixpath.join(posixpath.dirname(folder), name.partition(".")[0] + ".py")


def _hashes(entry: dict[str, Any]) -> frozenset[str]:
    known = entry.get("sha256_in_prefix") or (not entry.get("prefix_placeholder") and entry.get("sha256"))
    return frozenset({known.lower()}) if isinstance(known, str) else frozenset()


def _of_distribution(prefix: Prefix, metadata: str) -> Iterator[tuple[str, Expected]]:
    """The files of a RECORD but itself: it is what all else is compared with."""
    site = posixpath.dirname(metadata)
    try:
        record = read_file(prefix.path(f"{metadata}/RECORD")).decode("utf-8", "surrogateescape")
    except OSError:
        return
    for path, named in rows_of_record(record):
        file = _inside(posixpath.join(site, path))
        if file is not None and file != f"{metadata}/RECORD":
            yield file, Expected(hashes=_decoded(named), optional=file.endswith(".pyc"))


def _decoded(named: str) -> frozenset[str]:
    """The hash of a RECORD (``sha256=`` and URL-safe base64 without padding), if it is one."""
    algorithm, _, value = named.partition("=")
    try:
        digest = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        return frozenset()
    return frozenset({digest.hex()}) if algorithm == "sha256" and digest else frozenset()
