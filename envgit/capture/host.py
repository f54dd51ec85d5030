"""Observe the machine an environment is seen on."""

from __future__ import annotations

import platform
import re

from envgit.capture.machine import NVIDIA_VERSION, machine_platform
from envgit.capture.reading import read_if_there
from envgit.model import Host


def observe_host() -> Host:
    """Return the facts of this machine that decide what runs on it, virtual packages (CEP 30) among them."""
    from rattler import VirtualPackage

    detected = (found.into_generic() for found in VirtualPackage.detect())
    return Host(
        platform=machine_platform(),
        system=platform.system(),
        machine=platform.machine(),
        virtual_packages=tuple(sorted(f"{v.name.normalized}={v.version}={v.build_string}" for v in detected)),
        nvidia_driver=_nvidia_driver(),
    )


def driver_version(text: str) -> str | None:
    """Return the version in what the NVIDIA kernel module says of itself, such as ``535.104.05``."""
    version = re.search(r"NVRM version:.*?\s(\d{3,}\.\d+(?:\.\d+)?)\s", text)
    return version[1] if version else None


def _nvidia_driver() -> str | None:
    try:
        content = read_if_there(NVIDIA_VERSION)
    except OSError:
        return None
    return driver_version(content.decode("utf-8", "replace")) if content else None
