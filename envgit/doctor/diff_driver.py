"""Area ``diff``: does Git show drift where environment files changed?

Whatever is wrong here, Git shows the text instead: nothing is lost by it, so that nothing is ``broken``.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.doctor.launcher import launcher_ailments
from envgit.githooks.diff_driver import has_block, is_foreign, taken_by_others, written_command
from envgit.githooks.launcher import textconv_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.operations.workspace import Workspace

_finding = partial(Finding, area="diff")
_AS_TEXT = "git diff shows environment files as text"


def diff_driver(workspace: Workspace) -> Iterator[Finding]:
    """Find a driver that is there by half, that starts what is gone, or that others overrule."""
    git, named = workspace.git, has_block(workspace.repository)
    if is_foreign(git):
        yield _finding(severity="well", message="a driver called envgit that is not envgit's own")
        return
    written = written_command(git)
    if written is None or not named:
        yield _half(has_command=written is not None, has_lines=named)
        return
    for ailment in launcher_ailments(written, os.fsdecode(textconv_command())):
        yield replace(ailment, area="diff", severity="note" if ailment.severity == "note" else "warning")
    others = taken_by_others(git)
    if others:
        message = f"left as the project's or your own attributes have it: {', '.join(others)}"
        yield _finding(severity="note", message=message)
    yield _finding(severity="well", message=f"drift is shown in place of text: {workspace.settings.diff}")


def _half(*, has_command: bool, has_lines: bool) -> Finding:
    if not has_command and not has_lines:
        return _finding(severity="well", message=_AS_TEXT)
    lacking = "no file is assigned to it" if has_command else "Git's configuration has no such driver"
    message = f"the driver is there by half ({lacking}): {_AS_TEXT}"
    return _finding(severity="warning", message=message, command="envgit init")
