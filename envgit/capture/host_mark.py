"""Tell almost for free whether ``observe_host`` could observe another host than the last time."""

from __future__ import annotations

import os
import sys

from envgit.capture.machine import NVIDIA_VERSION
from envgit.capture.reading import read_if_there

_PROCESSORS = "/proc/cpuinfo"


def host_mark() -> str:
    """Return a text that changes when the facts of this host can have: kernel, processor, graphics driver."""
    # The node's name is left out: a container gets a new one at every start.
    system = [name for i, name in enumerate(os.uname()) if i != 1] if hasattr(os, "uname") else [sys.platform]
    try:
        driver = read_if_there(NVIDIA_VERSION) or b""
    except OSError:
        driver = b""
    return "\n".join([*system, *_processor(), driver.decode("utf-8", "replace")])


def _processor() -> list[str]:
    """What the first processor is and can do: the nodes of a cluster often differ in nothing else."""
    try:
        with open(_PROCESSORS, "rb") as file:
            lines = file.read(4096).decode("utf-8", "replace").split("\n")
    except OSError:
        return []
    return [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
