"""Which machines a lock file's markers (PEP 508) speak of, told by conda's names of platforms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.markers import Marker
    from packaging.specifiers import SpecifierSet

#: ``sys_platform`` and ``platform_machine`` of the platforms that distributions are built for.
PLATFORMS = {
    "linux-64": ("linux", "x86_64"),
    "linux-aarch64": ("linux", "aarch64"),
    "linux-ppc64le": ("linux", "ppc64le"),
    "linux-s390x": ("linux", "s390x"),
    "osx-64": ("darwin", "x86_64"),
    "osx-arm64": ("darwin", "arm64"),
    "win-64": ("win32", "AMD64"),
    "win-arm64": ("win32", "ARM64"),
}
_SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
#: First and last release of every minor version of Python that anyone locks for.
_PYTHONS = tuple(f"3.{minor}.{micro}" for minor in range(6, 20) for micro in (0, 99))
#: What no file can say of the machine that it will be read on.
_UNTOLD = ("platform_release", "platform_version")


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """One that a file may be for: a platform, and a full version of CPython, which conda's Python is."""

    platform: str
    python: str

    @property
    def minor(self) -> tuple[int, int]:
        """The version of Python that tags of wheels speak of."""
        major, minor, *_ = self.python.split(".")
        return int(major), int(minor)

    @property
    def markers(self) -> dict[str, str]:
        """What the variables of markers stand for there."""
        return {
            **system_markers(self.platform),
            "implementation_name": "cpython",
            "implementation_version": self.python,
            "platform_python_implementation": "CPython",
            "python_full_version": self.python,
            "python_version": ".".join(map(str, self.minor)),
        }


def system_markers(platform: str) -> dict[str, str]:
    """Return what the variables of markers that speak of no Python stand for on a platform."""
    system, machine = PLATFORMS[platform]
    return {
        "os_name": "nt" if system == "win32" else "posix",
        "platform_machine": machine,
        "platform_system": _SYSTEMS[system],
        "sys_platform": system,
    }


def platform_of(markers: Mapping[str, object]) -> str:
    """Return the platform on which the variables of markers have these values, empty if that is not known."""
    here = (markers.get("sys_platform"), markers.get("platform_machine"))
    return next((platform for platform, there in PLATFORMS.items() if there == here), "")


def machines(platforms: Iterable[str], pythons: SpecifierSet | None) -> tuple[Machine, ...]:
    """Return the machines of these platforms whose Python meets what is required of it."""
    exact = [s.version for s in pythons or () if s.operator == "==" and s.version.count(".") == 2]
    named = [version for version in exact if version.replace(".", "").isdigit()]
    known = tuple(dict.fromkeys((*_PYTHONS, *named)))
    met = [python for python in known if pythons is None or pythons.contains(python)]
    return tuple(Machine(platform=platform, python=python) for platform in platforms for python in met)


def holds(marker: Marker, on: tuple[Machine, ...], asked: Mapping[str, frozenset[str]]) -> bool | None:
    """Whether a marker of a lock file holds on all of some machines, or on none; None where that varies.

    ``asked`` are the ``extras`` and ``dependency_groups`` that are installed.
    """
    outcomes = _outcomes(str(marker), on, asked["extras"], asked["dependency_groups"])
    return next(iter(outcomes)) if len(outcomes) == 1 else None


@lru_cache(maxsize=1024)  # a lock has few markers, each many times
def _outcomes(
    text: str, on: tuple[Machine, ...], extras: frozenset[str], dependency_groups: frozenset[str]
) -> frozenset[bool]:
    from packaging.markers import Marker

    if any(variable in text for variable in _UNTOLD):
        return frozenset()
    marker, asked = Marker(text), {"extras": extras, "dependency_groups": dependency_groups}
    outcomes: set[bool] = set()
    try:
        for machine in on:
            outcomes.add(marker.evaluate({**machine.markers, **asked}, context="lock_file"))
            if len(outcomes) > 1:
                break
        return frozenset(outcomes)
    except ValueError:  # it compares what cannot be compared, or names a variable of other files
        return frozenset()
