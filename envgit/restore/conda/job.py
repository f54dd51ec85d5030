"""What the process that links conda packages is told, and what it answers: one JSON value a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from envgit.redact import redact_url
from envgit.restore.addresses import local_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from envgit.model import Grade, OriginKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One place to have a file from: a URL, which may hold credentials, and whose place it is."""

    kind: OriginKind
    url: str

    @property
    def remote(self) -> bool:
        """Whether it leads over a network."""
        return not self.url.startswith("file:")

    @property
    def path(self) -> Path:
        """The path of a file that is local; a URL that names none leads to a file that is not there."""
        return local_path(self.url) or Path(self.url)

    @property
    def place(self) -> str:
        """What may be shown of it: a path, or a URL without credentials."""
        return redact_url(self.url) if self.remote else str(self.path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Artifact:
    """One conda package to link.

    ``routes`` lead to its file, best first, ``twins`` to the one that may stand in for it; ``local`` is the
    path where its file lies, or would lie, while packages are linked. ``channel`` is a URL without subdir.
    ``requested`` are the specs that it was asked for by.
    """

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    fn: str
    channel: str
    url: str
    routes: tuple[Route, ...]
    twins: tuple[Route, ...]
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
    requested: tuple[str, ...] = ()

    @property
    def dist_name(self) -> str:
        """What its folder in a package cache and its record in ``conda-meta`` are named."""
        return f"{self.name}-{self.version}-{self.build}"

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.name} {self.version} {self.build}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Link ``artifacts`` into the folder ``target`` as if it were ``prefix``; all paths are absolute.

    ``spoilt`` names packages that are to be fetched although the cache has them. ``keeps`` when ``target``
    holds an environment already: what is listed and installed stays, what is not listed is removed. ``kept``
    names what is known to stay: nothing of it is needed.
    """

    artifacts: tuple[Artifact, ...]
    target: str
    prefix: str
    cache: str
    spoilt: tuple[str, ...] = ()
    keeps: bool = False
    kept: tuple[str, ...] = ()

    @property
    def brought(self) -> tuple[Artifact, ...]:
        """What is linked, as far as is known."""
        return tuple(a for a in self.artifacts if a.name not in self.kept or a.name in self.spoilt)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Job:
        """The job that :meth:`to_json` wrote."""
        artifacts = tuple(_artifact(artifact) for artifact in values.pop("artifacts"))
        return cls(artifacts=artifacts, **values)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """How the file of a package was had, and as what: ``artifact`` may be one that stands in for another.

    ``reason`` says why the grade is no better, or what was found spoilt on the way.
    """

    artifact: Artifact
    route: Route
    grade: Grade = "exact"
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """What became of a job: how files were had, and the names of packages that are damaged in the cache."""

    fetched: tuple[Fetched, ...] = ()
    spoilt: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Linked:
        """What :meth:`to_json` wrote."""
        return cls(fetched=tuple(map(_fetched, values["fetched"])), spoilt=tuple(values["spoilt"]))


def as_fetched(artifacts: Sequence[Artifact], fetched: Iterable[Fetched]) -> tuple[Artifact, ...]:
    """The artifacts that are linked: those that stand in for others take their places."""
    had = {one.artifact.name: one.artifact for one in fetched}
    return tuple(had.get(artifact.name, artifact) for artifact in artifacts)


def _fetched(values: dict[str, Any]) -> Fetched:
    values |= {"artifact": _artifact(values["artifact"]), "route": Route(**values["route"])}
    return Fetched(**values)


def _artifact(values: dict[str, Any]) -> Artifact:
    for name in ("routes", "twins"):
        values[name] = tuple(Route(**route) for route in values[name])
    return Artifact(**values)
