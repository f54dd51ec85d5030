"""What a restore will do, and what speaks against it, before anything is touched."""

from __future__ import annotations

from envgit.plan.changes import Changes, changes_of
from envgit.plan.steps import plan

__all__ = ["Changes", "changes_of", "plan"]
