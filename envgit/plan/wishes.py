"""Environments that say what is wanted, not which files that was: whether and how they are solved for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.plan.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Environment, Host

_NO_CHANNELS = frozenset({"", "<unknown>", "pypi"})


def is_solved(environment: Environment, host: Host) -> bool:
    """Whether an environment comes to a host by a solve: it is for another platform, or of unknown files."""
    return environment.platform != host.platform or names_no_files(environment)


def names_no_files(environment: Environment) -> bool:
    """Whether this was written by hand, as an environment.yml or a requirements.txt is, not captured."""
    unlocated = not any(package.url for package in environment.conda)
    return unlocated and (bool(environment.conda) or not environment.platform)


def leaves_unsaid(environment: Environment) -> bool:
    """Whether more may belong to this than it names: what its packages need was left to a solve."""
    return (bool(environment.conda) and names_no_files(environment)) or lists_wishes(environment)


def lists_wishes(environment: Environment) -> bool:
    """Whether the Python layer was written by hand: it may leave versions open, and what these need."""
    if any(not d.version for d in environment.additions):
        return True
    of_no_place = environment.kind == "venv" and not environment.python
    return bool(_unknown(environment)) and (of_no_place or names_no_files(environment))


def named_channels(environment: Environment) -> tuple[str, ...]:
    """The channels that an environment, then that single packages of it name, in order."""
    named = (*environment.channels, *(package.channel for package in environment.conda))
    return tuple(dict.fromkeys(channel for channel in named if channel not in _NO_CHANNELS))


def unsolvable(environment: Environment) -> Iterator[str]:
    """Why there is nothing to solve with."""
    if environment.kind == "conda" and not environment.conda:
        yield "it names no conda package, and so no Python to install its distributions with"
    elif names_no_files(environment) and environment.conda and not named_channels(environment):
        yield "it names no channel that its conda packages come from (envgit import FILE --channel NAME)"


def cautions_of_solving(environment: Environment, host: Host) -> Iterator[str]:
    """What a solve cannot promise."""
    if environment.platform in {"", host.platform}:
        if environment.conda or lists_wishes(environment):
            yield (
                "it says which packages are wanted, not which files they are: they are solved for, "
                "the versions that it names preferred"
            )
    else:
        yield (
            f"the snapshot is for {environment.platform}, and this machine is "
            f"{host.platform}: all its conda packages are solved anew, their recorded versions preferred"
        )
    unknown = _unknown(environment)
    if unknown and not lists_wishes(environment):
        yield f"of the Python layer it brings what is listed, and nothing that this needs: {listed(unknown)}"


def caution_of_python(environment: Environment) -> Iterator[str]:
    """That some Python has to do for a list of distributions."""
    if environment.kind == "venv" and not environment.python:
        yield "it does not say which Python its distributions are for: the first that is found is taken"


def _unknown(environment: Environment) -> list[str]:
    """The distributions of which neither contents nor place are known."""
    return [d.name for d in environment.additions if not (d.digest or d.file or d.source)]
