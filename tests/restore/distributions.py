"""Distributions in an index of a test's own, and what is found of them in a restored prefix."""

from __future__ import annotations

import base64
import csv
import hashlib
from typing import TYPE_CHECKING, Any

from envgit.model import Source
from tests.builders import make_wheel, site_packages
from tests.restore.environments import Workshop, dist, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from envgit.model import Distribution
    from tests.server import Server


def sha256_of(file: Path) -> str:
    """The hex SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def serve(index: Server, name: str, version: str, **content: Any) -> Path:
    """Put a wheel into the index; returns the file."""
    return make_wheel(index.folder / "simple" / name, name, version, **content)


def with_settings(workshop: Workshop, tmp_path: Path, **changes: Any) -> Workshop:
    """The same with other settings."""
    return Workshop(settings=settings_for(tmp_path, **({"environ": workshop.settings.environ} | changes)))


def demo(source: Source) -> Distribution:
    """The project of ``make_project``, from a source."""
    return dist("demo-project", "0.3", source=source)


def editable(url: str, repository: str | None, **values: Any) -> Source:
    """An editable install of a folder in a repository."""
    return Source(kind="directory", url=url, editable=True, repository=repository, **values)


def dist_info(prefix: Path, name: str) -> Path:
    (found,) = site_packages(prefix).glob(f"{name}-*.dist-info")
    return found


def untrue_rows(prefix: Path, name: str) -> list[str]:
    """Rows of a RECORD whose file is missing or has other content."""
    site = site_packages(prefix)
    untrue = []
    for path, recorded, size in csv.reader((dist_info(prefix, name) / "RECORD").read_text().splitlines()):
        if recorded:
            content = (site / path).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            if (recorded, size) != (f"sha256={digest}", str(len(content))):
                untrue.append(path)
        elif not (site / path).exists():
            untrue.append(path)
    return untrue


def files_with(prefix: Path, text: str) -> list[str]:
    """Every file of a prefix that holds a text, caches of bytecode included."""
    return sorted(
        str(file.relative_to(prefix))
        for file in prefix.rglob("*")
        if file.is_file() and not file.is_symlink() and text.encode() in file.read_bytes()
    )
