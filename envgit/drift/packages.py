"""Compare the packages of two environments: an ordered merge by layer and name.

The conda layer is every conda record, the Python layer every distribution that conda does not own.
What conda owns shows through its package alone, so that one upgrade is one change.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from envgit.drift.namesakes import bringers
from envgit.drift.requests import asked_for
from envgit.drift.sentences import ASKED_FOR, RECORD_BACK, RECORD_GONE
from envgit.drift.wishes import fuzzily_equal, unmet, wishes_of
from envgit.model import DEFAULT_CHANNELS, Change, CondaPackage, Distribution, Side
from envgit.versions import compare_conda, compare_pypi, magnitude

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from envgit.model import ChangeKind, Environment, Magnitude
    from envgit.versions import Compare

#: ``detail`` of a move to the Python layer that left conda's record in place, its files overwritten.
OVER_CONDA = "installed over conda's package"
BEHIND_CONDA = "uninstalled, but conda still lists its package"
#: ``detail`` of the way back: the distribution is conda's own again, whose record had stayed.
CONDA_SHOWS_AGAIN = "conda's package shows again"

_OTHER_BYTES = "other bytes"

_Either: TypeAlias = "CondaPackage | Distribution"
_Package = TypeVar("_Package", CondaPackage, Distribution)


def package_changes(
    before: Environment, after: Environment, *, compare: Compare | None = None
) -> tuple[Change, ...]:
    """Every package that differs, in order of layer and name.

    Args:
        before: The older environment.
        after: The newer environment.
        compare: Tells an upgrade from a downgrade, in both layers. Without one each layer is ordered
            as its own ecosystem does, which loads that ecosystem's library where versions differ.
    """
    conda = _merge(before.conda, after.conda)
    pypi = _merge(before.pypi, after.pypi)
    moves = [*_moves_to_pypi(before, conda, pypi), *_moves_to_conda(after, conda, pypi)]
    changes = [
        *moves,
        *(_changed_package(old, new, compare or compare_conda) for old, new in conda.kept),
        *(_changed_distribution(old, new, compare or compare_pypi) for old, new in pypi.kept),
        *(_change("removed", p, None, _over(p, before, after, RECORD_GONE)) for p in conda.removed),
        *(_change("added", None, p, _over(p, after, before, RECORD_BACK)) for p in conda.added),
        *(_change("removed", distribution, None) for distribution in pypi.removed),
        *(_change("added", None, distribution) for distribution in pypi.added),
    ]
    asked = asked_for(before) | asked_for(after)
    found = (_requested(change, asked) for change in changes if change)
    return tuple(sorted(found, key=lambda change: (change.layer, change.name)))


@dataclass(kw_only=True, slots=True)
class _Merged(Generic[_Package]):
    """One layer of both environments, paired by name, without what is equal."""

    kept: list[tuple[_Package, _Package]]
    removed: list[_Package]
    added: list[_Package]


def _merge(before: Sequence[_Package], after: Sequence[_Package]) -> _Merged[_Package]:
    # A list under each name: a half-updated prefix can hold one name twice.
    named: defaultdict[str, tuple[list[_Package], list[_Package]]] = defaultdict(lambda: ([], []))
    for side, packages in enumerate((before, after)):
        for package in packages:
            named[package.name][side].append(package)
    merged = _Merged[_Package](kept=[], removed=[], added=[])
    for before_named, after_named in named.values():
        if before_named != after_named:
            old = sorted((p for p in before_named if p not in after_named), key=_version)
            new = sorted((p for p in after_named if p not in before_named), key=_version)
            merged.kept.extend(zip(old, new, strict=False))
            merged.removed.extend(old[len(new) :])
            merged.added.extend(new[len(old) :])
    return merged


def _version(package: _Either) -> str:
    return package.version


def _moves_to_pypi(
    before: Environment, conda: _Merged[CondaPackage], pypi: _Merged[Distribution]
) -> list[Change]:
    return [
        _of_distribution(distribution, _change("removed", package, None, BEHIND_CONDA))
        if distribution.uninstalled
        else _moved_change(before, package, distribution, OVER_CONDA if package_stays else "")
        for package, distribution, package_stays in _moved(before, conda.removed, pypi.added)
    ]


def _moves_to_conda(
    after: Environment, conda: _Merged[CondaPackage], pypi: _Merged[Distribution]
) -> list[Change]:
    return [
        _of_distribution(distribution, _change("added", None, package, CONDA_SHOWS_AGAIN))
        if distribution.uninstalled
        else _moved_change(after, distribution, package, CONDA_SHOWS_AGAIN if package_stays else "")
        for package, distribution, package_stays in _moved(after, conda.added, pypi.removed)
    ]


def _moved(
    conda_side: Environment, packages: list[CondaPackage], distributions: list[Distribution]
) -> Iterator[tuple[CondaPackage, Distribution, bool]]:
    """Take out of both lists what is one thing in two layers.

    Args:
        conda_side: The environment in which conda brings the distribution.
        packages: Conda packages of that environment which the other does not have.
        distributions: Python layer of the other environment which that one does not have.

    Yields:
        The package, the distribution, and whether the package's record stands in both environments,
        since pip overwrites the files of a conda package and leaves its record.
    """
    if not distributions:
        return
    owners = _owners(conda_side)
    standing = {package.name: package for package in conda_side.conda}
    movable = {package.name: package for package in packages}
    for distribution in tuple(distributions):
        named = owners.get(distribution.name, ())
        owner = next((name for name in named if name in movable), distribution.conda_package or "")
        clobbers_owner = distribution.owner == "clobbered" and owner in named
        if owner in movable:
            package, package_stays = movable.pop(owner), False
            packages.remove(package)
        elif clobbers_owner and owner in standing:
            package, package_stays = standing[owner], True
        else:
            continue
        distributions.remove(distribution)
        yield package, distribution, package_stays


def _moved_change(conda_side: Environment, old: _Either, new: _Either, detail: str) -> Change:
    """A move; where no capture says that both are one thing, the versions of the two are no step."""
    change = _change("moved", old, new, detail)
    distribution = old if isinstance(old, Distribution) else new
    is_known = (isinstance(distribution, Distribution) and distribution.conda_package) or _seen(conda_side)
    return change if is_known else replace(change, magnitude=None)


def _over(package: CondaPackage, conda_side: Environment, other: Environment, said: str) -> str:
    """What is said of a record that stands on one side alone, where pip's distribution over it is on both."""
    overwritten = [d for d in conda_side.additions if d.owner == "clobbered"]
    names = {d.name for d in overwritten if d.conda_package == package.name}
    stays = next((d for d in other.additions if d.name in names), None)
    return f"{said}, pip's {stays.version} stays" if stays else ""


