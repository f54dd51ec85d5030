"""How faithful a restored environment is: what was wanted against what was captured afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.model import GRADES, Graded
from envgit.versions import is_asked_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.model import CondaPackage, Distribution, Environment, Grade, Layer, Variable


#: What is graded beside packages: see `_other`.
_OTHER = re.compile(r"environment|system-site-packages|variable .*", re.DOTALL)


def grade(wanted: Environment, got: Environment, notes: Iterable[Graded] = ()) -> tuple[Graded, ...]:
    """Grade every package of a restored environment.

    All are ``exact`` only if both environments have the same identity. Identity goes by what RECORD says;
    that the files are as RECORD says is checked where they are installed.

    Args:
        wanted: the snapshot's environment.
        got: what a capture of the restored prefix found.
        notes: what the restore itself has to say of single packages; a note never raises a grade.

    Returns:
        The conda packages, the Python layer, then what is no package, each sorted by name.
    """
    noted: dict[tuple[Layer, str], list[Graded]] = {}
    for note in notes:
        noted.setdefault((note.layer, note.name), []).append(note)
    graded = [*_conda(wanted, got), *_pypi(wanted, got), *_other(wanted, got)]
    known = {(one.layer, one.name) for one in graded}
    together = [_with_notes(one, noted.get((one.layer, one.name), [])) for one in graded]
    return (*together, *(note for key, found in noted.items() if key not in known for note in found))


def is_package(graded: Graded) -> bool:
    """Whether this is the grade of a package, and not of what else belongs to an environment."""
    return bool(graded.source) or not _OTHER.fullmatch(graded.name)


def worst(graded: Iterable[Graded]) -> Grade:
    """The grade of a whole: that of its least faithful part."""
    return max((one.grade for one in graded), key=GRADES.index, default="exact")


def _with_notes(graded: Graded, notes: list[Graded]) -> Graded:
    """Let the restore's own reasons come first: they say why, a comparison only says what."""
    if not notes:
        return graded
    reasons = [note.reason for note in notes] or [graded.reason]
    return Graded(
        layer=graded.layer,
        name=graded.name,
        grade=worst([graded, *notes]),
        source=notes[0].source or graded.source,
        reason="; ".join(reason for reason in dict.fromkeys(reasons) if reason) or graded.reason,
        details="\n".join(filter(None, (note.details for note in notes))),
    )


def _conda(wanted: Environment, got: Environment) -> Iterator[Graded]:
    there = {package.name: package for package in got.conda}
    for package in wanted.conda:
        grade, reason = _compare_conda(package, there.pop(package.name, None))
        source = package.url or package.channel
        yield Graded(layer="conda", name=package.name, grade=grade, source=source, reason=reason)
    for name in there:
        yield _extra("conda", name)


def _compare_conda(wanted: CondaPackage, got: CondaPackage | None) -> tuple[Grade, str]:
    if got is None:
        return "missing", "not in the restored environment"
    if not wanted.version:
        return "substituted", f"{got.version} was chosen for {' and '.join(wanted.requested) or wanted.name}"
    if got.version != wanted.version:
        return "substituted", f"version {got.version} stands in for {wanted.version}"
    return _compare_build(wanted, got)


def _compare_build(wanted: CondaPackage, got: CondaPackage) -> tuple[Grade, str]:
    if not wanted.build:
        return "rebuilt", f"build {got.subdir}/{got.build} was chosen: none was recorded"
    if (got.build, got.subdir) != (wanted.build, wanted.subdir or got.subdir):
        return "rebuilt", f"build {got.subdir}/{got.build} stands in for {wanted.subdir}/{wanted.build}"
    if not _same_file(wanted, got):
        known = wanted.sha256 or wanted.md5
        return "rebuilt", "its package file has another hash" if known else "no hash was recorded of its file"
    return "exact", ""


def _same_file(wanted: CondaPackage, got: CondaPackage) -> bool:
    """Whether the better hash of those recorded is the same; where none is, none may be known now."""
    if wanted.sha256 or not wanted.md5:
        return (got.sha256 or (got.md5 if not wanted.sha256 else None)) == wanted.sha256
    return got.md5 == wanted.md5


