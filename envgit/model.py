"""The nouns of envgit: frozen values, equal when their contents are equal, free of I/O.

Every tuple of packages is sorted by name, so that two captures of one environment compare equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layer = Literal["conda", "pypi"]
Owner = Literal["conda", "pypi", "clobbered", "orphan"]
Kind = Literal["conda", "venv"]
SourceKind = Literal["vcs", "directory", "archive"]
Grade = Literal["exact", "rebuilt", "substituted", "missing"]
OriginKind = Literal["cache", "user-cache", "archive", "mirror", "recorded"]
Action = Literal["link", "install", "solve", "keep", "remove"]
ChangeKind = Literal[
    "added", "removed", "upgraded", "downgraded", "rebuilt", "rechanneled", "moved", "metadata"
]
Magnitude = Literal["major", "minor", "patch", "build"]

#: What conda's name "defaults" stands for, itself included.
DEFAULT_CHANNELS = frozenset({"defaults", "pkgs/main", "pkgs/r", "pkgs/msys2", "pkgs/free", "pkgs/pro"})

#: From most to least faithful; a whole is as faithful as its least faithful part.
GRADES: tuple[Grade, ...] = ("exact", "rebuilt", "substituted", "missing")


@dataclass(frozen=True, kw_only=True, slots=True)
class CondaPackage:
    """One conda package as installed (CEP 32 prefix record, reduced to what matters).

    ``version`` and ``build`` are empty when only a file's loose spec is known. ``channel`` is a
    channel name (``conda-forge``) or a channel URL without subdir; it and ``url`` never hold
    credentials. ``requested`` holds the specs the user asked for, empty for a dependency.
    """

    name: str
    version: str
    build: str = ""
    build_number: int = 0
    subdir: str = ""
    channel: str = ""
    url: str | None = None
    fn: str | None = None
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    noarch: Literal["python", "generic"] | None = None
    depends: tuple[str, ...] = ()
    constrains: tuple[str, ...] = ()
    license: str | None = None
    timestamp: int | None = None
    python_site_packages_path: str | None = None
    requested: tuple[str, ...] = ()

    @property
    def dist_name(self) -> str:
        """What its folder in a package cache and its record in ``conda-meta`` are named."""
        return f"{self.name}-{self.version}-{self.build}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Patch:
    """Changes to a work tree that were in no commit, as ``git diff`` writes them.

    ``name`` is that of a file in the tree of the snapshot.
    """

    name: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a distribution that no index served came from (PEP 610).

    For an editable install of a folder inside a Git repository, ``repository`` is its remote URL,
    or ``"."`` for the very repository whose commits are being recorded; ``commit`` is then the
    commit it stood at (never set for ``"."``: the code commit already says so) and
    ``subdirectory`` the folder within it. ``url`` is a ``file://`` URL for local folders and files.
    ``patch`` is what the work tree held beyond its commit, where that was asked for.
    """

    kind: SourceKind
    url: str
    editable: bool = False
    vcs: str | None = None
    requested_revision: str | None = None
    repository: str | None = None
    commit: str | None = None
    subdirectory: str | None = None
    sha256: str | None = None
    patch: Patch | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexFile:
    """The very file that a distribution was installed from, or built from, as a package index serves it.

    ``name`` is that of a wheel or source distribution, empty where only the hash is known. ``index`` is the
    URL of the index (PEP 503, with a final slash), ``url`` where the file lay; neither holds credentials.
    """

    sha256: str
    name: str = ""
    index: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """One Python distribution as installed (dist-info or egg-info).

    ``name`` is normalised (PEP 503). ``digest`` is the content digest: hex SHA-256 over the
    normalised RECORD, None when the installer left no RECORD. ``conda_package`` names the conda
    package whose record lists this distribution's files (owner ``conda`` or ``clobbered``).
    ``tags`` are the wheel's compatibility tags (PEP 425), ``depends`` its ``Requires-Dist``.
    ``requirement`` is what a file asks for (PEP 508) where name and version do not say it all; what
    is installed has none, and where a file pins no version, ``version`` is empty. What conda brought and
    is gone, while conda's record says it is there, is ``clobbered`` by nothing: without a version.
    ``file`` is known once an index was asked for it.
    """

    name: str
    version: str
    owner: Owner
    digest: str | None = None
    requested: bool = False
    installer: str | None = None
    tags: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    conda_package: str | None = None
    source: Source | None = None
    file: IndexFile | None = None
    requirement: str = ""

    @property
    def uninstalled(self) -> bool:
        """Whether this says that conda's distribution is gone, as after ``pip uninstall``."""
        return self.owner == "clobbered" and not self.version


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """An environment variable kept by the environment itself (``conda-meta/state``).

    ``value`` is None unless the configuration allows recording it.
    """

    name: str
    value: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """What is installed in one prefix.

    ``platform`` is a conda subdir (``linux-64``). ``python`` is the full version of the
    environment's interpreter, None without one. ``distributions`` holds every distribution, those
    that conda owns included. ``specs`` are the requested specs of ``conda-meta/history`` and
    ``pins`` the lines of ``conda-meta/pinned``.
    """

    kind: Kind
    platform: str
    python: str | None = None
    conda: tuple[CondaPackage, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    channels: tuple[str, ...] = ()
    channel_priority: str | None = None
    variables: tuple[Variable, ...] = ()
    specs: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    system_site_packages: bool = False

    @property
    def pypi(self) -> tuple[Distribution, ...]:
        """The Python layer: distributions that the conda layer alone would not bring."""
        return tuple(d for d in self.distributions if d.owner != "conda")

    @property
    def additions(self) -> tuple[Distribution, ...]:
        """What has to be installed on top of the conda layer."""
        return tuple(d for d in self.pypi if not d.uninstalled)

    @property
    def removals(self) -> tuple[Distribution, ...]:
        """What conda brings and has to be uninstalled again."""
        return tuple(d for d in self.pypi if d.uninstalled)


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """Facts of the machine an environment was seen on; never part of a snapshot's id.

    ``virtual_packages`` are conda's (CEP 30), each as ``__name=version=build``.
    """

    platform: str
    system: str
    machine: str
    virtual_packages: tuple[str, ...] = ()
    nvidia_driver: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """An immutable record of one environment. ``id`` is the hex SHA-256 of its identity part."""

    id: str
    environment: Environment


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One sighting of a snapshot: a commit on a snapshot branch.

    ``commit`` and ``tree`` are Git object names of the snapshot commit; ``code_commit`` and
    ``code_tree`` those of the code it was seen with. ``time`` is ISO 8601 with offset.
    """

    snapshot: str
    environment: str
    commit: str
    tree: str
    time: str
    summary: str
    trigger: str
    code_commit: str | None = None
    code_tree: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """Something that a reader of files could not use: ``kind`` is stable, ``message`` names the file."""

    kind: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """One side of a change. ``channel`` is the channel of a conda package, ``pypi`` or a source URL.

    ``name`` is the package's name on this side where that is not the change's: conda's ``pytorch``
    moved to the Python layer is ``torch``.
    """

    version: str
    build: str | None = None
    channel: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One package that differs. ``layer`` is where it is now, or was if it is gone.

    ``magnitude`` is the first part of the version that differs, None where the versions are equal or one
    is not known. ``through`` names the requested packages that a change nobody asked for came with.
    """

    layer: Layer
    name: str
    kind: ChangeKind
    before: Side | None
    after: Side | None
    requested: bool = False
    detail: str = ""
    magnitude: Magnitude | None = None
    through: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One structural change: a ``subject`` (``channels``, ``BLAS``) and a plain ``sentence``."""

    subject: str
    sentence: str
    before: object = None
    after: object = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """The ordered list of changes between two environments.

    ``switches`` are those choices whose change may change numbers (BLAS, CUDA, MPI, Python …): each
    follows from ``changes`` or ``differences`` and gets a line of its own because of what it means.
    """

    changes: tuple[Change, ...] = ()
    differences: tuple[Difference, ...] = ()
    switches: tuple[Difference, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes or self.differences)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where the file of a conda package comes from.

    ``kind`` says whose place it is: ``cache`` is envgit's own, ``user-cache`` one of the user's conda or
    mamba, ``recorded`` the URL in the snapshot. ``place`` is a path or a URL without credentials, and
    ``remote`` says that the file has to be downloaded from there; ``size`` is in bytes, where it is recorded.
    """

    kind: OriginKind
    place: str
    remote: bool = False
    size: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing a restore will do: bring one package from ``origin``.

    ``kind`` says whose place that is, ``remote`` that ``size`` bytes have to be downloaded from there.
    ``replaces`` is the version that stands in its place now.
    """

    layer: Layer
    name: str
    version: str
    action: Action
    origin: str
    size: int | None = None
    kind: OriginKind | None = None
    remote: bool = False
    replaces: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How one environment becomes a snapshot's. ``blockers`` make it impossible, ``cautions`` inexact."""

    steps: tuple[Step, ...] = ()
    blockers: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    """How faithfully one package came back, from where, and why not better.

    ``details`` is all that was said, where ``reason`` sums it up.
    """

    layer: Layer
    name: str
    grade: Grade
    source: str
    reason: str = ""
    details: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileCheck:
    """Outcome of comparing every file of a prefix with its recorded hash; paths relative to the prefix.

    ``unknown`` are files that no package brought: a notebook's output, or a module that somebody put there.
    """

    checked: int = 0
    altered: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unverifiable: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
