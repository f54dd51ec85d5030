"""Area ``settings``: is every setting known and sound?"""

from __future__ import annotations

import difflib
import os
import shlex
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.store.settings import BadSetting, Settings, may_restore, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_finding = partial(Finding, area="settings")
#: Settings whose key is not the name of their field.
_RENAMED = {"mirrors": "mirror", "archives": "archive"}
_PREFIX = ".prefix"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """One entry; ``scope`` is Git's: ``system``, ``global``, ``local``, ``worktree`` or ``command``."""

    scope: str
    key: str
    value: str


def known_keys() -> list[str]:
    """The keys that envgit reads, as Git spells them: lower case, without the section."""
    names = (field.name for field in fields(Settings) if field.name != "prefixes")
    return [_RENAMED.get(name, name.replace("_", "")) for name in names]


def settings(workspace: Workspace) -> Iterator[Finding]:
    """Find keys that are not read, values that mean nothing, and what has no force where it stands."""
    entries = _entries(workspace.git)
    for entry in entries:
        if not _is_known(entry.key):
            yield _unknown(entry)
            continue
        try:
            settings_of([(entry.key, entry.value)])
        except BadSetting as bad:
            words = f"{bad.message}, which means nothing ({bad.hint})"
            yield _finding(severity="broken", message=words, command=_unset(entry))
    if workspace.settings.restore and not may_restore(workspace.git):
        yield _finding(
            severity="warning",
            message="envgit.restore has no force where it is set: only this clone's own configuration counts",
            command="git config --local envgit.restore true",
        )
    yield _finding(severity="well", message=f"{len(entries)} set" if entries else "all as by default")


def _entries(git: Git) -> list[_Entry]:
    listing = ("--null", "--show-scope", "--get-regexp", r"^envgit\.")
    words = os.fsdecode(git.run("config", *listing, accept=(0, 1))).split("\0")
    pairs = ((scope, pair.partition("\n")) for scope, pair in zip(words[::2], words[1::2], strict=False))
    return [_Entry(scope=scope, key=key, value=value) for scope, (key, _, value) in pairs]


def _is_known(key: str) -> bool:
    name = key.removeprefix("envgit.")
    return name in known_keys() or (name.endswith(_PREFIX) and name != _PREFIX)


def _unknown(entry: _Entry) -> Finding:
    name = entry.key.removeprefix("envgit.")
    environment, dot, _ = name.rpartition(".")
    known = [environment + _PREFIX] if dot else known_keys()
    nearest = difflib.get_close_matches(name, known, n=1)
    meant = f"; is envgit.{nearest[0]} meant?" if nearest else ""
    return _finding(
        severity="warning", message=f"{entry.key} is no setting of envgit{meant}", command=_unset(entry)
    )


def _unset(entry: _Entry) -> str:
    """The command that takes an entry away; empty for one that the command line or a variable brought."""
    if entry.scope == "command":
        return ""
    return shlex.join(("git", "config", f"--{entry.scope}", "--unset-all", entry.key))
