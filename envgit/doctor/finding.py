"""What the doctor says: one thing that was looked at, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: ``broken``: something is not recorded or cannot be read. ``warning``: it will be, or not as one may think.
#: ``note``: worth knowing. ``well``: in order.
Severity = Literal["broken", "warning", "note", "well"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding: a sentence, and the next thing to run; ``command`` is empty where there is none."""

    area: str
    severity: Severity
    message: str
    command: str = ""


def is_healthy(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing is broken and nothing is warned of."""
    return not any(finding.severity in {"broken", "warning"} for finding in findings)


def counted(number: int, one: str, many: str = "") -> str:
    """``1 snapshot``, ``2 snapshots``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
