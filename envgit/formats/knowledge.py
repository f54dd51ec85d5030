"""How much a file knows of each package it names: the very file, its build, its version, or a wish."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.model import CondaPackage, Distribution, Environment, Layer

#: From the most exact to the least: which bytes, which build, which version, only what was wished for.
Known = Literal["file", "build", "version", "spec"]
KNOWN: tuple[Known, ...] = ("file", "build", "version", "spec")


def knowledge(environment: Environment) -> Mapping[Layer, Mapping[Known, int]]:
    """Count the packages of each layer by what is known of them."""
    conda = Counter(map(_of_conda, environment.conda))
    pypi = Counter(map(_of_distribution, environment.additions))
    return {
        "conda": {known: conda[known] for known in KNOWN},
        "pypi": {known: pypi[known] for known in KNOWN},
    }


def _of_conda(package: CondaPackage) -> Known:
    if not package.version:
        return "spec"
    if package.url and (package.sha256 or package.md5):
        return "file"
    return "build" if package.build else "version"


def _of_distribution(distribution: Distribution) -> Known:
    source = distribution.source
    if distribution.file or distribution.digest or (source and (source.commit or source.sha256)):
        return "file"
    return "version" if distribution.version else "spec"
