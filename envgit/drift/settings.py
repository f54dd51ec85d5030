"""Compare what an environment consists of besides its packages, in sentences a person reads.

Both sides become plain values, subject by subject; deepdiff finds what differs between them. What a
side cannot know is left out of both: a requirements file has no channels, and only a prefix has pins.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from envgit.drift.requests import name_in
from envgit.drift.wishes import told_by_spec
from envgit.model import DEFAULT_CHANNELS, Difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import Environment, Host

_Value: TypeAlias = "str | bool | None"
#: Subject, item, value. An item that is missing is not there; a value that is None is not known.
_Facts: TypeAlias = "dict[str, dict[str, _Value]]"

#: The subjects in the order they are told, and what a sentence says before the item.
_NOUNS = {
    "python": "Python",
    "platform": "platform",
    "kind": "kind of environment",
    "channels": "channel",
    "channel order": "channel order",
    "channel priority": "channel priority",
    "pins": "pin",
    "specs": "requested spec",
    "variables": "variable",
    "system-site-packages": "system site-packages",
    "virtual packages": "",
    "host": "",
}
_ORDER = tuple(_NOUNS)
#: Subjects whose items are told by their values, which hold the names.
_SELF_TOLD = frozenset({"channels", "pins", "specs"})


def differences(
    before: Environment, after: Environment, hosts: tuple[Host, Host] | None = None
) -> tuple[Difference, ...]:
    """Every structural change, in a fixed order of subjects.

    The facts of the machines (virtual packages, driver) are compared when ``hosts`` are given. That
    one of them is missing is a fact, since a host was looked at and not guessed from a file.
    """
    old, new = _facts(before, after), _facts(after, before)
    if hosts:
        old |= _host_facts(hosts[0])
        new |= _host_facts(hosts[1])
    found = [*python_difference(before, after)]
    if old != new:
        found += _spoken(old, new, _comparable(after.channels, before.channels)[0])
    return tuple(sorted(found, key=lambda d: (_ORDER.index(d.subject), d.sentence)))


def python_difference(before: Environment, after: Environment) -> tuple[Difference, ...]:
    """The change of the interpreter itself, unless Python is one of the packages: it tells its own."""
    is_package = any(package.name == "python" for package in (*before.conda, *after.conda))
    if is_package or not before.python or not after.python or before.python == after.python:
        return ()
    sentence = f"Python {before.python} → {after.python}"
    return (Difference(subject="python", sentence=sentence, before=before.python, after=after.python),)


def _facts(environment: Environment, other: Environment) -> _Facts:
    """Facts about one of two environments, as far as the other can know of such facts at all."""
    channels, others = _comparable(environment.channels, other.channels)
    shared_channels = [name for name in channels if name in others]
    facts: _Facts = {
        "platform": {"": environment.platform or None},
        "kind": {"": _kind(environment)},
        "channel order": {"": ", ".join(shared_channels)},
        "channel priority": {"": environment.channel_priority},
    }
    if channels and others:
        facts["channels"] = _channels(channels, others)
    if _has_settings(environment) and _has_settings(other):
        facts["variables"] = {variable.name: variable.value for variable in environment.variables}
    if bool(environment.specs) == bool(other.specs):
        facts |= {"pins": _by_name(environment.pins), "specs": _by_name(environment.specs)}
    if _kind(environment) == _kind(other) == "venv":
        facts["system-site-packages"] = {"": environment.system_site_packages}
    return facts


def _kind(environment: Environment) -> _Value:
    """What kind of environment it is, None where a file of distributions could become either."""
    return environment.kind if environment.kind == "conda" or environment.python else None


def _has_settings(environment: Environment) -> bool:
    """Whether anything may be known but packages: a lock file has no place for variables.

    What asks for packages without builds, hashes or URLs is an environment.yml, which has.
    """
    return bool(
        environment.variables
        or environment.channels
        or environment.specs
        or environment.python
        or any(map(told_by_spec, environment.conda))
    )


def _comparable(channels: Sequence[str], others: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both lists, each channel of conda's defaults by that name if one of the lists calls them so."""
    if ("defaults" in channels) == ("defaults" in others):
        return tuple(channels), tuple(others)
    named = (
        ("defaults" if name in DEFAULT_CHANNELS else name for name in side) for side in (channels, others)
    )
    one, other = (tuple(dict.fromkeys(side)) for side in named)
    return one, other


def _channels(channels: Sequence[str], others: Sequence[str]) -> dict[str, _Value]:
    """Channels by name, but by its place the only one that stands where another does: it replaces that."""
    own = {index: name for index, name in enumerate(channels) if name not in others}
    foreign = {index: name for index, name in enumerate(others) if name not in channels}
    replaced = own.keys() == foreign.keys() and len(own) == 1
    return {"" if replaced and name in own.values() else name: name for name in channels}


def _by_name(specs: Sequence[str]) -> dict[str, _Value]:
    """Specs by the package that they are about, so that another spec replaces the one before."""
    counted = Counter(map(name_in, set(specs)))
    return {name if counted[name := name_in(spec)] == 1 else spec: spec for spec in specs}


def _host_facts(host: Host) -> _Facts:
    machine = {"host system": host.system, "host machine": host.machine, "NVIDIA driver": host.nvidia_driver}
    return {
        "virtual packages": dict(_virtual_package(text) for text in host.virtual_packages),
        "host": {name: value for name, value in machine.items() if value},
    }


def _virtual_package(text: str) -> tuple[str, str | None]:
    """``__glibc=2.36=0`` as name and value. A build says something only if it is not 0 (``__archspec``)."""
    name, version, build = (*text.split("=", 2), "", "")[:3]
    return name, (f"{version} {build}" if build not in {"", "0"} else version) or None


def _spoken(old: _Facts, new: _Facts, channels: tuple[str, ...]) -> Iterator[Difference]:
    from deepdiff import DeepDiff

    tree = DeepDiff(
        old,
        new,
        view="tree",
        ignore_private_variables=False,  # to deepdiff, `__glibc` is a private variable
        threshold_to_diff_deeper=0,  # or items that share no name count as one replaced value
    )
    for report, levels in tree.items():
        for level in levels:
            subject, item = level.path(output_format="list")
            noun = _NOUNS[subject] if subject in _SELF_TOLD else f"{_NOUNS[subject]} {item}".strip()
            if report == "dictionary_item_added":
                place = _place(item, channels) if subject == "channels" else ""
                sentence = f"{noun}{_said(level.t2)} added{place}"
                yield Difference(subject=subject, sentence=sentence, after=_entry(subject, item, level.t2))
            elif report == "dictionary_item_removed":
                sentence = f"{noun}{_said(level.t1)} removed"
                yield Difference(subject=subject, sentence=sentence, before=_entry(subject, item, level.t1))
            elif level.t1 is not None and level.t2 is not None:
                yield Difference(
                    subject=subject,
                    sentence=f"{noun}{_said(level.t1)} →{_said(level.t2)}",
                    before=_entry(subject, item, level.t1),
                    after=_entry(subject, item, level.t2),
                )


def _place(channel: str, channels: tuple[str, ...]) -> str:
    """Where a channel was added: those before it win over it."""
    position = channels.index(channel)
    if position:
        return f" after {channels[position - 1]}"
    return " before all others" if len(channels) > 1 else ""


def _said(value: _Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return " on" if value else " off"
    return f" {value}"


def _entry(subject: str, item: str, value: _Value) -> _Value:
    """One side for a script: ``name=value`` of a named item, the name alone if that is all there is."""
    if not item or subject in _SELF_TOLD:
        return value
    return item if value is None else f"{item}={value}"
