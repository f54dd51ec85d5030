"""What a restore will do, and what speaks against it, before anything is touched."""

from __future__ import annotations

from envgit.plan.changes import Changes, changes_of
from envgit.plan.host import lesser
from envgit.plan.phrases import of_size
from envgit.plan.room import Room
from envgit.plan.steps import downloads_of, plan, unsized
from envgit.plan.supply import UV_CACHE, Supply
from envgit.plan.wishes import is_solved, leaves_unsaid, lists_wishes, named_channels

__all__ = [
    "UV_CACHE",
    "Changes",
    "Room",
    "Supply",
    "changes_of",
    "downloads_of",
    "is_solved",
    "leaves_unsaid",
    "lesser",
    "lists_wishes",
    "named_channels",
    "of_size",
    "plan",
    "unsized",
]
