"""What a person reads of a restore: what came of it, and whether a prefix is as recorded."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from envgit.grading import is_package
from envgit.model import GRADES
from envgit.plan.phrases import listed
from envgit.render.phrases import LAYER_NAMES, SHORT_ID, endpoint_of
from envgit.render.screen import cell, columns
from envgit.render.text import drift_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from envgit.model import FileCheck, Graded
    from envgit.operations.checkout import Restored
    from envgit.operations.verify import Verified
    from envgit.store.signatures import Signature

#: So few files that are neither right nor wrong are named.
_FEW = 3
#: Names of files that are told before the rest is counted.
_FILES_TOLD = 20
#: Packages of the same reason that have a row each.
_PACKAGES_TOLD = 3
#: Where a file names versions alone, this is the reason for each of its packages (see `grading`).
_CHOSEN_BUILD = r"^build \S+ was chosen"


def restored_view(restored: Restored) -> RenderableType:
    """What came of a checkout: the place, the grade, and why a package is less than exact."""
    packages = [one for one in restored.packages if is_package(one)]
    others = [one for one in restored.packages if one.grade != "exact" and not is_package(one)]
    grades = Counter(package.grade for package in packages)
    counts = ", ".join(f"{grades[grade]} {grade}" for grade in GRADES if grades[grade])
    verb = "stands already in" if restored.reused else "restored to"
    heading = f"{restored.snapshot[:SHORT_ID]} {verb} {restored.prefix} ({restored.seconds:.1f} s)"
    table = columns("grade", "package", "layer", "why")
    for row in _inexact(packages):
        table.add_row(*map(cell, row))
    inexact: list[RenderableType] = [Text(), table, Text()] if table.rows else []
    return Group(
        cell(heading),
        Text.assemble("grade: ", (restored.grade, "bold"), f" ({counts})" if counts else ""),
        *inexact,
        *_listed("", tuple(f"{one.grade}: {one.name}: {one.reason}" for one in others)),
        *_listed("caution: ", restored.cautions),
    )


def _inexact(packages: Iterable[Graded]) -> Iterator[tuple[str, str, str, str]]:
    """Why packages are less than exact: one by one, but one row for many of which the same is to be said."""
    alike: dict[tuple[str, str, str], list[Graded]] = {}
    for package in packages:
        if package.grade != "exact":
            why = re.sub(_CHOSEN_BUILD, "builds were chosen", package.reason)
            alike.setdefault((package.grade, LAYER_NAMES[package.layer], why), []).append(package)
    for (grade, layer, why), group in alike.items():
        if len(group) > _PACKAGES_TOLD:
            yield grade, listed([package.name for package in group], 1), layer, why
        else:
            yield from ((grade, package.name, layer, package.reason) for package in group)


def verified_view(verified: Verified) -> RenderableType:
    """Whether a prefix equals a snapshot, and all that differs."""
    parts: list[RenderableType] = [cell(_verdict(verified), "bold")]
    if verified.origin:
        proven = verified.origin.grade or "not proven yet"
        source = f"{verified.origin.snapshot[:SHORT_ID]} ({proven})"
        parts += [cell(f"restored from {source} at {verified.origin.time}")]
    if verified.signature:
        parts += [_signature(verified.signature)]
    if verified.drift:
        parts += [Text(), drift_part(verified.drift)]
    parts += _listed("other code: ", tuple(f"{one.name}: {one.reason}" for one in verified.strayed))
    if verified.files:
        parts += [Text(), *_files(verified.files)]
    return Group(*parts)


def _verdict(verified: Verified) -> str:
    wanted = endpoint_of(verified.revision)
    if verified.identical:
        return f"{verified.prefix} is the same as {wanted}"
    if verified.agrees:
        return (
            f"{verified.prefix} has all that {wanted} tells, which is too little to say that it is the same"
        )
    return f"{verified.prefix} is not the same as {wanted}"


def _signature(signature: Signature) -> RenderableType:
    why = f" ({signature.words})" if signature.words else ""
    style = {"good": "green", "bad": "bold red", "unknown": "yellow"}[signature.verdict]
    return cell(f"signature of env/{signature.baseline}: {signature.verdict}{why}", style)


def _files(files: FileCheck) -> Iterator[RenderableType]:
    for what, paths in (("altered", files.altered), ("missing", files.missing)):
        yield from _listed(f"{what}: ", paths[:_FILES_TOLD])
        if len(paths) > _FILES_TOLD:
            yield Text(f"{what}: {len(paths) - _FILES_TOLD} more")
    lines = f"{len(files.altered)} altered, {len(files.missing)} missing"
    others = f"{_counted(files.unverifiable, 'unverifiable')}, {_counted(files.unknown, 'unknown')}"
    yield cell(f"{files.checked} files checked, {lines}, {others}")


def _counted(paths: tuple[str, ...], kind: str) -> str:
    """How many files, and which where they are few enough to be looked for."""
    return f"{len(paths)} {kind}" + (f" ({', '.join(paths)})" if 0 < len(paths) <= _FEW else "")


def _listed(label: str, values: tuple[str, ...]) -> Iterator[RenderableType]:
    return (cell(label + value) for value in values)
