"""What it takes to turn one environment into another, package by package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from envgit.model import CondaPackage, Distribution, Environment, Patch


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """The packages of two environments, sorted by what becomes of them.

    A conda package of which another build stands in its place is in ``unlinked`` as it was and in
    ``linked`` as it is wanted; one that is linked anew, because pip wrote over its files or took
    them away, is in both as it is. An installer of wheels replaces by itself, so ``uninstalled`` only holds
    distributions that go without another of their name: those of the Python layer, and those of conda
    that are to be gone. What has to be installed on top of a package that is linked is in ``installed``.
    """

    kept: tuple[CondaPackage, ...] = ()
    unlinked: tuple[CondaPackage, ...] = ()
    linked: tuple[CondaPackage, ...] = ()
    kept_distributions: tuple[Distribution, ...] = ()
    uninstalled: tuple[Distribution, ...] = ()
    installed: tuple[Distribution, ...] = ()
    dropped: tuple[Distribution, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.unlinked or self.linked or self.uninstalled or self.installed or self.dropped)


def changes_of(current: Environment, wanted: Environment) -> Changes:
    """Say what is kept, removed and brought to turn ``current`` into ``wanted``.

    What has the same identity is kept. Where identity does not say which files those are (no hash, no
    RECORD), where they come from has to be the same too.
    """
    moved = _site(current) != _site(wanted)
    kept = _kept(current, wanted, moved=moved)
    unlinked = tuple(package for package in current.conda if package.name not in kept)
    linked = tuple(package for package in wanted.conda if package.name not in kept)
    touched = {package.name for package in (*unlinked, *linked)}
    there = {distribution.name: distribution for distribution in current.distributions}
    wanted_names = {distribution.name for distribution in wanted.additions}
    staying = {d.name for d in wanted.additions if not moved and _stays(there.get(d.name), d, touched)}
    return Changes(
        kept=tuple(package for package in wanted.conda if package.name in kept),
        unlinked=unlinked,
        linked=linked,
        kept_distributions=tuple(d for d in wanted.additions if d.name in staying),
        uninstalled=tuple(d for d in current.additions if d.name not in wanted_names),
        installed=tuple(d for d in wanted.additions if d.name not in staying),
        dropped=tuple(d for d in wanted.removals if not _is_gone(there.get(d.name), touched)),
    )


def _kept(current: Environment, wanted: Environment, *, moved: bool) -> set[str]:
    """Names of the conda packages that stay; those in the folder of a Python that ``moved`` cannot."""
    there = {package.name: package for package in current.conda}
    spoilt = _spoilt(current, wanted)
    return {
        package.name
        for package in wanted.conda
        if _same_package(there.get(package.name), package)
        and package.name not in spoilt
        and not (moved and package.noarch == "python")
    }


def _site(environment: Environment) -> tuple[object, ...]:
    """What decides where distributions lie, and for which interpreter they were made."""
    python = next((package for package in environment.conda if package.name == "python"), None)
    if environment.kind == "venv" or python is None:
        return environment.kind, environment.python, environment.system_site_packages
    release = ".".join(python.version.split(".")[:2])
    return environment.kind, environment.platform, release, python.python_site_packages_path


def _spoilt(current: Environment, wanted: Environment) -> set[str | None]:
    """Names of conda packages whose files pip replaced or took away, where conda's are wanted again."""
    layer = {distribution.name for distribution in wanted.pypi}
    return {
        distribution.conda_package
        for distribution in current.distributions
        if distribution.owner == "clobbered" and distribution.name not in layer
    }


def _same_package(current: CondaPackage | None, wanted: CondaPackage) -> bool:
    if current is None or _facts(current) != _facts(wanted):
        return False
    if current.sha256 and wanted.sha256:
        return current.sha256 == wanted.sha256
    if current.md5 and wanted.md5:
        return current.md5 == wanted.md5
    return current.url is not None and current.url == wanted.url


def _facts(package: CondaPackage) -> tuple[str, ...]:
    return package.name, package.version, package.build, package.subdir


def _stays(current: Distribution | None, wanted: Distribution, touched: Collection[str]) -> bool:
    if current is None or current.owner == "conda" or current.uninstalled:
        return False
    if {current.conda_package, wanted.conda_package} & set(touched):
        return False
    if _patch(current) != _patch(wanted):
        return False
    if (current.version, current.digest) != (wanted.version, wanted.digest):
        return False
    return wanted.digest is not None or current.source == wanted.source


def _patch(distribution: Distribution) -> Patch | None:
    return distribution.source.patch if distribution.source else None


def _is_gone(current: Distribution | None, touched: Collection[str]) -> bool:
    return current is not None and current.uninstalled and current.conda_package not in touched
