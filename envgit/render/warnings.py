"""Warnings as a person reads them: many of one kind in one file are one line, as all of them are in JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from envgit.plan.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.model import Warned

#: Warnings of a kind in one file that are told one by one.
_TOLD = 3
_PLACED = re.compile(
    r"(?P<file>.+?)(?:, line (?P<line>\d+))?: (?P<sentence>(?P<subject>`[^`]+`|\S+) .*)", re.S
)


class _Placed(NamedTuple):
    """A warning of a file: ``subject`` is what its sentence begins with, ``line`` may be empty."""

    file: str
    line: str
    sentence: str
    subject: str


def warning_lines(warnings: Iterable[Warned]) -> list[str]:
    """Return the warnings, in order; where there are many of a kind in one file, the first stands for all."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for warned in warnings:
        placed = _placed(warned.message)
        key = (warned.kind, placed.file) if placed else (warned.kind, "", warned.message)
        groups.setdefault(key, []).append(warned.message)
    return [
        line for alike in groups.values() for line in (alike if len(alike) <= _TOLD else [_folded(alike)])
    ]


def _placed(message: str) -> _Placed | None:
    found = _PLACED.fullmatch(message)
    return _Placed(**{name: text or "" for name, text in found.groupdict().items()}) if found else None


def _folded(messages: list[str]) -> str:
    first, *others = filter(None, map(_placed, messages))
    lines = [placed.line for placed in (first, *others) if placed.line]
    place = f"{first.file}, lines {listed(lines, _TOLD)}" if lines else first.file
    subjects = listed([placed.subject for placed in others], _TOLD)
    return f"{place}: {first.sentence}; and alike {subjects}"
