"""Compare two environments: the ordered list of what changed between them, and a line that says it.

Packages need no more than an ordered merge (:mod:`envgit.drift.packages`); all else that an
environment consists of is compared structurally (:mod:`envgit.drift.settings`). What may change numbers
is told once more on its own (:mod:`envgit.drift.switches`).

A fact that one side does not know (the build of a loose spec, the digest of a distribution without
RECORD, the value of a variable) never counts as a difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.drift.packages import CONDA_SHOWS_AGAIN, OVER_CONDA, package_changes
from envgit.drift.policy import POLICIES, breaches
from envgit.drift.requests import traced
from envgit.drift.sentences import printable
from envgit.drift.settings import differences
from envgit.drift.summary import summarise, summarise_between, summarise_environment
from envgit.drift.switches import switches
from envgit.model import Drift

if TYPE_CHECKING:
    from envgit.model import Environment, Host

__all__ = [
    "CONDA_SHOWS_AGAIN",
    "OVER_CONDA",
    "POLICIES",
    "breaches",
    "drift",
    "printable",
    "summarise",
    "summarise_between",
    "summarise_environment",
]


def drift(before: Environment, after: Environment, *, hosts: tuple[Host, Host] | None = None) -> Drift:
    """Say what changed from one environment to another, conda layer first, by name.

    Applying the changes to the packages of ``before`` gives those of ``after``. The facts of the
    machines are compared when ``hosts`` (before, after) are given.
    """
    return Drift(
        changes=traced(before, after, package_changes(before, after)),
        differences=differences(before, after, hosts),
        switches=switches(before, after, hosts),
    )