def _owners(environment: Environment) -> Mapping[str, tuple[str, ...]]:
    """Conda packages that bring a distribution, by its name (``torch``: ``pytorch``). A capture knows."""
    return _seen(environment) or bringers(package.name for package in environment.conda)


def _seen(environment: Environment) -> Mapping[str, tuple[str, ...]]:
    return {d.name: (d.conda_package,) for d in environment.distributions if d.conda_package}


def _changed_package(old: CondaPackage, new: CondaPackage, compare: Compare) -> Change | None:
    other_bytes = _differ(old.sha256, new.sha256) or (
        not (old.sha256 and new.sha256) and _differ(old.md5, new.md5)
    )
    if _differ(old.version, new.version) and not fuzzily_equal(old, new):
        return _change(_direction(compare(old.version, new.version)), old, new)
    if _differ(old.build, new.build):
        return _change("rebuilt", old, new)
    if _differ(old.channel, new.channel) and not _both_defaults(old.channel, new.channel):
        return _change("rechanneled", old, new, _OTHER_BYTES if other_bytes else "")
    if _differ(old.subdir, new.subdir):
        return _change("rebuilt", old, new, f"{old.subdir} → {new.subdir}")
    if other_bytes:
        return _change("rebuilt", old, new, _OTHER_BYTES)
    patched = _respecified("depends", old.depends, new.depends)
    patched += _respecified("constrains", old.constrains, new.constrains)
    patched += _reasked(old, new)
    return _change("metadata", old, new, "; ".join(patched)) if patched else None


