"""What a format is said to keep comes back from its file, and what it is said to lose does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import HealthCheck, assume, given, settings
from packaging.version import InvalidVersion, Version

from envgit.errors import EnvgitError
from envgit.formats import decode_any
from envgit.formats.losses import CARRIED, Aspect, lost_parts
from envgit.formats.pip.line import normalised
from envgit.formats.writing import Written, encode_as
from tests.formats.environments import whole_environments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from envgit.model import Distribution, Environment

    Facts = Mapping[str, object]


def _conda(env: Environment) -> Facts:
    return {p.name: p.version or p.requested for p in env.conda}


def _origins(env: Environment) -> Facts:
    """environment.yml tells the channel of a package only where it is not the first."""
    first = next(iter(env.channels), "")
    versions = [(p.channel or first, p.name) for p in env.conda if p.version]
    return {channel: [name for at, name in versions if at == channel] for channel, _ in versions if channel}


def _version(found: Distribution) -> str:
    """The version as every index writes it, where it is one that PEP 440 knows."""
    try:
        return str(Version(found.version))
    except InvalidVersion:
        return found.version


def _sourced(env: Environment) -> Iterable[Distribution]:
    return (d for d in env.additions if d.source)


def _place(found: Distribution) -> object:
    """Where a distribution comes from: a checkout by its commit, whatever revision was once asked for."""
    source = found.source
    assert source
    return source.repository or source.url, source.commit, source.subdirectory, source.sha256


def _editable_checkout(found: Distribution) -> bool:
    source = found.source
    return (
        source is not None
        and source.editable
        and (source.kind == "vcs" or source.repository not in {None, "."})
    )


def _priority(env: Environment) -> Facts:
    return {env.channel_priority: True} if env.channel_priority and env.conda else {}


def _over_conda(env: Environment) -> Facts:
    """Distributions that lie over conda's packages, as whoever installs both layers finds out."""
    under = {normalised(package.name) for package in env.conda}
    return {d.name: True for d in env.additions if d.name in under}


#: What an environment says of each aspect, part by part. Of what has a source, that tells the version.
FACTS: Mapping[Aspect, Callable[[Environment], Facts]] = {
    "conda": _conda,
    "conda-files": lambda e: {p.name: True for p in e.conda if not p.url},
    "builds": lambda e: {f"{p.name} {p.build}": True for p in e.conda if p.build},
    "conda-hashes": lambda e: {p.name: p.sha256 or p.md5 for p in e.conda if p.sha256 or p.md5},
    "origins": _origins,
    "channels": lambda e: {channel: place for place, channel in enumerate(e.channels)},
    "pypi": lambda e: {d.name: _version(d) or d.requirement for d in e.additions if not d.source},
    "sources": lambda e: {d.name: _place(d) for d in _sourced(e)},
    "editables": lambda e: {d.name: True for d in _sourced(e) if d.source and d.source.editable},
    "editable-checkouts": lambda e: {d.name: True for d in _sourced(e) if _editable_checkout(d)},
    "wheels": lambda e: {d.name: d.file.sha256 for d in e.additions if d.file},
    "patches": lambda e: {d.name: True for d in _sourced(e) if d.source and d.source.patch},
    "variables": lambda e: {v.name: v.value for v in e.variables},
    "variable-values": lambda e: {v.name: v.value for v in e.variables if v.value is None},
    "pins": lambda e: dict.fromkeys(e.pins, True),
    "priority": _priority,
    "flexible-priority": lambda e: {k: v for k, v in _priority(e).items() if k == "flexible"},
    "requests": lambda e: {p.name: True for p in e.conda if p.requested and p.version},
    "removals": lambda e: {d.name: True for d in e.removals},
    "over-conda": _over_conda,
    "platform": lambda e: {e.platform: True} if e.platform else {},
    "python": lambda e: {e.python: True} if e.python else {},
}
#: Aspects of packages that are no loss of their own where the packages are gone.
OF_CONDA = (
    *(
        "conda-files",
        "builds",
        "conda-hashes",
        "origins",
        "channels",
        "pins",
        "priority",
        "flexible-priority",
    ),
    *("requests", "removals", "over-conda"),
)
OF_SOURCES = ("editables", "editable-checkouts", "patches")
#: Where a part is lost, the other of these may say so.
TOLD_WITH: Mapping[Aspect, Aspect] = {
    "conda": "conda-files",
    "channels": "origins",
    "variables": "variable-values",
    "variable-values": "variables",
    "editables": "editable-checkouts",
    "editable-checkouts": "editables",
    "priority": "flexible-priority",
    "flexible-priority": "priority",
}


