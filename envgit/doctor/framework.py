"""The pre-commit framework, where it runs envgit: its configuration lists the hooks, Git runs its files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.githooks.events import EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIG = ".pre-commit-config.yaml"


def listed_events(top: str) -> tuple[str, ...]:
    """The events for which the project's configuration lists a hook of ours."""
    try:
        text = Path(top, CONFIG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    listed = set(re.findall(r"""^[^#\n]*\bid:\s*["']?envgit-([\w-]+)""", text, re.MULTILINE))
    return tuple(event for event in EVENTS if event in listed)


def runs(folder: Path, event: str) -> bool:
    """Whether the hook file of an event is one that the framework generated for it."""
    hook = folder / event
    return hook.is_file() and f"--hook-type={event}".encode() in hook.read_bytes()


def installing(events: Iterable[str]) -> str:
    """The command that has the framework generate the hook files of these events."""
    return shlex.join(("pre-commit", "install", *(f"--hook-type={event}" for event in events)))
