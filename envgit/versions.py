"""Order versions as their own ecosystem orders them: conda's (CEP 33) and Python's (PEP 440).

Each comparison returns a negative number, zero or a positive number as the first version is older
than, the same as, or newer than the second. A version that its ecosystem cannot read (a loose spec,
a date with slashes, a pre-PEP 440 release) is older than every version that it can, as it was for
pip and setuptools; two such are ordered as text with digits counted as numbers, text before numbers.
So every pair has an order, and a comparison never raises.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

#: Compares two versions as :func:`compare_conda` does.
Compare: TypeAlias = "Callable[[str, str], int]"

_RUNS = re.compile(r"[0-9]+|[^0-9]+")


def compare_conda(a: str, b: str) -> int:
    """Compare two versions of a conda package."""
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
    from packaging.version import InvalidVersion, Version

    # Python refuses to read integers of thousands of digits: ValueError, which InvalidVersion is too.
    return _compare(a, b, read=Version, refusals=(InvalidVersion, ValueError))


def compare_text(a: str, b: str) -> int:
    """Compare two versions as text with digits counted as numbers: rough, but needs no library."""
    return _sign(_text_key(a), _text_key(b))


def _compare(a: str, b: str, *, read: Callable[[str], Any], refusals: tuple[type[Exception], ...]) -> int:
    versions = [_read(text, read, refusals) for text in (a, b)]
    readable = [version is not None for version in versions]
    if not any(readable):
        return compare_text(a, b)
    return _sign(*versions) if all(readable) else _sign(*readable)


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
