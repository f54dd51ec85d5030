"""pylock.toml (PEP 751): the Python layer of one machine or of several, file by file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envgit.errors import BadFile, UnsupportedFormat
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.locks.pylock_files import fitting, index_file
from envgit.formats.locks.pylock_sources import read_source
from envgit.formats.locks.pylock_writing import encode
from envgit.formats.pip.markers import PLATFORMS, holds, machines
from envgit.formats.pip.source import is_local
from envgit.formats.syntax.text import decode_text
from envgit.formats.syntax.toml_text import load_toml
from envgit.model import Distribution, Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.pylock import Package, Pylock

    from envgit.formats.pip.markers import Machine
    from envgit.model import IndexFile

__all__ = ["decode", "encode"]

# Each may have a marker of its own, which is tried on every machine that the lock may be for.
MAX_PACKAGES = 5_000


def decode(content: bytes, *, where: str, platform: str = "", environment: str = "") -> Decoded:
    """Read the distributions that a lock has for `platform`; the result is a venv.

    `environment` names an extra or a dependency group to have as well. A package whose marker holds on
    none of the machines that the lock is for is left out; one whose marker holds on some keeps it, as a
    warning says. A wheel is recorded where it is the one that all these machines would take.

    Raises:
        BadFile: it is no lock, or one for other platforms; the message says what is wrong where.
    """
    document = load_toml(decode_text(content, where), where)
    lock = _validated(document, where)
    if len(lock.packages) > MAX_PACKAGES:
        raise BadFile(f"{where}: more than {MAX_PACKAGES:,} packages, which no environment has")
    remarks = Remarks(where)
    told = _told_by_envgit(document)
    platforms = [told["platform"]] if told.get("platform") in PLATFORMS else _platforms_of(lock)
    on = machines(_wanted(platforms, platform, remarks), lock.requires_python)
    if not on:
        raise BadFile(f"{where}: for no platform and Python that envgit knows")
    reading = _Reading(lock, on, _asked(lock, environment, remarks), remarks)
    distributions = remarks.one_of_each(reading.distributions())
    reading.remark_on_files()
    pythons = {machine.python for machine in on}
    read = Environment(
        kind="venv",
        platform=on[0].platform if len({m.platform for m in on}) == 1 else "",
        python=told.get("python") or (on[0].python if len(pythons) == 1 else None),
        distributions=distributions,
    )
    return Decoded(name=None, environment=read, warnings=tuple(remarks.warned))


def _validated(document: dict[str, Any], where: str) -> Pylock:
    from packaging.pylock import Pylock, PylockUnsupportedVersionError, PylockValidationError

    try:
        return Pylock.from_dict(document)
    except PylockUnsupportedVersionError as error:
        raise UnsupportedFormat(f"{where}: {error}", hint="Export it again as lock-version 1.0.") from error
    except (PylockValidationError, RecursionError) as error:
        raise BadFile(f"{where}: not a pylock.toml (PEP 751): {error}") from error


def _told_by_envgit(document: dict[str, Any]) -> dict[str, str]:
    """What the format has no key for, and envgit writes into its own table."""
    tool = document.get("tool", {}).get("envgit", {})
    return {k: v for k, v in tool.items() if isinstance(v, str)} if isinstance(tool, dict) else {}


def _platforms_of(lock: Pylock) -> list[str]:
    """The platforms that a lock is for: all, where it does not say."""
    if not lock.environments:
        return list(PLATFORMS)
    nothing: dict[str, frozenset[str]] = {"extras": frozenset(), "dependency_groups": frozenset()}
    return [
        platform
        for platform in PLATFORMS
        for on in [machines([platform], lock.requires_python)]
        if on and any(holds(marker, on, nothing) is not False for marker in lock.environments)
    ]


def _wanted(there: list[str], platform: str, remarks: Remarks) -> list[str]:
    if not platform or platform in there:
        return [platform] if platform else there
    if len(there) == 1:
        remarks.add("platform", f"for {there[0]}, not for {platform}")
        return there
    raise BadFile(
        f"{remarks.where}: for {', '.join(there) or 'no platform that envgit knows'}, not for {platform}",
        hint="Name one of these platforms." if there else "",
    )


def _asked(lock: Pylock, environment: str, remarks: Remarks) -> dict[str, frozenset[str]]:
    """The extras and dependency groups that are wanted: a lock's defaults, and the one that is named."""
    extras, groups = set(lock.extras or ()), set(lock.dependency_groups or ())
    if environment and environment not in extras | groups:
        raise BadFile(
            f"{remarks.where}: has no extra and no dependency group {environment!r}",
            hint=f"It has: {', '.join(sorted(extras | groups)) or 'none'}.",
        )
    default = set(lock.default_groups or ())
    others = sorted((extras | groups) - default - {environment})
    if others:
        remarks.add("condition", f"read without its extras and dependency groups {', '.join(others)}")
    return {
        "extras": frozenset({environment} & extras),
        "dependency_groups": frozenset(default | ({environment} & groups)),
    }


class _Reading:
    """Goes through the packages of a lock, and remembers whose file could not be told."""

    def __init__(
        self, lock: Pylock, on: tuple[Machine, ...], asked: dict[str, frozenset[str]], remarks: Remarks
    ) -> None:
        self._lock, self._on, self._asked, self._remarks = lock, on, asked, remarks
        self._several: list[str] = []
        self._none: list[str] = []
        self._unhashed: list[str] = []

    def distributions(self) -> Iterator[Distribution]:
        for package in self._lock.packages:
            counts = package.marker is None or holds(package.marker, self._on, self._asked)
            if counts is not False:
                yield self._distribution(package, conditional=counts is None)

    def remark_on_files(self) -> None:
        """Say for which packages no file is recorded, each reason once."""
        for names, kind, reason in (
            (self._several, "hashes", "which of several files is taken depends on the machine"),
            (self._none, "platform", "no file fits the machines that the lock is read for"),
            (self._unhashed, "hashes", "no SHA-256 is told"),
        ):
            if names:
                self._remarks.add(kind, f"no file is recorded of {', '.join(names)}: {reason}")

    def _distribution(self, package: Package, *, conditional: bool) -> Distribution:
        pin = f"{package.name}=={package.version}" if package.version else str(package.name)
        source = read_source(package)
        if conditional:
            sentence = f"{package.name} counts, whether or not `{package.marker}` holds on this machine"
            self._remarks.add("condition", sentence)
        if source and is_local(source):
            place = f"{package.name} comes from {source.url}"
            self._remarks.add("local-path", f"{place}, a place on the machine of its writer")
        return Distribution(
            name=package.name,
            version=str(package.version or ""),
            owner="pypi",
            depends=tuple(str(d["name"]) for d in package.dependencies or () if "name" in d),
            source=source,
            file=self._file(package) if source is None else None,
            requirement=f"{pin} ; {package.marker}" if conditional and source is None else "",
        )

    def _file(self, package: Package) -> IndexFile | None:
        files = fitting(package, self._on)
        if len(files) != 1:
            (self._several if files else self._none).append(package.name)
            return None
        file = index_file(files[0], package.index)
        if file is None:
            self._unhashed.append(package.name)
        return file
