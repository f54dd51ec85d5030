"""environment.yml (CEP 24): the portable form of an environment, without builds and prefix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.formats.artifact import channel_name
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.environment_document import Requests, decode_document, requests_of
from envgit.formats.pip_line import line_of
from envgit.formats.text import decode_text
from envgit.formats.yaml_items import ItemLines
from envgit.formats.yaml_line import scalar
from envgit.formats.yaml_text import load_yaml
from envgit.redact import holds_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import CondaPackage, Environment

#: What conda's name "defaults" stands for.
DEFAULTS = frozenset({"defaults", "pkgs/main", "pkgs/r", "pkgs/msys2", "pkgs/free", "pkgs/pro"})

# Conda takes ``- pywin32  # [win]`` on every system; conda-lock minds the comment.
_SELECTOR = r"#\s*\[(?:not |unix|linux|osx|win|x86|arm|aarch|ppc|emscripten)[\w() ]*\]\s*$"


def encode(environment: Environment, *, name: str) -> str:
    """Return the environment.yml of an environment, for stock conda, mamba and micromamba.

    Channels stand in priority order, without ``nodefaults``: conda 26.7 takes it for a channel of that
    name. A package from any but the first channel names its channel, as two channels often hold the
    same version and nothing offline tells which one would be asked first. A venv is written as
    ``python``, ``pip`` and what pip installs. Characters that a name may not hold become ``-``;
    variables of unknown value are left out.
    """
    # Written by hand: loading PyYAML would take longer than the rest of a snapshot.
    channels = _channels(environment)
    lines = [f"name: {scalar(re.sub(r'[/ :#]', '-', name))}"]
    if channels:
        lines += ["channels:", *(f"  - {scalar(channel)}" for channel in channels)]
    lines += ["dependencies:", *(f"  - {scalar(spec)}" for spec in _specs(environment, channels))]
    if environment.additions:
        lines += ["  - pip:", *(f"      - {scalar(line_of(d))}" for d in environment.additions)]
    known = [(v.name, v.value) for v in environment.variables if v.value is not None]
    public = [(n, value) for n, value in known if not holds_secret(n, value)]
    if public:
        lines += ["variables:", *(f"  {scalar(n)}: {scalar(value)}" for n, value in public)]
    return "".join(f"{line}\n" for line in lines)


def _channels(environment: Environment) -> list[str]:
    """The environment's channels, then those that only single packages were taken from, most used first."""
    channels = [channel_name(c) for c in environment.channels if c != "nodefaults"]
    listed = set(channels) | (DEFAULTS if "defaults" in channels else frozenset())
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
    first = DEFAULTS if channels[:1] == ["defaults"] else frozenset(channels[:1])
    for package in environment.conda:
        yield from _specs_of(package, first)
    if environment.additions and "pip" not in names:
        yield "pip"


def _specs_of(package: CondaPackage, first: frozenset[str]) -> Iterator[str]:
    channel = channel_name(package.channel)
    prefix = f"{channel}::" if _is_channel(package.channel) and channel not in first else ""
    if package.version:
        yield f"{prefix}{package.name}={package.version}"
    else:
        yield from package.requested or (prefix + package.name,)


def decode(content: bytes, *, where: str) -> Decoded:
    """Read an environment.yml as people write and export them.

    Exact pins, and ``name=version`` as exports write them, fill version and build; looser specs are
    kept as text. What has no place in an environment (options of pip, other files, selectors, unknown
    keys) is a warning that names the file, and the line where it is on one of its own.

    Raises:
        BadFile: not YAML, or YAML that is no conda environment; the message says what is wrong where.
    """
    text = decode_text(content, where)
    document = load_yaml(text, where)
    remarks = Remarks(where)
    _remark_on_lines(text, remarks)
    return decode_document(document, remarks, items=ItemLines(text))


def read_requests(content: bytes, *, where: str) -> Requests:
    """Read what an environment.yml asks for, and no more; what is for one platform only is left out.

    Raises:
        BadFile: see `decode`.
    """
    lines = decode_text(content, where).split("\n")
    everywhere = "\n".join(line for line in lines if not _selector(line))
    return requests_of(load_yaml(everywhere, where), where)


def _remark_on_lines(text: str, remarks: Remarks) -> None:
    """Warn of what is gone once the YAML is parsed: selectors, and keys that stand twice."""
    keys: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        key = re.match(r"(name|channels|dependencies|variables|platforms)\s*:", line)
        if key and key[1] in keys:
            remarks.add("duplicate", f"`{key[1]}` stands here again; what stands here counts", line=number)
        keys |= {key[1]} if key else set()
        selector = _selector(line)
        if selector:
            sentence = f"`{selector}` is a comment; the line counts on every platform"
            remarks.add("condition", sentence, line=number)


def _selector(line: str) -> str:
    found = re.search(_SELECTOR, line) if line.lstrip().startswith("-") else None
    return found[0].strip() if found else ""
