"""What the doctor found, for a person: an area after the other, with what mends it."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from envgit.render.screen import cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from envgit.doctor import Finding

_STYLES = {"broken": "bold yellow", "warning": "yellow", "note": "cyan"}
_PLURALS = {"broken": "broken", "warning": "warnings", "note": "notes"}
_INDENT = 2
_COLUMN = 10


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
    if finding.command:
        yield Padding(cell(finding.command, "bold"), (0, 0, 0, 2 * _INDENT))


def _verdict(findings: Sequence[Finding]) -> str:
    counts: Counter[str] = Counter(finding.severity for finding in findings)
    told = [
        f"{counts[one]} {one if counts[one] == 1 else many}" for one, many in _PLURALS.items() if counts[one]
    ]
    return ", ".join(told) or "all is well"
