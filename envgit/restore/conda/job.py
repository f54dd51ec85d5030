"""What the process that links conda packages is told, and what it answers: one JSON value a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """One conda package to link.

    ``routes`` are the URLs to have its file from, best first; ``local`` is the path where that file
    lies, or would lie, while packages are linked. ``channel`` is a URL without subdir.
    """

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    fn: str
    channel: str
    url: str
    routes: tuple[str, ...]
    local: str
    sha256: str | None
    md5: str | None
    size: int | None
    noarch: Literal["python", "generic"] | None
    depends: tuple[str, ...]
    constrains: tuple[str, ...]
    license: str | None
    timestamp: int | None
    python_site_packages_path: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Link ``artifacts`` into the folder ``target`` as if it were ``prefix``; all paths are absolute.

    ``spoilt`` names packages that are to be fetched although the cache has them.
    """

    artifacts: tuple[Artifact, ...]
    target: str
    prefix: str
    cache: str
    link_scripts: bool
    spoilt: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Job:
        """The job that :meth:`to_json` wrote."""
        artifacts = tuple(Artifact(**artifact) for artifact in values.pop("artifacts"))
        return cls(artifacts=artifacts, **values)
