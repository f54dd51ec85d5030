"""Every ``envgit.*`` entry of Git's configuration, with where it stands."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.store.settings import BadSetting, Settings, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.store.git import Git


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry; ``scope`` is Git's: ``system``, ``global``, ``local``, ``worktree`` or ``command``."""

    scope: str
    key: str
    value: str

    @property
    def bad(self) -> BadSetting | None:
        """Why the value means nothing, None when it means something."""
        try:
            settings_of([(self.key, self.value)])
        except BadSetting as bad:
            return bad
        return None


def read_entries(git: Git) -> list[Entry]:
    """All entries in the order in which Git reads them."""
    listing = ("--null", "--show-scope", "--get-regexp", r"^envgit\.")
    fields = os.fsdecode(git.run("config", *listing, accept=(0, 1))).split("\0")
    entries = []
    for scope, pair in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = pair.partition("\n")
        entries.append(Entry(scope=scope, key=key, value=value))
    return entries


def usable(entries: Iterable[Entry]) -> Settings:
    """The settings, with defaults for those whose values mean nothing."""
    return settings_of((entry.key, entry.value) for entry in entries if entry.bad is None)
