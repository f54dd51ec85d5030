"""Where the demo's packages come from: a conda channel that answers, else the Python index."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.demo.place import CommandFailed
from envgit.errors import EnvgitError

if TYPE_CHECKING:
    from envgit.demo.place import Command, Place

DEFAULT_CHANNEL = "conda-forge"
#: The package that is upgraded. In 2024 Paraguay gave up winter time, which only the later version knows.
MOVED, BEFORE, AFTER = "pytz", "2024.2", "2025.2"
#: One that stays.
STEADY, VERSION = "tabulate", "0.9.0"

# Seconds to wait for an answer: from conda-forge, which nobody asked for; from an index; from a channel.
_UNASKED, _INDEX, _CHANNEL = 5, 15, 90


class NothingReachable(EnvgitError):
    """There is nowhere to take packages from."""

    kind = "nothing-reachable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """How to make and change an environment here.

    ``label`` says where the packages are from, ``prefix`` is relative to the repository. ``create`` makes
    the environment and ``upgrade`` changes one package of it.
    """

    label: str
    prefix: str
    create: tuple[Command, ...]
    upgrade: tuple[Command, ...]


def find_supply(place: Place, channel: str | None = None, *, no_channel: bool = False) -> Supply:
    """The conda channel if it answers, else the Python index.

    Args:
        place: where the demo happens.
        channel: a name or URL; conda-forge, if it answers shortly, when left out.
        no_channel: ask no conda channel at all.

    Raises:
        NothingReachable: neither answers, or not the channel that was asked for.
    """
    index_refusal = _refusal(
        place, _index_install("--dry-run", "--python", sys.executable, BEFORE), patience=_INDEX
    )
    on_index = index_refusal is None
    wanted = channel or DEFAULT_CHANNEL
    channel_refusal: str | None = "not asked"
    if not no_channel:
        probe = _conda_install(wanted, BEFORE, "--dry-run", on_index=on_index)
        channel_refusal = _refusal(place, probe, patience=_CHANNEL if channel else _UNASKED)
    if channel_refusal is None:
        return _conda_supply(wanted, on_index=on_index)
    if channel:
        raise NothingReachable(f"conda channel {channel} cannot be used: {channel_refusal}")
    if on_index:
        return _index_supply(channel_refusal)
    raise NothingReachable(
        f"no packages can be reached: conda channel {wanted} ({channel_refusal}), "
        f"the Python index ({index_refusal})",
        hint="a mirror or a folder will do: envgit demo --channel URL; proxies are taken from HTTPS_PROXY",
    )


def _conda_supply(channel: str, *, on_index: bool) -> Supply:
    top = [("uv", "pip", "install", "--python", "../env", f"{STEADY}=={VERSION}")] if on_index else []
    also = ", and the Python index for what pip puts on top" if on_index else "; no Python index answers"
    return Supply(
        label=f"conda channel {channel}{also}",
        prefix="../env",
        create=(_conda_install(channel, BEFORE, on_index=on_index), *top),
        upgrade=(_conda_install(channel, AFTER, on_index=on_index),),
    )


def _index_supply(channel_refusal: str) -> Supply:
    return Supply(
        label=f"the Python index, and no conda channel ({DEFAULT_CHANNEL}: {channel_refusal})",
        prefix=".venv",
        create=(
            ("uv", "venv", "--quiet", "--python", sys.executable, ".venv"),
            (*_index_install("--python", ".venv", BEFORE), f"{STEADY}=={VERSION}"),
        ),
        upgrade=(_index_install("--python", ".venv", AFTER),),
    )


def _index_install(*options_and_version: str) -> Command:
    *options, version = options_and_version
    return ("uv", "pip", "install", *options, f"{MOVED}=={version}")


def _conda_install(channel: str, version: str, *options: str, on_index: bool) -> Command:
    specs = ["python", f"{MOVED}={version}", *([] if on_index else [f"{STEADY}={VERSION}"])]
    where = ("--prefix", "../env", "--channel", channel)
    return ("python", "-m", "envgit.demo.conda_install", *options, *where, *specs)


def _refusal(place: Place, command: Command, *, patience: float) -> str | None:
    """Why a command does not work here, None when it does."""
    try:
        place.run(command, timeout=patience)
    except CommandFailed as failed:
        return failed.reason
    return None
