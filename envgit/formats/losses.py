"""What of an environment a format cannot hold, said of the very environment that is to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from envgit.model import Warned
from envgit.plan.phrases import listed
from envgit.redact import holds_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from envgit.formats.writing import Written
    from envgit.model import Distribution, Environment, Source

Aspect = Literal[
    "conda",
    "conda-files",
    "builds",
    "conda-hashes",
    "origins",
    "channels",
    "pypi",
    "sources",
    "editables",
    "editable-checkouts",
    "wheels",
    "patches",
    "variables",
    "variable-values",
    "pins",
    "priority",
    "flexible-priority",
    "requests",
    "removals",
    "over-conda",
    "platform",
    "python",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Loss:
    """One aspect of environments: which of its parts an environment has, and what it means to lose them.

    ``sentence`` follows on "explicit keeps no …"; ``within`` is the aspect without which this one is not
    worth a word: where no conda package is kept, none misses its build.
    """

    parts: Callable[[Environment], Iterable[str]]
    sentence: str
    within: Aspect | None = None
    hint: str = ""


def losses(environment: Environment, written: Written) -> tuple[Warned, ...]:
    """Name what an environment loses in a format; nothing where it has nothing that is lost.

    Each warning is of the kind ``lost`` and names the parts it is about.
    """
    found = []
    for aspect, parts in lost_parts(environment, written).items():
        loss = _LOSSES[aspect]
        hint = f" ({loss.hint})" if loss.hint and written in _APART else ""
        sentence = f"{written} does not keep {loss.sentence}: {listed(parts)}{hint}"
        found.append(Warned(kind="lost", message=sentence))
    return tuple(found)


def lost_parts(environment: Environment, written: Written) -> Mapping[Aspect, Sequence[str]]:
    """Return the names of what an environment loses in a format, for each aspect that loses anything."""
    kept = CARRIED[written]
    losing = (a for a, loss in _LOSSES.items() if a not in kept and (not loss.within or loss.within in kept))
    found = {aspect: [*_LOSSES[aspect].parts(environment)] for aspect in losing}
    return {aspect: parts for aspect, parts in found.items() if parts}


def _conda(environment: Environment) -> Sequence[str]:
    return [package.name for package in environment.conda]


def _indexed(environment: Environment) -> Iterable[str]:
    return (d.name for d in environment.additions if d.source is None)


def _with_source(environment: Environment) -> Iterable[Distribution]:
    return (d for d in environment.additions if d.source is not None)


def _is_editable_checkout(source: Source) -> bool:
    """Whether locks name an editable install by its remote, as it is no folder of the repository."""
    return source.editable and (source.vcs or source.repository or ".") != "."


def _channels(environment: Environment) -> Sequence[str]:
    """The channels, unless there is one alone, which all packages name."""
    told = {package.channel for package in environment.conda}
    return () if told == set(environment.channels) and len(told) < 2 else environment.channels


def _values(environment: Environment) -> Iterable[str]:
    return (v.name for v in environment.variables if v.value is None or holds_secret(v.name, v.value))


_LOSSES: Mapping[Aspect, _Loss] = {
    "conda": _Loss(parts=_conda, sentence="the conda packages"),
    "conda-files": _Loss(
        parts=lambda e: (p.name for p in e.conda if not p.url),
        sentence="conda packages of which no URL is known, but as comments",
        within="conda",
    ),
    "builds": _Loss(
        parts=lambda e: (f"{p.name} {p.build}" for p in e.conda if p.build),
        sentence="the builds of conda packages",
        within="conda",
    ),
    "conda-hashes": _Loss(
        parts=lambda e: (p.name for p in e.conda if p.sha256 or p.md5),
        sentence="the hashes of conda packages",
        within="conda",
    ),
    "origins": _Loss(
        parts=lambda e: dict.fromkeys(p.channel for p in e.conda if p.channel),
        sentence="which channel each conda package is from",
        within="conda",
    ),
    "channels": _Loss(
        parts=_channels,
        sentence="which channels to ask, in which order",
        within="conda",
    ),
    "pypi": _Loss(parts=_indexed, sentence="what pip or uv installed from an index"),
    "sources": _Loss(
        parts=lambda e: (d.name for d in _with_source(e)),
        sentence="what was installed from a folder, a file, a URL or version control",
        hint="requirements-local holds it",
    ),
    "editables": _Loss(
        parts=lambda e: (d.name for d in _with_source(e) if d.source and d.source.editable),
        sentence="that these are editable",
        within="sources",
    ),
    "editable-checkouts": _Loss(
        parts=lambda e: (d.name for d in _with_source(e) if d.source and _is_editable_checkout(d.source)),
        sentence="that these checkouts are editable",
        within="editables",
    ),
    "wheels": _Loss(
        parts=lambda e: (d.name for d in e.additions if d.source is None and d.file),
        sentence="which files of an index were installed, and their hashes",
        within="pypi",
    ),
    "patches": _Loss(
        parts=lambda e: (d.name for d in _with_source(e) if d.source and d.source.patch),
        sentence="the changes to editable installs that were in no commit",
        within="sources",
    ),
    "variables": _Loss(
        parts=lambda e: (v.name for v in e.variables),
        sentence="the environment's own variables",
    ),
    "variable-values": _Loss(
        parts=_values,
        sentence="variables whose values were not recorded or look like secrets",
        within="variables",
    ),
    "pins": _Loss(parts=lambda e: e.pins, sentence="the pins of conda", within="conda"),
    "priority": _Loss(
        parts=lambda e: [e.channel_priority] if e.channel_priority and e.conda else [],
        sentence="the channel priority",
        within="conda",
    ),
    "flexible-priority": _Loss(
        parts=lambda e: [e.channel_priority] if e.channel_priority == "flexible" and e.conda else [],
        sentence="the channel priority",
        within="priority",
    ),
    "requests": _Loss(
        parts=lambda e: (p.name for p in e.conda if p.requested and p.version),
        sentence="which conda packages were asked for, and which came along",
        within="conda",
    ),
    "removals": _Loss(
        parts=lambda e: (d.name for d in e.removals),
        sentence="that pip uninstalled what conda brings",
        within="conda",
    ),
    "over-conda": _Loss(
        parts=lambda e: (d.name for d in e.additions if d.owner == "clobbered"),
        sentence="that these were installed over conda's packages",
        within="conda",
    ),
    "platform": _Loss(
        parts=lambda e: [e.platform] if e.platform else [],
        sentence="the platform",
    ),
    "python": _Loss(
        parts=lambda e: [e.python] if e.kind == "venv" and e.python else [],
        sentence="the version of Python",
    ),
}

#: One hash in a file makes pip want them all, and a folder has none: what has a source goes to another file.
_APART: frozenset[Written] = frozenset({"requirements"})

_PYTHON_LAYER: frozenset[Aspect] = frozenset({"pypi", "sources", "platform", "python"})
_CONDA_LAYER: frozenset[Aspect] = frozenset({"conda", "origins", "builds", "conda-hashes", "platform"})
#: What an environment.yml has keys for.
_ENTRIES: frozenset[Aspect] = frozenset(
    {
        "conda",
        "conda-files",
        "origins",
        "channels",
        "variables",
        "over-conda",
        "pypi",
        "sources",
        "editables",
        "editable-checkouts",
        "python",
    }
)

#: The aspects that each format holds.
CARRIED: Mapping[Written, frozenset[Aspect]] = {
    "environment-yml": _ENTRIES,
    "environment-json": _ENTRIES | {"builds"},
    "explicit": _CONDA_LAYER,
    "conda-list": _CONDA_LAYER - {"origins", "conda-hashes"} | {"conda-files", "pypi", "over-conda"},
    "requirements": _PYTHON_LAYER - {"sources"} | {"wheels"},
    "requirements-local": _PYTHON_LAYER - {"pypi"} | {"editables", "editable-checkouts"},
    "pip-inspect": _PYTHON_LAYER | {"editables"},
    "conda-lock": _PYTHON_LAYER | _CONDA_LAYER | {"conda-files", "channels", "wheels", "over-conda"},
    "pixi-lock": _PYTHON_LAYER
    | _CONDA_LAYER
    | {"conda-files", "channels", "priority", "wheels", "over-conda", "editables", "editable-checkouts"},
    "pylock": _PYTHON_LAYER | {"editables", "wheels"},
}
