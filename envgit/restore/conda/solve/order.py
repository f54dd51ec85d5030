"""What the solver is told; values that go to its process as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A package that is to be there: of this version, and this build of it, if that can be.

    ``asked`` for in itself, rather than a dependency that others may do without. Where only ``specs`` are
    known, the version is empty, and these hold.
    """

    name: str
    version: str
    build: str = ""
    asked: bool = False
    specs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SolveOrder:
    """Fulfil wishes on a platform.

    ``channels`` are URLs by which each channel may be read, best first. ``given`` are packages that are to
    stay, as they were recorded, and ``lost`` the names of files that cannot be had. ``virtual_packages`` are
    conda's, each as ``__name=version=build``.
    """

    wishes: tuple[Wish, ...]
    channels: tuple[tuple[str, ...], ...]
    platform: str
    virtual_packages: tuple[str, ...]
    strict: bool
    cache: str
    given: tuple[dict[str, Any], ...] = ()
    lost: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> SolveOrder:
        """The order that :meth:`to_json` wrote."""
        wishes = tuple(Wish(**wish) for wish in values.pop("wishes"))
        return cls(wishes=wishes, **values)
