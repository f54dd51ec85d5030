"""Order versions as their own ecosystem orders them: conda's (CEP 33) and Python's (PEP 440).

Each comparison returns a negative number, zero or a positive number as the first version is older
than, the same as, or newer than the second. A version that its ecosystem cannot read (a loose spec,
a date with slashes, a pre-PEP 440 release) is older than every version that it can, as it was for
pip and setuptools; two such are ordered as text with digits counted as numbers, text before numbers.
So every pair has an order, and a comparison never raises.

Versions of numbers and dots alone, which most are, have the same order in both and need no library.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from envgit.model import Magnitude

#: Compares two versions as :func:`compare_conda` does.
Compare: TypeAlias = "Callable[[str, str], int]"

_RUNS = re.compile(r"[0-9]+|[^0-9]+")
_NUMBERS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,9}")
#: Epoch, numbers of the release, and what follows them up to a local part; conda takes ``_`` for a dot.
_RELEASE = re.compile(r"[vV]?(?:([0-9]+)!)?([0-9]+(?:[._][0-9]+)*)([^+]*)")
#: A release whose first number is one of these is named after the year it was made in.
_YEARS = frozenset(map(str, range(1990, 2100)))
_MAGNITUDES: tuple[Magnitude, ...] = ("major", "minor", "patch")


def compare_conda(a: str, b: str) -> int:
    """Compare two versions of a conda package."""
    if _are_numbers(a, b):
        return _sign(_release(a), _release(b))
    from rattler import Version
    from rattler.exceptions import InvalidVersionError

    # A lone surrogate, which JSON can carry, does not even reach rattler's parser.
    return _compare(a, b, read=Version, refusals=(InvalidVersionError, UnicodeEncodeError))


def satisfies_conda(version: str, spec: str) -> bool:
    """Whether a version is what a spec (``>=2.28,<3.0a0``) asks for; what cannot be read asks nothing."""
    from rattler import Version, VersionSpec
    from rattler.exceptions import InvalidVersionError, InvalidVersionSpecError

    try:
        return VersionSpec(spec).matches(Version(version))
    except (InvalidVersionError, InvalidVersionSpecError, UnicodeEncodeError):
        return True


def compare_pypi(a: str, b: str) -> int:
    """Compare two versions of a Python distribution."""
    if _are_numbers(a, b):
        return _sign(_release(a), _release(b))
    from packaging.version import InvalidVersion, Version

    # Python refuses to read integers of thousands of digits: ValueError, which InvalidVersion is too.
    return _compare(a, b, read=Version, refusals=(InvalidVersion, ValueError))


def is_asked_for(requirement: str, python: str | None) -> bool:
    """Whether the marker of a requirement (PEP 508), if it has one, holds on this machine for a Python."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        marker = Requirement(requirement).marker if ";" in requirement else None
    except (InvalidRequirement, RecursionError):
        return True
    told = {"extra": ""}
    if python:
        told |= {"python_full_version": python, "python_version": ".".join(python.split(".")[:2])}
    return marker is None or marker.evaluate(told)


def satisfies_pypi(version: str, requirement: str) -> bool:
    """Whether a version is what a requirement (PEP 508) asks for; what cannot be read asks nothing."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import InvalidVersion

    try:
        return Requirement(requirement).specifier.contains(version, prereleases=True)
    except (InvalidRequirement, InvalidVersion, RecursionError):
        return True


def magnitude(before: str, after: str) -> Magnitude | None:
    """How big the step between two versions is, up or down; None where either says no number.

    The first of the release's numbers that differs says it: the first is ``major``, as another epoch is,
    the second ``minor``, any other ``patch``, and so is what follows the numbers (``1.1.1w``, ``1.0rc1``,
    ``1.0.post1``). Versions that differ in nothing but a local part (``+cu118``, PEP 440) or in zeros at
    the end are builds of one release: ``build``.

    A year makes no promise: in calendar versions (``2024.8.1``) another year is ``minor``, all else
    ``patch``, or ``certifi`` would be a major change each January. From numbers to years is ``major``.
    """
    releases = [_RELEASE.match(version) for version in (before, after)]
    if not (releases[0] and releases[1]) or before == after:
        return None
    (old_epoch, old_text, old_rest), (new_epoch, new_text, new_rest) = (r.groups("") for r in releases if r)
    if old_epoch.lstrip("0") != new_epoch.lstrip("0"):
        return "major"
    # Compared as text, since Python refuses to read integers of thousands of digits.
    old, new = ([n.lstrip("0") for n in text.replace("_", ".").split(".")] for text in (old_text, new_text))
    calendar = old[0] in _YEARS and new[0] in _YEARS
    for place, (a, b) in enumerate(zip_longest(old, new, fillvalue="")):
        if a != b:
            return _MAGNITUDES[min(place + calendar, 2)]
    return "build" if old_rest == new_rest else "patch"


def compare_text(a: str, b: str) -> int:
    """Compare two versions as text with digits counted as numbers: rough, but needs no library."""
    return _sign(_text_key(a), _text_key(b))


def _compare(a: str, b: str, *, read: Callable[[str], Any], refusals: tuple[type[Exception], ...]) -> int:
    versions = [_read(text, read, refusals) for text in (a, b)]
    readable = [version is not None for version in versions]
    if not any(readable):
        return compare_text(a, b)
    return _sign(*versions) if all(readable) else _sign(*readable)


def _are_numbers(a: str, b: str) -> bool:
    return bool(_NUMBERS.fullmatch(a) and _NUMBERS.fullmatch(b))


def _release(text: str) -> list[int]:
    """The numbers without the zeros at the end, which make no other version."""
    numbers = [int(number) for number in text.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _read(text: str, read: Callable[[str], Any], refusals: tuple[type[Exception], ...]) -> Any:
    try:
        return read(text)
    except refusals:
        return None


def _sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)


def _text_key(text: str) -> list[tuple[int, int, str]]:
    """Runs of digits and of other characters. A number is known by its length first: it may be huge."""
    key = []
    for run in _RUNS.findall(text):
        digits = run.lstrip("0") if run[0] in "0123456789" else None
        key.append((0, 0, run) if digits is None else (1, len(digits), digits))
    return key
