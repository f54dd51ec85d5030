"""What is written into an environment.yml (CEP 24), whether as YAML or as the JSON that conda exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from envgit.formats.conda.artifact import channel_name
from envgit.formats.pip.line import line_of
from envgit.model import DEFAULT_CHANNELS
from envgit.redact import holds_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import CondaPackage, Environment


class Entries(NamedTuple):
    """The entries of a file: ``specs`` are conda's dependencies, ``pip`` the lines of the section in them."""

    name: str
    channels: list[str]
    specs: list[str]
    pip: list[str]
    variables: dict[str, str]


def entries_of(environment: Environment, *, name: str, builds: bool = False) -> Entries:
    """Return what a file says of an environment, for stock conda, mamba and micromamba.

    Channels stand in priority order, without ``nodefaults``: conda 26.7 takes it for a channel of that
    name. A package from any but the first channel names its channel, as two channels often hold the
    same version and nothing offline tells which one would be asked first. A venv is written as
    ``python``, ``pip`` and what pip installs. Characters that a name may not hold become ``-``;
    variables of unknown value are left out.
    """
    channels = _channels(environment)
    known = [(v.name, v.value) for v in environment.variables if v.value is not None]
    return Entries(
        name=re.sub(r"[/ :#]", "-", name),
        channels=channels,
        specs=list(_specs(environment, channels, builds=builds)),
        pip=[line_of(d) for d in environment.additions],
        variables={name: value for name, value in known if not holds_secret(name, value)},
    )


def _channels(environment: Environment) -> list[str]:
    """The environment's channels, then those that only single packages were taken from, most used first."""
    channels = [channel_name(c) for c in environment.channels if c != "nodefaults"]
    listed = set(channels) | (DEFAULT_CHANNELS if "defaults" in channels else frozenset())
    used = [channel_name(p.channel) for p in environment.conda if _is_channel(p.channel)]
    others = {channel for channel in used if channel not in listed}
    return channels + sorted(others, key=lambda channel: (-used.count(channel), channel))


def _is_channel(channel: str) -> bool:
    return channel not in {"", "<unknown>", "pypi"}


def _specs(environment: Environment, channels: list[str], *, builds: bool) -> Iterator[str]:
    names = {package.name for package in environment.conda}
    if environment.kind == "venv" and "python" not in names and environment.python:
        yield f"python={environment.python}"
        names.add("python")
    first = DEFAULT_CHANNELS if channels[:1] == ["defaults"] else frozenset(channels[:1])
    for package in environment.conda:
        yield from _specs_of(package, first, builds=builds)
    if environment.additions and "pip" not in names:
        yield "pip"


def _specs_of(package: CondaPackage, first: frozenset[str], *, builds: bool) -> Iterator[str]:
    channel = channel_name(package.channel)
    prefix = f"{channel}::" if _is_channel(package.channel) and channel not in first else ""
    build = f"={package.build}" if builds and package.build else ""
    if package.version:
        yield f"{prefix}{package.name}={package.version}{build}"
    else:
        yield from package.requested or (prefix + package.name,)
