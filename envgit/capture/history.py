"""Read ``conda-meta/history`` (CEP 32): what the user asked for, and from which channels."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

_SPECS = re.compile(r"#\s*(\w+)\s+specs:\s*(.*)")
_REMOVES = {"remove", "uninstall"}
_REQUESTS = {"create", "install", "update", "neutered"}
_COMMAND = re.compile(r"#\s*cmd:\s*(.*)")
# Far more than a URL with all that a MatchSpec can say; a longer one is passed over.
_LONGEST_SPEC = 4096
_NAME = re.compile(r"(?:[^\[]*::)?\s*([A-Za-z0-9_][\w.-]*)")


class History(NamedTuple):
    """The last spec asked for by package name, and the channels of ``-c``, the latest command first.

    A package that was asked for once and is no longer has an empty spec.
    """

    specs: dict[str, str]
    channels: tuple[str, ...]


def read_history(text: str) -> History:
    """Replay a history; lines of unknown form are passed over, as conda does.

    Texts are as written, and may hold credentials.
    """
    specs: dict[str, str] = {}
    channels: list[str] = []
    for section in re.split(r"^==>", text, flags=re.MULTILINE):
        lines = section.splitlines()
        requests = [request for line in lines if (request := _SPECS.match(line))]
        # Within a section removals count first: mamba writes an update as both, in either order.
        for request in sorted(requests, key=lambda request: request[1] not in _REMOVES):
            _apply(request[1], _listed(request[2]), specs)
        commands = [command[1].split() for line in lines if (command := _COMMAND.match(line))]
        channels = [channel for command in commands for channel in _channels_of(command)] + channels
    return History(specs, tuple(dict.fromkeys(channels)))


def name_of_spec(spec: str) -> str:
    """Return the package name that a MatchSpec begins with, empty when it names none."""
    if len(spec) > _LONGEST_SPEC:
        return ""
    file = re.split(r"[/\\]", spec.partition("#")[0])[-1]
    stem = re.sub(r"\.(?:conda|tar\.bz2)$", "", file)
    parts = stem.rsplit("-", 2)
    if stem != file and len(parts) == 3 and all(parts):
        return parts[0].lower()
    name = _NAME.match(spec)
    return name[1].lower() if name else ""


def _apply(action: str, requested: list[str], specs: dict[str, str]) -> None:
    for spec in requested:
        name = name_of_spec(spec)
        if action in _REMOVES:
            specs[name] = ""
        elif action in _REQUESTS and name and not spec.endswith("@"):  # "@" ends a feature, no package
            specs[name] = spec


def _listed(text: str) -> list[str]:
    """The specs of a line: a Python or JSON list, or (conda before 4.4) parts between commas."""
    if text.startswith("["):
        try:
            listed = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return []
        return [spec.strip() for spec in listed if isinstance(spec, str)] if isinstance(listed, list) else []
    # A comma stands between specs, and between the bounds of one: "numpy >=1.2,<2,scipy".
    return [spec.strip() for spec in re.split(r",(?=\s*[A-Za-z_])", text) if spec.strip()]


def _channels_of(argv: list[str]) -> list[str]:
    channels = []
    for option, value in zip(argv, [*argv[1:], ""], strict=True):
        if option in {"-c", "--channel"} and value:
            channels.append(value)
        elif option.startswith("--channel="):
            channels.append(option.partition("=")[2])
    return channels
