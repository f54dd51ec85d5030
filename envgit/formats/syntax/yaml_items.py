"""On which line of a YAML file an item of a list stands."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property


class ItemLines:
    """Finds items that have a line of their own, by what it says; looks nothing up until one is asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def line(self, item: str) -> int | None:
        """Return the number of the one line that holds nothing but this item, or None."""
        found = self._lines.get(item.strip(), [])
        return found[0] if len(found) == 1 else None

    @cached_property
    def _lines(self) -> dict[str, list[int]]:
        lines: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(self._text.split("\n"), 1):
            written = line.strip()
            if written.startswith("- "):
                lines[_value(written[2:].strip())].append(number)
        return lines


def _value(written: str) -> str:
    """A scalar as YAML reads it, in the styles that people use for a spec."""
    if written[:1] in ("'", '"'):
        return written[1:].partition(written[0])[0]
    return re.split(r"\s#", written, maxsplit=1)[0].rstrip()
