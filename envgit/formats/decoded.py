"""What a reader makes of an environment file, and what of the file it could not keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from envgit.errors import BadFile
from envgit.formats.shown import shown
from envgit.formats.syntax.checked import LONGEST_WORD
from envgit.model import CondaPackage, Distribution, Warned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.model import Environment, Layer

#: Characters of a warning; a line of a stranger's file that it shows may have more.
_LONGEST = 2000

P = TypeVar("P", CondaPackage, Distribution)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """An environment as a file tells it, and what of the file could not be kept.

    ``name`` is None where the file names no environment. Where it does not say them, the platform is
    empty, a package's version is empty (``requested`` or ``requirement`` then holds what is asked
    for) and hashes are None. Kinds of warnings: ``unreadable``, ``duplicate``, ``option``,
    ``not-followed``, ``guessed-name``, ``nameless``, ``local-path``, ``condition``,
    ``unknown-key``, ``category``, ``platform``, ``hashes``, ``secret``, ``contradiction``.
    ``conda_alone`` says that the format has no words for the Python layer, ``keeps_variables`` that it has
    for environment variables.
    """

    name: str | None
    environment: Environment
    warnings: tuple[Warned, ...] = ()
    conda_alone: bool = False
    keeps_variables: bool = False

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers that the file knows of: a list of Python's distributions is read as a venv."""
        if self.conda_alone:
            return ("conda",)
        return ("pypi",) if self.environment.kind == "venv" else ("conda", "pypi")


class Remarks:
    """Collects what is worth saying about one file while it is read."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.warned: list[Warned] = []

    def add(self, kind: str, sentence: str, *, line: int | None = None) -> None:
        """Warn of something in the file, at a line where it is known; what of it is secret is not shown."""
        place = self.where if line is None else f"{self.where}, line {line}"
        said = shown(sentence)
        short = said if len(said) <= _LONGEST else f"{said[:500]} … {said[-500:]}"
        self.warned.append(Warned(kind=kind, message=f"{place}: {short}"))

    def add_all(self, found: Iterable[tuple[str, str]], *, line: int | None = None) -> None:
        """Warn of pairs of kind and sentence; that hashes are lost is said once in a file."""
        for kind, sentence in found:
            if kind != "hashes" or all(w.kind != "hashes" for w in self.warned):
                self.add(kind, sentence, line=line)

    def one_of_each(self, found: Iterable[P]) -> tuple[P, ...]:
        """Return one package for each name, sorted; the last that pins a version counts.

        What is named at a length that no file's name can have is left out, with a warning.
        """
        by_name: dict[str, dict[P, None]] = {}
        for package in found:
            longest = max(_names(package), key=len)
            if len(longest) > LONGEST_WORD:
                self.add("unreadable", f"{longest[:80]} … has {len(longest):,} characters, as no package")
                continue
            by_name.setdefault(package.name, {})[package] = None
        for name, same in by_name.items():
            if len(same) > 1:
                listed = ", ".join(map(_words, same))
                self.add("duplicate", f"{name} is listed {len(same)} times: {listed}")
        return tuple(_united(list(by_name[name])) for name in sorted(by_name))

    def refuse_if_mostly_unreadable(self, *, read: int, expected: str) -> None:
        """Say that a file is something else when its lines are.

        Raises:
            BadFile: more lines were unreadable than were `read`; the message shows the first.
        """
        unreadable = [w.message for w in self.warned if w.kind == "unreadable"]
        if len(unreadable) > read:
            first = unreadable[0].removeprefix(self.where).lstrip(", :")
            share = f"{len(unreadable)} of {len(unreadable) + read} lines"
            raise BadFile(
                f"{self.where}: not {expected}: {share} cannot be read as one; first {first}",
                hint="Name an environment.yml, an @EXPLICIT lock or a requirements file.",
            )


def _names(package: CondaPackage | Distribution) -> tuple[str, ...]:
    """What becomes part of names of files."""
    if isinstance(package, CondaPackage):
        return package.name, package.version, package.build, package.subdir
    return package.name, package.version


def _words(package: CondaPackage | Distribution) -> str:
    """What a file says of a package, for a person to find it there."""
    if isinstance(package, CondaPackage):
        build = f"={package.build}" if package.build else ""
        return " ".join(package.requested) or f"{package.name}={package.version}{build}"
    source = f" @ {package.source.url}" if package.source else ""
    return package.requirement or (package.name + (source or f"=={package.version}"))


def _united(same: list[P]) -> P:
    counts = [package for package in same if package.version][-1:] or same[-1:]
    if isinstance(counts[0], CondaPackage) and not counts[0].version:
        return replace(counts[0], requested=tuple(spec for p in same for spec in p.requested))
    return counts[0]
