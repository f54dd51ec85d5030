"""Build conda packages that hold nothing of use: many, small, and the same for everybody."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_FILES = 100


def build_packages(channel: Path, *, count: int) -> list[dict[str, Any]]:
    """Write ``count`` packages into a channel's folder; returns their records."""
    folder = channel / "noarch"
    folder.mkdir(parents=True)
    return [_build(folder, f"package-{number:03}", channel.as_uri()) for number in range(count)]


def _build(folder: Path, name: str, channel: str) -> dict[str, Any]:
    index = {
        "name": name,
        "version": "1.0",
        "build": "0",
        "build_number": 0,
        "subdir": "noarch",
        "noarch": "generic",
        "depends": [],
    }
    files = {f"share/{name}/part-{number:03}.txt": f"{name} {number}\n" for number in range(_FILES)}
    paths = [
        {
            "_path": path,
            "path_type": "hardlink",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "size_in_bytes": len(text),
        }
        for path, text in files.items()
    ]
    files["info/index.json"] = json.dumps(index)
    files["info/paths.json"] = json.dumps({"paths": paths, "paths_version": 1})
    file = folder / f"{name}-1.0-0.tar.bz2"
    with tarfile.open(file, "w:bz2", compresslevel=1) as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    content = file.read_bytes()
    located = {"fn": file.name, "url": file.as_uri(), "channel": channel}
    return index | located | {"sha256": hashlib.sha256(content).hexdigest()}
