"""What a benchmark found out, beside the limit it is held to."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One result: ``value`` in ``unit``, at most ``limit`` where there is one; ``seconds`` it is made of."""

    name: str
    value: float
    limit: float | None = None
    unit: str = "×"
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def exceeded(self) -> bool:
        """Whether the value is over its limit."""
        return self.limit is not None and self.value > self.limit


def cost(name: str, seconds: Mapping[str, float], *, limit: float | None = None) -> Figure:
    """What hooks add to a command, in starts of a bare Python: (with − without) ÷ python."""
    added = seconds["with hooks"] - seconds["without"]
    return Figure(name=name, value=added / seconds["bare python"], limit=limit, seconds=seconds)


def table(figures: Sequence[Figure]) -> str:
    """The figures for people: a row each, with the medians that it is made of in milliseconds."""
    rows = [("figure", "value", "limit", "", "medians"), *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    template = "{{:<{}}}  {{:>{}}}  {{:>{}}}  {{:<{}}}  {{}}".format(*widths)
    return "\n".join(template.format(*row).rstrip() for row in rows)


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    medians = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in figure.seconds.items())
    limit = "" if figure.limit is None else _amount(figure.limit, figure.unit)
    return (
        figure.name,
        _amount(figure.value, figure.unit),
        limit,
        "OVER" if figure.exceeded else "",
        medians,
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:,.2f} {unit}" if unit == "×" else f"{value:,.0f} {unit}"


def document(figures: Sequence[Figure], *, rounds: int) -> str:
    """The figures for programs, with what they were measured on."""
    return json.dumps(
        {
            "machine": platform.platform(),
            "python": platform.python_version(),
            "rounds": rounds,
            "figures": [asdict(figure) | {"exceeded": figure.exceeded} for figure in figures],
        },
        indent=2,
        ensure_ascii=False,
    )