def _pypi(wanted: Environment, got: Environment) -> Iterator[Graded]:
    there = {distribution.name: distribution for distribution in got.distributions}
    layer = {distribution.name: distribution for distribution in got.pypi}
    for distribution in wanted.pypi:
        grade, reason = _compare_pypi(distribution, there.get(distribution.name), python=got.python)
        layer.pop(distribution.name, None)
        source = distribution.source.url if distribution.source else "index"
        yield Graded(layer="pypi", name=distribution.name, grade=grade, source=source, reason=reason)
    for name, distribution in sorted(layer.items()):
        if distribution.uninstalled:
            reason = f"conda's {name} was there, and is not"
            yield Graded(layer="pypi", name=name, grade="missing", source="", reason=reason)
        else:
            yield _extra("pypi", name)


def _compare_pypi(wanted: Distribution, got: Distribution | None, *, python: str | None) -> tuple[Grade, str]:
    if wanted.uninstalled:
        gone = got is None or got.uninstalled
        return ("exact", "") if gone else ("substituted", f"conda's {wanted.name} is there, and was not")
    if got is None and not is_asked_for(wanted.requirement, python):
        return "exact", f"not wanted here: {wanted.requirement}"
    if got is None or got.uninstalled:
        return "missing", "not in the restored environment"
    return _compare_installed(wanted, got) if wanted.version else _compare_wish(wanted, got)


def _compare_installed(wanted: Distribution, got: Distribution) -> tuple[Grade, str]:
    if got.version != wanted.version:
        return "substituted", f"version {got.version} stands in for {wanted.version}"
    if got.owner == "conda":
        return "substituted", "what conda brought stands in for it"
    return _compare_contents(wanted, got)


def _compare_contents(wanted: Distribution, got: Distribution) -> tuple[Grade, str]:
    if wanted.digest:
        same = got.digest == wanted.digest
        return ("exact", "") if same else ("rebuilt", "its files have other contents")
    if wanted.file or (wanted.source and wanted.source.sha256):
        return "exact", "its contents were not recorded, but the hash of its file"
    if got.digest:
        return "rebuilt", "its contents were not recorded"
    return "exact", "no RECORD: its files cannot be compared"


def _compare_wish(wanted: Distribution, got: Distribution) -> tuple[Grade, str]:
    """A distribution that a file names without its version, by what was asked for or by its place."""
    asked, here = wanted.source, got.source
    if asked and asked.commit and here and here.commit == asked.commit:
        return "exact", ""
    place = asked.url if asked else wanted.name
    return "substituted", f"{got.version} was chosen for {wanted.requirement or place}"


def _other(wanted: Environment, got: Environment) -> Iterator[Graded]:
    """What belongs to an environment's identity and is no package."""
    if wanted.kind == "venv" and wanted.python != got.python:
        stands_in = f"version {got.python} stands in for {wanted.python}"
        reason = stands_in if wanted.python else f"{got.python} was chosen: none was recorded"
        yield Graded(layer="pypi", name="python", grade="substituted", source="", reason=reason)
    if wanted.kind == "venv" and wanted.system_site_packages != got.system_site_packages:
        seen = "are seen, and were not" if got.system_site_packages else "are not seen, and were"
        reason = f"the packages of the interpreter it was made with {seen}"
        yield Graded(layer="pypi", name="system-site-packages", grade="substituted", source="", reason=reason)
    if (wanted.kind, wanted.platform or got.platform) != (got.kind, got.platform):
        reason = f"{got.kind} on {got.platform} stands in for {wanted.kind} on {wanted.platform}"
        # Packages have grades of their own: of the same ones it is another build.
        yield Graded(layer="conda", name="environment", grade="rebuilt", source="", reason=reason)
    names = {variable.name for variable in got.variables}
    for variable in wanted.variables:
        if variable.name not in names:
            yield missing_variable(variable, "not set in the restored environment")
    for name in sorted(names - {variable.name for variable in wanted.variables}):
        yield _extra("conda", f"variable {name}")


def missing_variable(variable: Variable, reason: str) -> Graded:
    """Say that a variable of the environment did not come back."""
    return Graded(layer="conda", name=f"variable {variable.name}", grade="missing", source="", reason=reason)


def _extra(layer: Layer, name: str) -> Graded:
    return Graded(layer=layer, name=name, grade="substituted", source="", reason="not part of the snapshot")
