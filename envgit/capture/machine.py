"""Name this machine as conda does, without loading conda's libraries."""

from __future__ import annotations

import os
import sys

#: What the NVIDIA kernel module says of itself, where it is loaded.
NVIDIA_VERSION = "/proc/driver/nvidia/version"

_SYSTEMS = {"linux": "linux", "darwin": "osx", "win32": "win"}
_MACHINES = {"x86_64": "64", "amd64": "64", "i386": "32", "i686": "32", "x86": "32"}


def machine_platform() -> str:
    """Return the conda subdir of this machine, such as ``linux-64``."""
    return subdir_of(sys.platform, _machine())


def subdir_of(system: str, machine: str) -> str:
    """Return the conda subdir for a system (of ``sys.platform``) on a machine (of ``uname -m``)."""
    machine = machine.lower()
    return f"{_SYSTEMS.get(system, system)}-{_MACHINES.get(machine, machine)}"


def _machine() -> str:
    if hasattr(os, "uname"):
        return os.uname().machine
    import platform  # a slow import

    return platform.machine()
