"""What a file asks for, where it says neither which version nor which build is there.

Conda's ``numpy=1.26`` is fuzzy (CEP 29): 1.26.4 is what it asks for. Readers keep it as version 1.26, since
exports without builds write whole versions the same way; so what tells a version and nothing else of a
package is taken for such a spec. A capture or a lock file knows builds, hashes or URLs, too.
"""

from __future__ import annotations

import re

from envgit.model import CondaPackage, Distribution
from envgit.versions import satisfies_conda, satisfies_pypi

# Patterns stay texts until something is asked: on the path of most commits nothing is.
#: What is asked of the version: in brackets, or after the name and before a build.
_BRACKETED = r"\[(?:.*,)?\s*version\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^,\]]*))"
_PLAIN = r"(?:[^\[]*::)?\s*[\w.-]+(?:\s+|(?=[=<>!~]))([^\s\[]+)"
#: Blanks inside of what is asked: conda reads `>= 3.12, < 3.13`, too.
_BLANKS = r"\s*([,|])\s*|([<>=!~])\s+"
_WITH_BUILD = r"(={0,2}[^=<>!~]+)="
#: A series of Python's by one clause: `=3.12`, `3.12.*`, `==3.12.1`, `~=3.12.0`; `~=3.12` may be 3.13.
_SERIES = r"(?:={0,2}(\d+\.\d+)(?:\.[\d*][\w.]*|\*)?|~=(\d+\.\d+)\.\d[\w.]*)$"
#: The same by two: at least one of a series, and less than the next.
_BETWEEN = r">=?(\d+)\.(\d+)[\w.]*,<(\d+)\.(\d+)(?:\.0)*(?:\.?(?:a0|dev0))?$"


def told_by_spec(package: CondaPackage) -> bool:
    """Whether nothing is known of a package but what a file asks for."""
    return not (package.build or package.url or package.sha256 or package.md5)


def fuzzily_equal(old: CondaPackage, new: CondaPackage) -> bool:
    """Whether one side is a file's ``1.26`` and the other a known package that begins with it.

    Two files that say 1.26 and 1.26.4 do not ask for the same, nor are two known packages the same. Of
    ``numpy==1.26``, which is 1.26 alone, readers keep the spec besides the version.
    """
    if told_by_spec(old) == told_by_spec(new):
        return False
    asked, known = (old, new) if told_by_spec(old) else (new, old)
    return not asked.requested and known.version.startswith(f"{asked.version}.")


def unmet(wish: CondaPackage | Distribution, known: CondaPackage | Distribution) -> str:
    """What is asked for and not met by the version that the other side knows, empty where all is."""
    if wish.version or not known.version:
        return ""
    return ", ".join(spec for spec in wishes_of(wish) if not _is_met(wish, spec, known.version))


def wishes_of(package: CondaPackage | Distribution) -> tuple[str, ...]:
    """Specs or the requirement that a file asks for a package with."""
    if isinstance(package, Distribution):
        return (package.requirement,) if package.requirement else ()
    return package.requested


def series_of(package: CondaPackage) -> str:
    """``3.12`` where version or specs leave no doubt which minor version is meant, else empty."""
    asked = [package.version] if package.version else [version_asked(spec) for spec in package.requested]
    return next(filter(None, map(_series, asked)), "")


def version_asked(spec: str) -> str:
    """What a MatchSpec asks of the version (``>=3.12,<3.13``), empty if nothing."""
    close = re.sub(_BLANKS, r"\1\2", spec.strip())
    if found := re.search(_BRACKETED, close):
        return next(filter(None, found.groups()), "")
    if not (found := re.match(_PLAIN, close)):
        return ""
    with_build = re.match(_WITH_BUILD, found[1])
    return with_build[1] if with_build else found[1]


def _is_met(wish: CondaPackage | Distribution, spec: str, version: str) -> bool:
    if isinstance(wish, Distribution):
        return satisfies_pypi(version, spec)
    asked = version_asked(spec)
    return not asked or satisfies_conda(version, asked)


def _series(version: str) -> str:
    if found := re.match(_SERIES, version):
        return found[1] or found[2]
    between = re.match(_BETWEEN, version)
    if between and between[1] == between[3] and int(between[4]) == int(between[2]) + 1:
        return f"{between[1]}.{between[2]}"
    return ""
