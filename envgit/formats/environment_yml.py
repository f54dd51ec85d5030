"""environment.yml (CEP 24): the portable form of an environment, without builds and prefix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.formats.artifact import channel_name
from envgit.formats.pip_line import line_of
from envgit.formats.yaml_line import scalar
from envgit.redact import holds_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import CondaPackage, Environment

# What conda's name "defaults" stands for.
_DEFAULTS = frozenset({"defaults", "pkgs/main", "pkgs/r", "pkgs/msys2", "pkgs/free", "pkgs/pro"})


def encode(environment: Environment, *, name: str) -> str:
    """Return the environment.yml of an environment, for stock conda, mamba and micromamba.

    Channels stand in priority order, followed by ``nodefaults`` where none of them is a default
    channel, so that the reader's own configuration adds none. A package from any but the first
    channel names its channel: two channels often hold the same version, and which one a name would
    come from is not known without asking them. A venv is written as ``python``, ``pip`` and what pip
    installs. Characters that a name may not hold become ``-``; variables of unknown value are left out.
    """
    # Written by hand: loading PyYAML would take longer than the rest of a snapshot.
    channels = _channels(environment)
    lines = [f"name: {scalar(re.sub(r'[/ :#]', '-', name))}"]
    if channels:
        lines += ["channels:", *(f"  - {scalar(channel)}" for channel in channels)]
        if _DEFAULTS.isdisjoint(channels):
            lines.append("  - nodefaults")
    lines += ["dependencies:", *(f"  - {scalar(spec)}" for spec in _specs(environment, channels))]
    if environment.pypi:
        lines += ["  - pip:", *(f"      - {scalar(line_of(d))}" for d in environment.pypi)]
    known = [(v.name, v.value) for v in environment.variables if v.value is not None]
    public = [(n, value) for n, value in known if not holds_secret(n, value)]
    if public:
        lines += ["variables:", *(f"  {scalar(n)}: {scalar(value)}" for n, value in public)]
    return "".join(f"{line}\n" for line in lines)


def _channels(environment: Environment) -> list[str]:
    """The environment's channels, then those that only single packages were taken from, most used first."""
    channels = [channel_name(c) for c in environment.channels if c != "nodefaults"]
    listed = set(channels) | (_DEFAULTS if "defaults" in channels else frozenset())
    used = [channel_name(p.channel) for p in environment.conda if _is_channel(p.channel)]
    others = {channel for channel in used if channel not in listed}
    return channels + sorted(others, key=lambda channel: (-used.count(channel), channel))


def _is_channel(channel: str) -> bool:
    return channel not in {"", "<unknown>", "pypi"}


def _specs(environment: Environment, channels: list[str]) -> Iterator[str]:
    names = {package.name for package in environment.conda}
    if environment.kind == "venv" and "python" not in names and environment.python:
        yield f"python={environment.python}"
        names.add("python")
    first = _DEFAULTS if channels[:1] == ["defaults"] else frozenset(channels[:1])
    for package in environment.conda:
        yield from _specs_of(package, first)
    if environment.pypi and "pip" not in names:
        yield "pip"


def _specs_of(package: CondaPackage, first: frozenset[str]) -> Iterator[str]:
    channel = channel_name(package.channel)
    prefix = f"{channel}::" if _is_channel(package.channel) and channel not in first else ""
    if package.version:
        yield f"{prefix}{package.name}={package.version}"
    else:
        yield from package.requested or (prefix + package.name,)
