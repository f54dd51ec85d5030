"""Tell almost for free whether a capture would observe another host."""

from __future__ import annotations

import os
import platform

_NVIDIA = "/proc/driver/nvidia/version"


def host_mark() -> str:
    """A text that changes when the facts of this host that `observe_host` reports can have changed."""
    facts = os.uname() if hasattr(os, "uname") else platform.uname()
    try:
        with open(_NVIDIA, encoding="utf-8", errors="replace") as file:
            driver = file.read()
    except OSError:
        driver = ""  # no such driver here, or not one that says its version
    # The node's name is left out: a container gets a new one at every start.
    return "\n".join((facts[0], *facts[2:], driver))
