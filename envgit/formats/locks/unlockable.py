"""Why packages cannot be written into a lock file, told before anything is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.errors import EnvgitError
from envgit.formats.conda.artifact import package_of_url
from envgit.formats.locks.locked import INDEXED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from envgit.model import CondaPackage, Distribution, Environment

#: What each reason asks for next.
NO_URL = "no URL is known"
NO_MD5 = "no MD5 is known"
NO_FILE = "the file that was installed is not known"
NO_REQUIREMENT = "name and version are none that PEP 508 and PEP 440 know"
NOT_GIT = "pixi takes checkouts of Git alone"
RELATIVE = "a relative path is no URL"

_NEXT = {
    NO_URL: "Export environment.yml, which names packages without a URL.",
    NO_MD5: "Export pixi.lock or an explicit lock, for which the SHA-256 is enough.",
    NO_FILE: "Ask the package indexes for it: envgit snapshot --resolve. What no index serves can go into an "
    "environment.yml.",
    NO_REQUIREMENT: "Export environment.yml, which keeps them as they are.",
    NOT_GIT: "Export environment.yml, whose pip section takes any checkout.",
    RELATIVE: "Export pixi.lock or environment.yml, which take relative paths.",
}


def refuse_unlockable(
    environment: Environment,
    *,
    kind: str,
    conda: Callable[[CondaPackage], str],
    pypi: Callable[[Distribution], str],
) -> None:
    """Refuse an environment of which a lock file would hold less than all.

    `conda` and `pypi` return the reason why one package cannot be held, or nothing.

    Raises:
        EnvgitError: names the packages for each reason; its hint is the next step for the first.
    """
    if environment.kind == "venv":
        raise EnvgitError(
            f"{kind} holds a conda environment, and this is a venv",
            hint="Export pylock.toml or requirements.",
        )
    if not environment.platform:
        raise EnvgitError(
            f"{kind} is for a platform, and this environment does not say which it is for",
            hint="Export environment.yml.",
        )
    reasons: dict[str, list[str]] = {}
    _collect(((package.name, conda(package)) for package in environment.conda), reasons)
    _collect(((found.name, pypi(found)) for found in environment.additions), reasons)
    if reasons:
        listed = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items())
        raise EnvgitError(f"{kind} cannot hold {listed}", hint=_NEXT[next(iter(reasons))])


def _collect(found: Iterable[tuple[str, str]], reasons: dict[str, list[str]]) -> None:
    for name, reason in found:
        if reason:
            reasons.setdefault(reason, []).append(name)


def reason_of_package(package: CondaPackage) -> str:
    """Why no lock can hold a conda package, whatever its format."""
    try:
        package_of_url(package.url or "")
    except ValueError:
        return NO_URL
    return "" if package.url and "://" in package.url else NO_URL


def reason_of_distribution(distribution: Distribution) -> str:
    """Why no lock can hold a distribution, whatever its format."""
    if not is_requirement(f"{distribution.name}=={distribution.version}"):
        return NO_REQUIREMENT
    file = distribution.file
    if distribution.source is None and not (file and re.match(INDEXED, file.url or "")):
        return NO_FILE
    return ""


def is_requirement(text: str) -> bool:
    """Whether a text is a requirement (PEP 508); readers refuse a whole lock for one that is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True
