"""Area ``settings``: is every setting known and sound?"""

from __future__ import annotations

import difflib
import shlex
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING

from envgit.doctor.configuration import read_entries
from envgit.doctor.finding import Finding
from envgit.store.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.doctor.configuration import Entry
    from envgit.operations.workspace import Workspace

_finding = partial(Finding, area="settings")
#: Settings whose key is not the name of their field.
_RENAMED = {"mirrors": "mirror"}
_PREFIX = ".prefix"


def known_keys() -> list[str]:
    """The keys that envgit reads, as Git spells them: lower case, without the section."""
    names = (field.name for field in fields(Settings) if field.name != "prefixes")
    return [_RENAMED.get(name, name.replace("_", "")) for name in names]


def settings(workspace: Workspace) -> Iterator[Finding]:
    """Find keys that envgit does not read and values that mean nothing."""
    entries = read_entries(workspace.git)
    for entry in entries:
        if not _is_known(entry.key):
            yield _unknown(entry)
        elif entry.bad is not None:
            yield _finding(severity="broken", message=_sentence(entry), command=_unset(entry))
    yield _finding(severity="well", message=f"{len(entries)} set" if entries else "all as by default")


def _is_known(key: str) -> bool:
    name = key.removeprefix("envgit.")
    return name in known_keys() or (name.endswith(_PREFIX) and name != _PREFIX)


def _unknown(entry: Entry) -> Finding:
    name = entry.key.removeprefix("envgit.")
    environment, dot, _ = name.rpartition(".")
    known = [environment + _PREFIX] if dot else known_keys()
    nearest = difflib.get_close_matches(name, known, n=1)
    meant = f"; is envgit.{nearest[0]} meant?" if nearest else ""
    return _finding(
        severity="warning", message=f"{entry.key} is no setting of envgit{meant}", command=_unset(entry)
    )


def _sentence(entry: Entry) -> str:
    bad = entry.bad
    words = f" ({bad.hint})" if bad and bad.hint else ""
    return f"{bad.message if bad else entry.key}, which means nothing{words}"


def _unset(entry: Entry) -> str:
    """The command that takes an entry away; empty for one that the command line or a variable brought."""
    if entry.scope == "command":
        return ""
    return shlex.join(("git", "config", f"--{entry.scope}", "--unset-all", entry.key))