def gone(env: Environment, read: Environment, aspect: Aspect) -> set[str]:
    """The parts of an aspect that an environment had, and what was read of its file has not."""
    if aspect in OF_CONDA:
        names = {package.name for package in read.conda}
        files = aspect == "conda-files"
        env = replace(env, conda=tuple(p for p in env.conda if files or p.name in names))
    if aspect in OF_SOURCES or aspect == "wheels":
        names = {d.name for d in read.distributions if d.source or aspect == "wheels"}
        env = replace(env, distributions=tuple(d for d in env.distributions if d.name in names))
    before, after = FACTS[aspect](env), FACTS[aspect](read)
    return {part for part, fact in before.items() if after.get(part, ...) != fact}


def wrongly_told(env: Environment, read: Environment, written: Written) -> dict[str, set[str]]:
    """Losses that nobody was told of, and such as were told of and did not happen."""
    told = {aspect: set(parts) for aspect, parts in lost_parts(env, written).items()}
    wrong = {}
    for aspect in FACTS:
        if aspect in OF_CONDA and "conda" not in CARRIED[written]:
            continue
        lost, named = gone(env, read, aspect), told.get(aspect, set())
        excused = told.get(TOLD_WITH.get(aspect, aspect), set())
        wrong[f"untold {aspect}"] = lost - named - excused
        if aspect != "channels":  # the order of packages may be that of the channels by chance
            wrong[f"kept {aspect}"] = named - lost
    return {problem: parts for problem, parts in wrong.items() if parts}


def read_back(text: str, platform: str) -> Environment:
    """What a file says to every tool: what stands in an explicit lock as a comment, only envgit reads."""
    lines = (line for line in text.splitlines(keepends=True) if not line.startswith("# no URL for: "))
    return decode_any("".join(lines).encode(), where="written", platform=platform).environment


def holdable(env: Environment, written: Written) -> Environment:
    """An environment without the packages that a format refuses, where it refuses any."""
    if written in {
        "environment-yml",
        "environment-json",
    }:  # pip finds out what a folder builds; a reader of files does not
        env = replace(env, distributions=tuple(d for d in env.distributions if not _nameless(d)))
    if _takes(env, written):
        return env
    alone = replace(env, conda=(), distributions=())
    conda = (p for p in env.conda if _takes(replace(alone, conda=(p,)), written))
    pypi = (
        d for d in env.distributions if d.uninstalled or _takes(replace(alone, distributions=(d,)), written)
    )
    return replace(env, conda=tuple(conda), distributions=tuple(pypi))


def _nameless(found: Distribution) -> bool:
    return found.source is not None and found.source.repository == "."


def _takes(env: Environment, written: Written) -> bool:
    try:
        encode_as(env, written, name="x")
    except EnvgitError:
        return False
    return True


def test_every_aspect_is_compared() -> None:
    assert set(FACTS) == set(get_args(Aspect))


@pytest.mark.parametrize("written", get_args(Written))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(whole_environments())
def test_what_is_lost_is_what_is_told(written: Written, env: Environment) -> None:
    env = holdable(env, written)
    assume(_takes(env, written))
    read = read_back(encode_as(env, written, name="x"), env.platform)
    assert wrongly_told(env, read, written) == {}
