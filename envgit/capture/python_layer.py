"""Read the Python layer of a prefix: every distribution, and who owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envgit.capture.content import editable_digest
from envgit.capture.distributions import SUFFIXES, name_of_entry, read_distribution
from envgit.capture.editable import linked_metadata
from envgit.capture.locate import belongs_to_python, site_packages
from envgit.capture.owners import Found, Owners
from envgit.capture.sources import source_of
from envgit.capture.startup import warn_of_unrecorded
from envgit.capture.survey import telling_files
from envgit.capture.texts import recordable
from envgit.model import Distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envgit.capture.conda_layer import Record
    from envgit.capture.prefix import Prefix
    from envgit.model import Source


def read_distributions(
    prefix: Prefix,
    records: Mapping[str, Record],
    *,
    python: str | None,
    repository: str | None,
    canonical: Callable[[str], str],
) -> tuple[Distribution, ...]:
    """Return every distribution of the environment's Python, also those gone behind conda's back, by name.

    Args:
        prefix: what is read.
        records: the conda records by package name, none in a venv.
        python: version of the interpreter; what lies in folders of others is left out, with a warning.
        repository: top of the work tree whose commits are recorded.
        canonical: writes a URL in the form that is recorded.
    """
    owners = Owners(records)
    found = find_distributions(prefix, owners, python=python, canonical=canonical)
    distributions = [_distribution(one, owners, repository) for one in found.values()]
    distributions += _uninstalled(prefix, found, owners)
    _warn_of_code(prefix, distributions)
    listed = [*(record.startup for record in records.values()), *(one.startup for one in found.values())]
    warn_of_unrecorded(prefix, {name for names in listed for name in names}, python=python)
    return tuple(sorted(distributions, key=lambda distribution: distribution.name))


def find_distributions(
    prefix: Prefix, owners: Owners, *, python: str | None, canonical: Callable[[str], str]
) -> dict[str, Found]:
    """Return what the metadata of each distribution says, by name; of two with one name, one is left out."""

    def parse(path: str) -> dict[str, Any]:
        return read_distribution(path, canonical=canonical)

    found: dict[str, Found] = {}
    for path in _metadata_of(prefix, python):
        linked = path.endswith(".egg-link")
        beside = linked_metadata(prefix.path(path)) if linked else telling_files(path)
        reduced = prefix.parsed(path, parse, beside=beside, kind="corrupt-distribution")
        if reduced is not None:
            _add(prefix, Found(path=path, **reduced), found, owners)
    return found


def _metadata_of(prefix: Prefix, python: str | None) -> list[str]:
    """The metadata in the folders of this interpreter, in a fixed order."""
    by_site: dict[str, list[str]] = {}
    for path in sorted(path for path in prefix.facts if path.endswith(SUFFIXES)):
        site, _, entry = path.rpartition("/")
        if entry.startswith("~"):
            prefix.warn("leftover", f"{prefix.path(path)}: left behind by an uninstall that did not finish")
        else:
            by_site.setdefault(site, []).append(path)
    own = {site for site in site_packages(prefix.root) if python and belongs_to_python(site, python)}
    for site in sorted(by_site.keys() - own if own else ()):
        left_out = f"{len(by_site.pop(site))} distributions are left out"
        prefix.warn("stale-site-packages", f"{prefix.path(site)}: not of Python {python}; {left_out}")
    return [path for paths in by_site.values() for path in paths]


def _add(prefix: Prefix, new: Found, found: dict[str, Found], owners: Owners) -> None:
    for problem in new.unusable:
        prefix.warn("unusable-field", problem)
    old = found.get(new.name, new)
    if old is not new:
        both = f"both {old.entry} and {new.entry}"
        prefix.warn("duplicate-distribution", f"{prefix.root}: {new.name} is there twice: {both}")

    def standing(candidate: Found) -> tuple[bool, bool, str]:
        # What was installed over conda's is what Python imports, and what a restore must not lose.
        return candidate.entry not in owners.listed, candidate.record is not None, candidate.entry

    found[new.name] = max(old, new, key=standing)


def _uninstalled(prefix: Prefix, found: Mapping[str, Found], owners: Owners) -> list[Distribution]:
    """What an uninstall by pip took away: it leaves conda's record behind, and nothing else tells of it.

    Metadata that is there and cannot be read is not gone; nor is anything where there is no site-packages.
    """
    there = {path.rpartition("/")[2] for path in prefix.facts if path.endswith(SUFFIXES)}
    gone = {
        e: name_of_entry(e) for e in sorted(owners.listed.keys() - there) if name_of_entry(e) not in found
    }
    if gone:
        listed = ", ".join([*gone][:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
        prefix.warn("missing-distribution", f"{prefix.root}: listed in conda-meta but gone: {listed}")
    if not gone or not site_packages(prefix.root):
        return []
    # A token is known by its underscore, which no normalised name has.
    packages = {name_of_entry(recordable(entry)): owners.listed[entry].package for entry in gone}
    return [
        Distribution(name=name, version="", owner="clobbered", conda_package=package)
        for name, package in packages.items()
    ]


def _warn_of_code(prefix: Prefix, distributions: Sequence[Distribution]) -> None:
    """An editable install is known by its commit; without one nothing says what is run."""
    for distribution in distributions:
        source = distribution.source
        if source and source.editable and source.repository is None and source.commit is None:
            where = f"installed editable from {source.url}, which is at no commit of a Git repository"
            prefix.warn(
                "unrecorded-code", f"{prefix.root}: {distribution.name} is {where}: its code is not recorded"
            )


def _distribution(found: Found, owners: Owners, repository: str | None) -> Distribution:
    owner = owners.owner(found)
    # REQUESTED and direct_url.json of conda's tell of the machine that built the package.
    of_conda = owner == "conda" or found.installer == "conda"
    source = source_of(found.source, repository=repository) if found.source and not of_conda else None
    return Distribution(
        name=found.name,
        version=found.version,
        owner=owner,
        digest=_digest(found, source),
        requested=found.requested and not of_conda,
        installer=found.installer,
        tags=tuple(found.tags),
        depends=tuple(found.depends),
        conda_package=owners.package(found),
        source=source,
    )


def _digest(found: Found, source: Source | None) -> str | None:
    if source is not None and source.editable:
        return editable_digest(source.commit, source.subdirectory)
    return found.digest
