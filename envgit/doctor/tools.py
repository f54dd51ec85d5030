"""Area ``tools``: is there what envgit works with?"""

from __future__ import annotations

import re
import shlex
import sys
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.operations.workspace import Workspace

_finding = partial(Finding, area="tools")
#: The first Git whose ref transactions can be prepared and aborted, and that reads all that is asked here.
_OLDEST_GIT = (2, 29)
#: What restores each layer: the module, and the distribution that brings it.
_RESTORERS = {"conda": ("rattler", "py-rattler"), "Python": ("uv", "uv")}


def tools(workspace: Workspace) -> Iterator[Finding]:
    """Find a Git that is too old, and a layer that could not be restored."""
    said = workspace.git.line("version").removeprefix("git version ")
    numbers = tuple(map(int, re.findall(r"\d+", said)[:2]))
    if numbers < _OLDEST_GIT:
        oldest = ".".join(map(str, _OLDEST_GIT))
        yield _finding(severity="broken", message=f"Git {said} is too old: envgit needs {oldest}")
    for layer, (module, distribution) in _RESTORERS.items():
        if find_spec(module) is None:
            yield _finding(
                severity="warning",
                message=f"{distribution} is not installed beside envgit: no {layer} layer can be restored",
                command=shlex.join((sys.executable, "-m", "pip", "install", distribution)),
            )
    yield _finding(severity="well", message=f"Git {said}, Python {sys.version.split()[0]}")
