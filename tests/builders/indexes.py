"""A package index as files on disk: the simple API for any server of files."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from pathlib import Path


def make_index(
    folder: Path, *files: Path, page: Literal["json", "html"] = "html", hashes: bool = True
) -> Path:
    """Offer files at ``folder``, which becomes the root of an index, and return it.

    The pages are written anew from all files that are there; in JSON as ``index.v1+json`` (PEP 691), else as
    HTML (PEP 503), with or without hashes.
    """
    for file in files:
        project = folder / canonicalize_name(file.name.partition("-")[0])
        (project / "files").mkdir(parents=True, exist_ok=True)
        shutil.copy(file, project / "files")
        offered = sorted((project / "files").iterdir())
        if page == "json":
            (project / "index.v1+json").write_text(json.dumps(_json(project.name, offered, hashes=hashes)))
        else:
            (project / "index.html").write_text("".join(_link(one, hashes=hashes) for one in offered))
    return folder


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _json(name: str, offered: list[Path], *, hashes: bool) -> dict[str, object]:
    files = [
        {"filename": f.name, "url": f"files/{f.name}", "hashes": {"sha256": sha256_of(f)} if hashes else {}}
        for f in offered
    ]
    return {"meta": {"api-version": "1.0"}, "name": name, "files": files}


def _link(file: Path, *, hashes: bool) -> str:
    fragment = f"#sha256={sha256_of(file)}" if hashes else ""
    return f'<a href="files/{file.name}{fragment}">{file.name}</a><br>\n'
