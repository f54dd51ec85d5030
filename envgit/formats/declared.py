"""Whether an environment has what an environment.yml asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from envgit.formats.conda.environment_yml import read_requests
from envgit.formats.conda.matchspec import matches, package_of_spec
from envgit.formats.conda.text_spec import split_pip
from envgit.formats.pip.line import line_of, normalised
from envgit.formats.pip.requirement import read_line
from envgit.model import DEFAULT_CHANNELS, CondaPackage, Distribution
from envgit.redact import redact_text
from envgit.versions import compare_pypi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Environment


def unmet(content: bytes, environment: Environment, *, where: str) -> tuple[str, ...]:
    """Say what a file asks for and an environment has not, each as ``numpy>=2 (1.26.4 is installed)``.

    A file lists what is wanted, so what it does not name is free to change. A line that cannot be read, or
    compared with what is installed, counts as met. In a venv, distributions stand for conda's packages.

    Raises:
        BadFile: it is no environment.yml; the message says what is wrong where.
    """
    asked = read_requests(content, where=where)
    wanted = [distribution for line in asked.pip for distribution in _wanted(line)]
    specs: list[tuple[str, CondaPackage]] = []
    for spec in asked.conda:
        conda, listed = split_pip(list(_package(spec)))
        specs += ((spec, package) for package in conda)
        wanted += listed
    packages = _packages(environment, asked_of_pip={distribution.name for distribution in wanted})
    distributions = {d.name: d for d in environment.distributions if d.version}
    found = (
        *(_lack_of_spec(spec, package, packages.get(normalised(package.name))) for spec, package in specs),
        *(_lack_of_distribution(d, distributions.get(d.name), environment.python) for d in wanted),
    )
    return tuple(dict.fromkeys(lack for lack in found if lack))


def _package(spec: str) -> Iterator[CondaPackage]:
    try:
        yield package_of_spec(spec)
    except ValueError:
        return


def _wanted(line: str) -> Iterator[Distribution]:
    """The distribution that a line of ``pip:`` asks for, where it is certain that it does, and which."""
    try:
        read = read_line(line)
    except ValueError:
        return
    kinds = {kind for kind, _ in read.remarks}
    if read.distribution is None or "guessed-name" in kinds:
        return
    if read.distribution.source is None or "condition" not in kinds:  # no noun keeps the marker of a URL
        yield read.distribution


def _packages(environment: Environment, *, asked_of_pip: set[str]) -> dict[str, CondaPackage]:
    """What is installed as conda sees it, by normalised name."""
    if environment.kind == "venv":
        versions = {d.name: d.version for d in environment.distributions if d.version}
        versions["python"] = environment.python or ""
        return {name: CondaPackage(name=name, version=version) for name, version in versions.items()}
    # What pip put over conda's counts, unless the file asks for just that.
    over = {
        d.name: d.version
        for d in environment.distributions
        if d.owner == "clobbered" and d.version and d.name not in asked_of_pip
    }
    by_name = ((normalised(package.name), package) for package in environment.conda)
    return {name: replace(package, version=over.get(name, package.version)) for name, package in by_name}


def _lack_of_spec(spec: str, asked: CondaPackage, here: CondaPackage | None) -> str:
    if spec == "pip" or asked.name.startswith("__"):
        return ""  # pip stands in a file for conda to use, and an installer may have come without it
    shown = redact_text(spec)
    if here is None:
        return f"{shown} (not installed)"
    if not _same_channel(asked.channel, here.channel):
        return f"{shown} ({here.version} from {here.channel} is installed)"
    try:
        if matches(spec, replace(here, name=asked.name)):
            return ""
    except ValueError:
        return ""
    build = f" {here.build}" if here.version == asked.version and here.build else ""
    return f"{shown} ({here.version}{build} is installed)"


def _same_channel(asked: str, here: str) -> bool:
    """Whether two channels may be the same: one may be told by its name, the other by a URL."""
    if not asked or here in ("", "<unknown>") or (asked == "defaults" and here in DEFAULT_CHANNELS):
        return True
    return f"/{asked}".endswith(f"/{here}") or f"/{here}".endswith(f"/{asked}")


def _lack_of_distribution(wanted: Distribution, here: Distribution | None, python: str | None) -> str:
    shown = line_of(wanted)
    try:
        if wanted.source is not None:
            met = here is not None and _from_there(wanted, here)
        else:
            met = _meets(here, shown, python or "")
    except ValueError:  # a marker or a version that packaging cannot read
        return ""
    state = f"{here.version} is installed" if here else "not installed"
    return "" if met else f"{shown} ({state})"


def _meets(here: Distribution | None, requirement: str, python: str) -> bool:
    from packaging.requirements import Requirement
    from packaging.version import Version

    asked = Requirement(requirement)
    told = {"python_full_version": python, "python_version": ".".join(python.split(".")[:2])}
    if asked.marker is not None and not asked.marker.evaluate(told if python else {}):
        return True
    if here is None or not asked.specifier:
        return here is not None
    return asked.specifier.contains(Version(here.version), prereleases=True)


def _from_there(wanted: Distribution, here: Distribution) -> bool:
    """Whether what is installed may come from a URL: it has the version and the revision that this tells."""
    if wanted.version and compare_pypi(wanted.version, here.version):
        return False
    source = wanted.source
    revision = source and (source.commit or source.requested_revision)
    return not revision or (
        here.source is not None and revision in (here.source.commit, here.source.requested_revision)
    )
