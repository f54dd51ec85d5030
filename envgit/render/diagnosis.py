"""What the doctor found, for a person: an area after the other, with what mends it."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from envgit.render.screen import cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType

    from envgit.doctor import Finding

_STYLES = {"broken": "bold yellow", "warning": "yellow", "note": "cyan"}
_PLURALS = {"broken": "broken", "warning": "warnings", "note": "notes"}
_INDENT = 2
_COLUMN = 10
#: A word of a command with what is quoted in it, and what goes between two lines of one command.
_WORD, _FOLD = r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""", " \\"


def diagnosis_view(findings: Sequence[Finding]) -> RenderableType:
    """A line for what is in order in each area, then what is not, each with its command."""
    return Group(*_areas(findings), Text(), Text(_verdict(findings)))


def _areas(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    for area, found in groupby(findings, key=lambda finding: finding.area):
        several = list(found)
        well = "; ".join(finding.message for finding in several if finding.severity == "well")
        yield Text.assemble((f"{area:{_COLUMN}}", "bold"), cell(well), overflow="fold")
        for finding in several:
            if finding.severity != "well":
                yield from _ailment(finding)


def _ailment(finding: Finding) -> Iterator[RenderableType]:
    said = Text.assemble((f"{finding.severity}: ", _STYLES[finding.severity]), cell(finding.message))
    yield Padding(said, (0, 0, 0, _INDENT))
    if finding.command and finding.command.isprintable():
        yield _Command(finding.command)


class _Command:
    """A command that can be pasted though it is folded, between words and without padding.

    One that a terminal cannot show as it is could not be: the words of the finding have to do.
    """

    def __init__(self, command: str) -> None:
        self._words = re.findall(_WORD, command)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        lines: list[str] = []
        for word in self._words:
            if lines and len(lines[-1]) + 1 + len(word) + len(_FOLD) <= options.max_width:
                lines[-1] += f" {word}"
            else:
                lines.append(2 * _INDENT * " " + word)
        yield Text(f"{_FOLD}\n".join(lines), style="bold", overflow="fold")


def _verdict(findings: Sequence[Finding]) -> str:
    counts: Counter[str] = Counter(finding.severity for finding in findings)
    told = [
        f"{counts[one]} {one if counts[one] == 1 else many}" for one, many in _PLURALS.items() if counts[one]
    ]
    return ", ".join(told) or "all is well"
