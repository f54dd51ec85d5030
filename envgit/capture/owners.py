"""Tell whose a Python distribution is: conda's, an installer's of wheels, both or nobody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from envgit.capture.distributions import name_of_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.capture.conda_layer import Record
    from envgit.model import Owner


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A distribution as ``read_distribution`` reduced it, and the path of its metadata in the prefix."""

    path: str
    name: str
    version: str
    digest: str | None
    requested: bool
    installer: str | None
    tags: list[str]
    depends: list[str]
    source: dict[str, Any] | None
    record: str | None
    installed: bool
    startup: list[str]
    unusable: list[str]

    @property
    def entry(self) -> str:
        """The name of its metadata, such as ``six-1.16.0.dist-info``."""
        return self.path.rpartition("/")[2]


class Listed(NamedTuple):
    """The metadata of a distribution as conda installed it: its package, and the SHA-256 of its RECORD."""

    package: str
    record: str | None


class Owners:
    """Tells whose a distribution is, by what the conda records list."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        """Index the metadata that conda packages brought."""
        self.listed = {
            entry: Listed(package, record)
            for package, of_package in records.items()
            for entry, record in of_package.metadata.items()
        }
        self._packages = {name_of_entry(entry): listed.package for entry, listed in self.listed.items()}

    def package(self, found: Found) -> str | None:
        """The conda package that brought this distribution, in this version or another."""
        listed = self.listed.get(found.entry)
        return listed.package if listed else self._packages.get(found.name)

    def owner(self, found: Found) -> Owner:
        """The verdict: ``clobbered`` when conda brought it and something else stands in its place."""
        listed = self.listed.get(found.entry)
        if listed:
            altered = listed.record and found.record and listed.record != found.record
            return "clobbered" if altered else "conda"
        if found.name in self._packages:
            return "clobbered"
        # What says that it is conda's, with no conda record left, is nothing that an index would give again.
        return "pypi" if found.installed and found.installer != "conda" else "orphan"