def _changed_distribution(old: Distribution, new: Distribution, compare: Compare) -> Change | None:
    other_bytes = _differ(old.digest, new.digest)
    commits = [d.source.commit[:9] if d.source and d.source.commit else "" for d in (old, new)]
    recommitted = f"commit {commits[0]} → {commits[1]}" if _differ(*commits) else ""
    if _differ(old.version, new.version):
        return _change(_direction(compare(old.version, new.version)), old, new, recommitted)
    if _differ(_origin(old), _origin(new)):
        return _change("rechanneled", old, new, _OTHER_BYTES if other_bytes else "")
    if other_bytes:
        return _change("rebuilt", old, new, recommitted or _OTHER_BYTES)
    patched = [recommitted] if recommitted else _respecified("depends", old.depends, new.depends)
    patched += _reasked(old, new)
    return _change("metadata", old, new, "; ".join(patched)) if patched else None


def _differ(old: object, new: object) -> bool:
    """Whether both are known and not the same."""
    return bool(old) and bool(new) and old != new


def _direction(order: int) -> ChangeKind:
    # `1.0` and `1.0.0` are one version, but not one package.
    return "upgraded" if order < 0 else "downgraded" if order > 0 else "rebuilt"


def _respecified(what: str, old: tuple[str, ...], new: tuple[str, ...]) -> list[str]:
    """Specs that were patched in or out. None at all may be all that a file knew: no difference."""
    if not _differ(frozenset(old), frozenset(new)):
        return []
    added = [f"+{spec}" for spec in new if spec not in old]
    removed = [f"−{spec}" for spec in old if spec not in new]
    return [f"{what} {', '.join(added + removed)}"]


def _both_defaults(old: str, new: str) -> bool:
    """Whether one is conda's name for several channels, and the other among those."""
    return "defaults" in {old, new} and {old, new} <= DEFAULT_CHANNELS


def _reasked(old: _Either, new: _Either) -> list[str]:
    """What a file asks for in other words than before, or what is there does not meet."""
    if old.version or new.version:
        asked, there = unmet(old, new) or old.version, unmet(new, old) or new.version
    else:
        asked, there = (", ".join(wishes_of(package)) for package in (old, new))
    is_told = _differ(asked, there) and not (old.version and new.version)
    return [f"{ASKED_FOR}{asked} → {there}"] if is_told else []


def _origin(distribution: Distribution) -> str:
    """Where a distribution came from, the same on every machine; empty where it is not known."""
    source = distribution.source
    if source is None:
        # A file of specs flattens what came from elsewhere to a name and a version.
        return "pypi" if distribution.digest or distribution.installer else ""
    if source.repository and not source.repository.startswith("file:"):
        return source.repository
    return "local" if source.url.startswith("file:") else source.url


def _change(kind: ChangeKind, old: _Either | None, new: _Either | None, detail: str = "") -> Change:
    present = [package for package in (old, new) if package]
    subject = present[-1]
    return Change(
        layer="conda" if isinstance(subject, CondaPackage) else "pypi",
        name=subject.name,
        kind=kind,
        before=_side(old, subject.name),
        after=_side(new, subject.name),
        requested=any(bool(package.requested) for package in present),
        detail=detail,
        magnitude=_magnitude(kind, old, new),
    )


def _magnitude(kind: ChangeKind, old: _Either | None, new: _Either | None) -> Magnitude | None:
    if kind == "rebuilt":
        return "build"
    return magnitude(old.version, new.version) if old and new else None


def _of_distribution(distribution: Distribution, change: Change) -> Change:
    """A change of conda's own distribution, while its package stays on record."""
    return replace(change, layer="pypi", name=distribution.name)


def _requested(change: Change, asked: frozenset[str]) -> Change:
    sides = [side for side in (change.before, change.after) if side]
    names = {change.name} if change.layer == "conda" else set()
    if change.kind == "moved":
        names = {side.name or change.name for side in sides}
    return replace(change, requested=True) if names & asked else change


def _side(package: _Either | None, name: str) -> Side | None:
    if package is None:
        return None
    other_name = package.name if package.name != name else None
    if isinstance(package, CondaPackage):
        return Side(
            version=package.version,
            build=package.build or None,
            channel=package.channel or None,
            name=other_name,
        )
    channel = (package.source.repository or package.source.url) if package.source else "pypi"
    return Side(version=package.version, channel=channel, name=other_name)
