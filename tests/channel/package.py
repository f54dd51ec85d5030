"""One conda package: its metadata, and how a folder of files becomes its artifact."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Stands in an artifact for the prefix; 255 bytes, as conda-build makes it, leave room for any real one.
PLACEHOLDER = ("/home/conda/feedstock_root/build_artifacts/_h_env" + "_placehold" * 25)[:255]
TIMESTAMP = 1_700_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """What ``info/`` says of a package.

    ``placeholders`` maps the files that hold `PLACEHOLDER` to the mode they are rewritten in.
    ``entry_points`` (``name = module:function``) are for noarch Python packages.
    """

    name: str
    version: str
    subdir: str
    build: str
    build_number: int = 0
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    noarch: Literal["python", "generic"] | None = None
    license: str = "MIT"
    track_features: str = ""
    placeholders: Mapping[str, Literal["text", "binary"]] = field(default_factory=dict)
    entry_points: tuple[str, ...] = ()
    extension: Literal[".conda", ".tar.bz2"] = ".conda"

    @property
    def fn(self) -> str:
        """The file name of the artifact."""
        return f"{self.name}-{self.version}-{self.build}{self.extension}"


def pack(package: Package, tree: Path, channel: Path) -> Path:
    """Pack the files of ``tree`` into ``channel`` and return the artifact; ``tree`` gains an ``info``."""
    from conda_package_handling.conda_fmt import CondaFormat_v2
    from conda_package_handling.tarball import CondaTarBZ2

    payload = sorted(_files(tree))
    _write_info(package, tree, payload)
    files = payload + [f"info/{file.name}" for file in sorted((tree / "info").iterdir())]
    folder = channel / package.subdir
    folder.mkdir(parents=True, exist_ok=True)
    if package.extension == ".conda":
        CondaFormat_v2.create(str(tree), files, package.fn, str(folder), compression_level=1)
    else:
        CondaTarBZ2.create(str(tree), files, package.fn, str(folder))
    return folder / package.fn


def _files(tree: Path) -> list[str]:
    """Every file and link below a folder, links to folders included, as relative POSIX paths."""
    return [
        entry.relative_to(tree).as_posix()
        for entry in tree.rglob("*")
        if entry.is_symlink() or entry.is_file()
    ]


def _write_info(package: Package, tree: Path, payload: list[str]) -> None:
    paths = [_path_entry(package, tree, file) for file in payload]
    documents: dict[str, object] = {
        "index.json": _index(package),
        "paths.json": {"paths": paths, "paths_version": 1},
        "about.json": {"license": package.license, "summary": "Made by a test"},
    }
    if package.noarch:
        noarch: dict[str, object] = {"type": package.noarch}
        if package.noarch == "python":
            noarch["entry_points"] = list(package.entry_points)
        documents["link.json"] = {"noarch": noarch, "package_metadata_version": 1}
    (tree / "info").mkdir()
    for name, document in documents.items():
        (tree / "info" / name).write_text(json.dumps(document, indent=2, sort_keys=True))
    (tree / "info/files").write_text("".join(f"{file}\n" for file in payload))


def _index(package: Package) -> dict[str, object]:
    index: dict[str, object] = {
        "build": package.build,
        "build_number": package.build_number,
        "constrains": list(package.constrains),
        "depends": list(package.depends),
        "license": package.license,
        "name": package.name,
        "noarch": package.noarch,
        "subdir": package.subdir,
        "timestamp": TIMESTAMP,
        "track_features": package.track_features,
        "version": package.version,
    }
    return {key: value for key, value in index.items() if value not in (None, "")}


def _path_entry(package: Package, tree: Path, file: str) -> dict[str, object]:
    path = tree / file
    # A link is recorded by what it leads to; one which leads to a folder, or out, by no content.
    content = path.read_bytes() if path.is_file() else b""
    entry: dict[str, object] = {
        "_path": file,
        "path_type": "softlink" if path.is_symlink() else "hardlink",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_in_bytes": len(content),
    }
    if file in package.placeholders:
        entry |= {"file_mode": package.placeholders[file], "prefix_placeholder": PLACEHOLDER}
    return entry
