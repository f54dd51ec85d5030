"""Take values out of parsed JSON and YAML; every complaint names the file and the place in it."""

from __future__ import annotations

import json
import re
from typing import Any

from envgit.errors import BadFile

#: Characters that file systems allow in the name of a file.
LONGEST_WORD = 255

_FLAGS = {"true": True, "false": False}


class Place:
    """A value in a parsed document, and where it stands.

    A manifest holds thousands of them and as a rule no mistake: a path is put together when asked for.
    """

    __slots__ = ("_key", "_outer", "value")

    #: What to do about a document that is not as it should be.
    hint = ""

    def __init__(self, value: Any, outer: Place | str, key: str | int = "") -> None:
        """Remember a value: the member ``key`` of an ``outer`` place, or all of the document called so."""
        self.value = value
        self._outer = outer
        self._key = key

    @property
    def where(self) -> str:
        """What the document is called."""
        return self._outer if isinstance(self._outer, str) else self._outer.where

    @property
    def path(self) -> str:
        """The place within the document, such as ``identity.conda[3].name``."""
        if isinstance(self._outer, str):
            return ""
        outer = self._outer.path
        if isinstance(self._key, int):
            return f"{outer}[{self._key}]"
        return f"{outer}.{self._key}" if outer else self._key

    def _expected(self, wanted: str) -> BadFile:
        place = self.path or "the top"
        found = "nothing" if self.value is None else type(self.value).__name__
        return BadFile(f"{self.where}: expected {wanted} at {place}, found {found}", hint=self.hint)

    def get(self, key: str, default: object = None) -> Place:
        """The member ``key`` of an object, or ``default`` in its place."""
        return type(self)(self.members().get(key, default), self, key)

    def members(self) -> dict[str, Any]:
        """The value as an object."""
        if not isinstance(self.value, dict):
            raise self._expected("an object")
        return self.value

    def items(self) -> list[Place]:
        """The value as a list, each item with its place."""
        if not isinstance(self.value, list):
            raise self._expected("a list")
        return [type(self)(item, self, i) for i, item in enumerate(self.value)]

    def text(self) -> str:
        """The value as a string."""
        if not isinstance(self.value, str):
            raise self._expected("a string")
        return self.value

    def word(self) -> str:
        """The value as a string that can be part of a file's name, which file systems limit."""
        if len(self.text()) > LONGEST_WORD:
            raise BadFile(f"{self.where}: {self.path} has {len(self.text())} characters")
        return self.text()

    def texts(self) -> tuple[str, ...]:
        """The value as a tuple of strings."""
        return tuple(self.value) if _all_text(self.value) else tuple(item.text() for item in self.items())

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


class WrittenPlace(Place):
    """A value in a lock file, whose scalars are the text that was written, as those of YAML are."""

    __slots__ = ()

    hint = "Have the tool that locks the environment write the file again: a template, say, is no lock yet."

    def number(self) -> int:
        """The value as a natural number that fits into 63 bits."""
        if isinstance(self.value, str) and re.fullmatch("-?[0-9]{1,40}", self.value):
            return Place(int(self.value), self._outer, self._key).number()
        return super().number()

    def flag(self) -> bool:
        """The value as true or false."""
        if isinstance(self.value, str) and self.value.lower() in _FLAGS:
            return _FLAGS[self.value.lower()]
        return super().flag()


def _all_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def parse_json(content: bytes, *, where: str) -> Place:
    """Parse a JSON document.

    Raises:
        BadFile: it is truncated, no JSON, or nested beyond reason.
    """
    try:
        return Place(json.loads(content), where)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{where}: not a whole JSON document ({error})") from error
