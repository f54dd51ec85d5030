"""What a machine lacks of what packages ask for, and of what the machine had that they were seen on."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from envgit.plan.phrases import listed
from envgit.versions import compare_conda, satisfies_conda

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.model import CondaPackage, Distribution, Environment, Host

#: Virtual packages whose version must not be lower than it was (CEP 30).
_MINIMA = {"__glibc": "glibc", "__musl": "musl", "__osx": "macOS", "__cuda": "the CUDA driver"}
_SYSTEMS = {"__unix": "a Unix", "__linux": "Linux", "__win": "Windows"}
#: The run-time half of conda-forge's ``x86_64-microarch-level``: its version is a level of the CPU.
_LEVEL = "_x86_64-microarch-level"
#: Microarchitectures by the x86-64 level that they reach, in archspec's names.
_LEVELS = {
    2: "nehalem westmere sandybridge ivybridge bulldozer piledriver steamroller",
    3: "haswell broadwell skylake mic_knl excavator zen zen2 zen3",
    4: "skylake_avx512 cannonlake cascadelake icelake sapphirerapids zen4 zen5",
}
_LEVEL_OF = {name: level for level, names in _LEVELS.items() for name in names.split()}
_NAMED_LEVEL = re.compile(r"x86_64(?:_v([1-4]))?")
#: Wheels say in their tags what they need (PEP 425, 600): of several tags the least counts.
_NEEDS_OF_WHEELS = {
    "__glibc": re.compile(r"manylinux_(\d+)_(\d+)_"),
    "__musl": re.compile(r"musllinux_(\d+)_(\d+)_"),
    "__osx": re.compile(r"macosx_(\d+)_(\d+)_"),
}
_OLD_NAMES = {"manylinux1_": (2, 5), "manylinux2010_": (2, 12), "manylinux2014_": (2, 17)}


def unmet(environment: Environment, host: Host) -> Iterator[str]:
    """What packages demand of a machine and this one has not, in sentences that name the packages."""
    here = _virtual(host)
    wanting: dict[str, list[str]] = defaultdict(list)
    for package in environment.conda:
        for lack in dict.fromkeys(_lacks(package, here)):
            wanting[lack].append(f"{package.name} {package.version}")
    for distribution in environment.additions:
        for lack in _lacks_of_wheel(distribution, here):
            wanting[lack].append(f"{distribution.name} {distribution.version}")
    for lack, packages in wanting.items():
        yield f"{listed(packages)} {'needs' if len(packages) == 1 else 'need'} {lack}"


def lesser(host: Host, observed: Host) -> Iterator[str]:
    """What this machine has less of than the one the snapshot was seen on."""
    here, there = _virtual(host), _virtual(observed)
    for name, noun in _MINIMA.items():
        if name not in there:
            continue
        (had, _) = there[name]
        if name not in here:
            yield f"the snapshot was seen with {noun} {had}, and this machine has none"
        elif here[name][0] != had and compare_conda(here[name][0], had) < 0:
            yield f"the snapshot was seen with {noun} {had}, and this machine has {here[name][0]}"
    had_level, level = _level(there), _level(here)
    if had_level and level and level < had_level:
        yield (
            f"the snapshot was seen on {_cpu(there)}, and this machine's CPU is {_cpu(here)}: what was "
            "compiled for the one may not run on the other"
        )


def _virtual(host: Host) -> dict[str, tuple[str, str]]:
    """Version and build of a host's virtual packages, each written ``__name=version=build``."""
    parts = (text.split("=") for text in host.virtual_packages)
    return {part[0]: (part[1], part[2] if len(part) > 2 else "") for part in parts if len(part) > 1}


def _lacks(package: CondaPackage, here: dict[str, tuple[str, str]]) -> Iterator[str]:
    """What one conda package asks for and is not here, each to follow "needs"."""
    if package.name == _LEVEL:  # it names the CPU that it was solved on, and stands for the level alone
        yield from _lacks_level(_number(package.version), here)
        return
    for depend in package.depends:
        name, version, build = (*depend.split(), "", "", "")[:3]
        if name == "__archspec":
            yield from _lacks_level(_level_named(build), here)
        elif name == _LEVEL:
            continue  # it is among the packages itself, or it is nothing that a machine has
        elif name in _SYSTEMS and name not in here:
            yield f"{_SYSTEMS[name]}, which this machine has not"
        elif name in _MINIMA:
            yield from _lacks_version(name, version, here)


def _lacks_version(name: str, wanted: str, here: dict[str, tuple[str, str]]) -> Iterator[str]:
    needed = f"{_MINIMA[name]} {wanted}".rstrip()
    if name not in here:
        yield f"{needed}, and this machine has none"
    elif wanted and not satisfies_conda(here[name][0], wanted):
        yield f"{needed}, and this machine has {here[name][0]}"


def _lacks_level(wanted: int, here: dict[str, tuple[str, str]]) -> Iterator[str]:
    level = _level(here)
    if level and level < wanted:
        yield f"a CPU of level x86-64-v{wanted}, and this machine's is {_cpu(here)}"


def _lacks_of_wheel(distribution: Distribution, here: dict[str, tuple[str, str]]) -> Iterator[str]:
    for name, pattern in _NEEDS_OF_WHEELS.items():
        least = min(_needs(distribution.tags, name, pattern), default=None)
        if least is not None:
            yield from _lacks_version(name, f">={least[0]}.{least[1]}", here)


def _needs(tags: Iterable[str], name: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for tag in tags:
        for platform in tag.rpartition("-")[2].split("."):
            match = pattern.match(platform)
            if match:
                yield int(match[1]), int(match[2])
            elif name == "__glibc":
                yield from (least for old, least in _OLD_NAMES.items() if platform.startswith(old))


def _level(here: dict[str, tuple[str, str]]) -> int:
    """The x86-64 level of a machine's CPU, 0 where it is none or not known."""
    return _level_named(here.get("__archspec", ("", ""))[1])


def _level_named(cpu: str) -> int:
    named = _NAMED_LEVEL.fullmatch(cpu)
    return int(named[1] or 1) if named else _LEVEL_OF.get(cpu, 0)


def _cpu(here: dict[str, tuple[str, str]]) -> str:
    name, level = here["__archspec"][1], _level(here)
    return name if _NAMED_LEVEL.fullmatch(name) else f"{name} (x86_64_v{level})"


def _number(version: str) -> int:
    return int(version) if version.isdecimal() and len(version) < 4 else 0
