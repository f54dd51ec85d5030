"""Which channels conda was told to look in, and how: its configuration files merged as conda merges them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from envgit.capture.addresses import channel_of
from envgit.capture.reading import read_file
from envgit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: What conda takes for a priority; before there were three it was a switch.
_PRIORITIES = {
    **{priority: priority for priority in ("strict", "flexible", "disabled")},
    **dict.fromkeys(("true", "yes", "on"), "flexible"),
    **dict.fromkeys(("false", "no", "off"), "disabled"),
}
_SINGLE = ("channel_priority", "channel_alias", "subdir")


@dataclass(frozen=True, kw_only=True, slots=True)
class CondaSettings:
    """What configuration files and variables say together.

    ``channels`` are as written, the first asked first. ``channel_priority`` is ``strict``, ``flexible``,
    ``disabled``, or None when nothing is configured.
    """

    channels: tuple[str, ...] = ()
    channel_priority: str | None = None
    subdir: str | None = None
    alias: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    multi: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def resolve(self, channel: str) -> tuple[str, ...]:
        """Return the channels, in the form that is recorded, which conda takes a word for.

        ``defaults`` stays: the word means the same everywhere, what it was configured to does not.
        """
        if channel in self.multi and channel != "defaults":
            return tuple(self._located(member) for member in self.multi[channel])
        return (self._located(channel),)

    def is_default(self, channel: str) -> bool:
        """Whether ``defaults`` stands for this channel, given in the form that is recorded."""
        members = self.multi.get("defaults", ())
        return channel.startswith("pkgs/") or any(self._located(member) == channel for member in members)

    def _located(self, channel: str) -> str:
        if "://" in channel or channel == "defaults":
            return channel_of(channel)
        if channel.startswith("/"):
            return channel_of(f"file://{channel}")
        place = self.custom.get(channel, self.alias)
        return channel_of(f"{place.rstrip('/')}/{channel}" if place else channel)


def read_condarc(path: str, *, canonical: Callable[[str], str]) -> dict[str, Any]:
    """Return the settings of one file that say where packages come from, as plain JSON values.

    Raises:
        BadFile: it is not YAML, or no mapping.
        OSError: it cannot be read.
    """
    from envgit.formats.syntax.yaml_text import load_yaml

    content = load_yaml(read_file(path).decode("utf-8-sig", "replace"), path)
    if not isinstance(content, dict):
        if content is None:
            return {}
        raise BadFile(f"{path}: expected settings, found {type(content).__name__}")
    settings: dict[str, Any] = {n: canonical(str(content[n])) for n in _SINGLE if n in content}
    for name in ("channels", "default_channels"):
        if name in content:
            settings[name] = [canonical(channel) for channel in _texts(content[name])]
    for name in ("custom_channels", "custom_multichannels"):
        if isinstance(content.get(name), dict):
            settings[name] = {
                canonical(str(k)): [canonical(p) for p in _texts(v)] for k, v in content[name].items()
            }
    return settings


def merge(files: Iterable[Mapping[str, Any]], variables: Mapping[str, str]) -> CondaSettings:
    """Merge settings as conda does: lists are joined with the strongest in front, all else is replaced.

    Args:
        files: what ``read_condarc`` returned, the weakest first.
        variables: settings by name from environment variables, which stand above all files.
    """
    single: dict[str, str] = {}
    channels: list[str] = []
    custom: dict[str, str] = {}
    multi: dict[str, list[str]] = {}
    for settings in files:
        single |= {name: settings[name] for name in _SINGLE if name in settings}
        channels = [*settings.get("channels", []), *channels]
        custom |= {name: places[0] for name, places in settings.get("custom_channels", {}).items() if places}
        multi |= settings.get("custom_multichannels", {})
        if "default_channels" in settings:
            multi["defaults"] = settings["default_channels"]
    single |= variables
    return CondaSettings(
        channels=tuple(dict.fromkeys([*filter(None, variables.get("channels", "").split(",")), *channels])),
        channel_priority=_PRIORITIES.get(single.get("channel_priority", "").lower()),
        subdir=single.get("subdir"),
        alias=single.get("channel_alias", ""),
        custom=custom,
        multi=multi,
    )


def channel_order(settings: CondaSettings, flags: Iterable[str], used: Iterable[str]) -> tuple[str, ...]:
    """Return the channels that packages came from, the first asked first.

    Args:
        settings: conda's; without channels it asks ``defaults``.
        flags: channels of commands (``-c``), which conda asks before the configured ones.
        used: the channel of each package. Those that nothing mentions come last, the most used one first.
    """
    left = dict(Counter(filter(None, used)).most_common())
    order: list[str] = []

    def place(channel: str) -> None:
        covered = [c for c in left if c == channel or (channel == "defaults" and settings.is_default(c))]
        if covered:
            order.append(channel)
        for c in covered:
            del left[c]

    for word in (*flags, *(settings.channels or ("defaults",))):
        for channel in settings.resolve(word):
            place(channel)
    for channel in sorted(left, key=lambda c: (-left[c], c)):
        place("defaults" if settings.is_default(channel) else channel)
    return tuple(order)


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, str)]
