"""Take values out of parsed JSON; every complaint names the file and the place in it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from envgit.errors import BadFile


class Place(NamedTuple):
    """A value in a parsed document and how to say where it stands: ``identity.conda[3].name``."""

    where: str
    path: str
    value: Any

    def _expected(self, wanted: str) -> BadFile:
        place = self.path or "the top"
        return BadFile(f"{self.where}: expected {wanted} at {place}, found {type(self.value).__name__}")

    def get(self, key: str, default: object = None) -> Place:
        """The member ``key`` of an object, or ``default`` in its place."""
        path = f"{self.path}.{key}" if self.path else key
        return Place(self.where, path, self.members().get(key, default))

    def members(self) -> dict[str, Any]:
        """The value as an object."""
        if not isinstance(self.value, dict):
            raise self._expected("an object")
        return self.value

    def items(self) -> list[Place]:
        """The value as a list, each item with its place."""
        if not isinstance(self.value, list):
            raise self._expected("a list")
        return [Place(self.where, f"{self.path}[{i}]", item) for i, item in enumerate(self.value)]

    def text(self) -> str:
        """The value as a string."""
        if not isinstance(self.value, str):
            raise self._expected("a string")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """The value as a tuple of strings."""
        return tuple(item.text() for item in self.items())

    def optional_text(self) -> str | None:
        """The value as a string, or None."""
        return None if self.value is None else self.text()

    def number(self) -> int:
        """The value as a natural number that fits into 63 bits."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self._expected("a whole number")
        if not 0 <= self.value < 2**63:
            raise BadFile(f"{self.where}: {self.value} at {self.path} is out of range")
        return self.value

    def optional_number(self) -> int | None:
        """The value as a whole number, or None."""
        return None if self.value is None else self.number()

    def flag(self) -> bool:
        """The value as true or false."""
        if not isinstance(self.value, bool):
            raise self._expected("true or false")
        return self.value

    def choice(self, choices: tuple[Any, ...]) -> Any:
        """The value if it is one of ``choices``."""
        if self.value not in choices:
            listed = ", ".join(str(choice) for choice in choices)
            raise BadFile(f"{self.where}: {self.value!r} at {self.path} is none of: {listed}")
        return self.value


def parse_json(content: bytes, *, where: str) -> Place:
    """Parse a JSON document.

    Raises:
        BadFile: it is truncated, no JSON, or nested beyond reason.
    """
    try:
        return Place(where, "", json.loads(content))
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{where}: not a whole JSON document ({error})") from error
