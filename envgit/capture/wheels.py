"""Tell what the content digest of a wheel will be once it is installed, whoever installs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from envgit.capture.content import digest_of_rows, rows_of_record, script_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipFile

    from envgit.model import Environment

#: No RECORD of a wheel is larger than this, in bytes; what says it is, is no wheel to be unpacked.
_LARGEST = 64 * 2**20


def digests_once_installed(wheel: ZipFile, environment: Environment) -> set[str]:
    """Return the content digests that a wheel can have in an environment.

    As a rule that is one. A wheel with C headers has several: installers do not agree where these belong.

    Raises:
        BadZipFile: it holds no RECORD, and so is no wheel.
    """
    dist_info = _dist_info(wheel)
    rows = list(rows_of_record(_text(wheel, f"{dist_info}/RECORD")))
    entry_points = script_names(_text(wheel, f"{dist_info}/entry_points.txt"))
    name = dist_info.partition("-")[0]

    def digest(headers: str) -> str:
        places = {_installed_at(path, environment, headers): path for path, _ in rows}
        return digest_of_rows(
            [(_installed_at(path, environment, headers), hash_) for path, hash_ in rows],
            dist_info=dist_info,
            entry_points=entry_points,
            is_script=lambda place: _begins_as_script(wheel, places[place]),
        )

    if not any(".data/headers/" in path for path, _ in rows):
        return {digest("")}
    return {digest(headers) for headers in _header_folders(name, environment.python or "")}


def _installed_at(path: str, environment: Environment, headers: str) -> str:
    """Where installers put a file of a wheel, relative to site-packages (binary distribution format)."""
    parts = re.fullmatch(r"[^/]+\.data/(\w+)/(.+)", path)
    if parts is None:
        return path
    windows = environment.platform.startswith("win")
    prefix = "../../" if windows else "../../../"
    folders = {
        "purelib": "",
        "platlib": "",
        "scripts": f"{prefix}{'Scripts' if windows else 'bin'}/",
        "data": prefix,
        "headers": f"{prefix}{headers}/",
    }
    return f"{folders[parts[1]]}{parts[2]}" if parts[1] in folders else path


def _header_folders(name: str, python: str) -> Iterator[str]:
    version = ".".join(python.split(".")[:2])
    for spelling in {name, name.replace("_", "-"), name.lower().replace("_", "-")}:
        yield f"include/python{version}/{spelling}"
        yield f"include/site/python{version}/{spelling}"


def _dist_info(wheel: ZipFile) -> str:
    """The metadata folder; a wheel has one (what is vendored lies deeper)."""
    records = [name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
    if len(records) != 1:
        raise BadZipFile("it has no RECORD" if not records else "it has more than one RECORD")
    return records[0].partition("/")[0]


def _text(wheel: ZipFile, name: str) -> str:
    if name not in wheel.namelist():
        return ""
    if wheel.getinfo(name).file_size > _LARGEST:
        raise BadZipFile(f"{name} is too large")
    return wheel.read(name).decode("utf-8", "surrogateescape")


def _begins_as_script(wheel: ZipFile, path: str) -> bool:
    if path not in wheel.namelist():
        return False
    with wheel.open(path) as member:
        return member.read(2) == b"#!"
