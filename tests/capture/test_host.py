from __future__ import annotations

import platform

import pytest

from envgit.capture.host import driver_version, observe_host
from envgit.capture.machine import machine_platform, subdir_of


def test_the_host_is_observed_with_its_virtual_packages() -> None:
    host = observe_host()
    assert (host.system, host.machine) == (platform.system(), platform.machine())
    assert host.platform == machine_platform()
    names = [found.partition("=")[0] for found in host.virtual_packages]
    assert "__archspec" in names
    assert names == sorted(names)
    assert all(found.count("=") == 2 for found in host.virtual_packages)


def test_the_platform_is_the_one_that_rattler_names() -> None:
    from rattler import Subdir

    assert machine_platform() == str(Subdir.current())


@pytest.mark.parametrize(
    ("system", "machine", "platform"),
    [
        ("linux", "x86_64", "linux-64"),
        ("linux", "aarch64", "linux-aarch64"),
        ("linux", "ppc64le", "linux-ppc64le"),
        ("linux", "i686", "linux-32"),
        ("darwin", "arm64", "osx-arm64"),
        ("darwin", "x86_64", "osx-64"),
        ("win32", "AMD64", "win-64"),
        ("win32", "ARM64", "win-arm64"),
    ],
)
def test_platforms_are_named_as_conda_does(system: str, machine: str, platform: str) -> None:
    assert subdir_of(system, machine) == platform


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15\n", "535.104.05"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  560.35.03  Release Build\n", "560.35.03"),
        ("NVRM version: NVIDIA UNIX aarch64 Kernel Module  470.57  Tue\nGCC version: 9.4.0\n", "470.57"),
        ("GCC version: 999.1.1 \n", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_graphics_driver_is_read_from_what_its_module_says(text: str, version: str | None) -> None:
    assert driver_version(text) == version
