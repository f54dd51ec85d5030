"""A prefix while it is being read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from envgit.capture.reading import read_if_there
from envgit.capture.survey import ABSENT, take_survey
from envgit.capture.texts import recordable
from envgit.errors import BadFile
from envgit.model import Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from envgit.capture.cache import Cache
    from envgit.capture.survey import Facts


class Prefix:
    """The files of one prefix, what is remembered of them, and what could not be used.

    Paths are relative to the prefix with ``/`` unless they are absolute.
    """

    def __init__(self, root: str, cache: Cache, *, survey: Mapping[str, Facts] | None = None) -> None:
        """Survey the prefix at ``root``, unless somebody just did."""
        self.root = root
        self.facts: dict[str, Facts] = {}
        self.warned: list[Warned] = []
        self._cache = cache
        for path, facts in (survey or take_survey(root)).items():
            if facts[0] < 0:
                self.warn("unreadable", f"{self.path(path)}: {os.strerror(facts[1])}")
            else:
                self.facts[path] = facts

    def path(self, path: str) -> str:
        """The absolute path of a file of the prefix."""
        return os.path.join(self.root, path)

    def records(self) -> list[str]:
        """The paths of the records of ``conda-meta``, sorted."""
        return sorted(p for p in self.facts if p.startswith("conda-meta/") and p.endswith(".json"))

    def warn(self, kind: str, message: str) -> None:
        """Say that something cannot be used."""
        self.warned.append(Warned(kind=kind, message=recordable(message)))

    def parsed(
        self, path: str, parse: Callable[[str], Any], *, kind: str, beside: Sequence[str] = ()
    ) -> Any | None:
        """Return the JSON value that ``parse`` makes of a file, or made of it when it had the same facts.

        When it raises BadFile or OSError, the answer is None and a warning of this ``kind``.

        Args:
            path: of the file or folder.
            parse: is called with the absolute path.
            kind: of the warning.
            beside: other files whose facts tell whether the value changed.
        """
        facts = [number for file in (path, *beside) for number in self._facts_of(file)]
        full = self.path(path)
        try:
            return self._cache.recall(path, facts, lambda: parse(full))
        except BadFile as error:
            self.warn(kind, error.message)
        except OSError as error:
            self.warn(kind, f"{full}: {error.strerror}")
        return None

    def text(self, path: str) -> str | None:
        """Return the text of a small file, None without one; unreadable ones are warned of."""
        full = self.path(path)
        try:
            content = read_if_there(full)
        except OSError as error:
            self.warn("unreadable", f"{full}: {error.strerror}")
            return None
        return None if content is None else content.decode("utf-8-sig", "replace")

    def _facts_of(self, path: str) -> Facts:
        """The facts of a file inside the prefix, as surveyed, or outside of it."""
        if not os.path.isabs(path):
            return self.facts.get(path, ABSENT)
        try:
            status = os.stat(path)
        except OSError:
            return ABSENT
        return status.st_size, status.st_mtime_ns
