"""What Git runs to show a version of an environment file in a diff (``diff.envgit.textconv``).

Nothing is written before all is read, and a failure is an exit code: the launcher then shows the file's own
text, since Git shows no diff at all when a driver fails.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from envgit.githooks.deadline import lift_deadline, set_deadline

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A person waits for the diff. What takes longer is no lock that anybody has: the largest take two.
_SECONDS = 10.0
_UNREADABLE = 1


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Print the reading of the file that the last argument names; other than 0 where there is none."""
    path = arguments[-1]
    try:
        set_deadline(_SECONDS)
        from envgit.githooks.reading import reading_of

        with open(path, "rb") as file:
            content = file.read()
        reading = reading_of(content, where=os.path.basename(path))
        lift_deadline()
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - whatever it is, the file's own text is shown
        return _UNREADABLE
    sys.stdout.buffer.write(reading.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
    return 0
