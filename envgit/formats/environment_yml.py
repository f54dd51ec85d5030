"""environment.yml (CEP 24): the portable form of an environment, without builds and prefix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from envgit.errors import BadFile
from envgit.formats.artifact import channel_name
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.matchspec import package_of_spec, split_pip_extras
from envgit.formats.pip_line import line_of
from envgit.formats.pip_requirement import read_line
from envgit.formats.text import decode_text
from envgit.formats.text_spec import split_pip
from envgit.formats.yaml_line import scalar
from envgit.formats.yaml_text import load_yaml
from envgit.model import CondaPackage, Distribution, Environment, Variable
from envgit.redact import holds_secret, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEYS = frozenset({"name", "prefix", "channels", "dependencies", "variables", "platforms", "category"})

#: What conda's name "defaults" stands for.
DEFAULTS = frozenset({"defaults", "pkgs/main", "pkgs/r", "pkgs/msys2", "pkgs/free", "pkgs/pro"})

# Conda takes ``- pywin32  # [win]`` on every system; conda-lock minds the comment.
_SELECTOR = r"#\s*\[(?:not |unix|linux|osx|win|x86|arm|aarch|ppc|emscripten)[\w() ]*\]\s*$"


class Requests(NamedTuple):
    """What a file asks for, as it is written there: conda's specs, and the lines of its ``pip:`` section."""

    conda: tuple[str, ...]
    pip: tuple[str, ...]


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
    keys) is a warning that names the file.

    Raises:
        BadFile: not YAML, or YAML that is no conda environment; the message says what is wrong where.
    """
    remarks = Remarks(where)
    text = decode_text(content, where)
    document = _mapping(load_yaml(text, where), where)
    _remark_on_selectors(text, remarks)
    for key in sorted(document.keys() - _KEYS, key=str):
        remarks.add("unknown-key", f"`{key}` is no key of an environment file and is left out")
    packages, pypi = _dependencies(document, remarks)
    conda = remarks.one_of_each(packages)
    platforms = _texts(document, "platforms", remarks)
    environment = Environment(
        kind="conda",
        platform=platforms[0] if len(platforms) == 1 else "",
        python=next((p.version for p in conda if p.name == "python" and p.version), None),
        conda=conda,
        distributions=remarks.one_of_each(pypi),
        channels=tuple(channel_name(c) for c in _texts(document, "channels", remarks) if c != "nodefaults"),
        variables=_variables(document, remarks),
    )
    return Decoded(name=_name(document), environment=environment, warnings=tuple(remarks.warned))


def read_requests(content: bytes, *, where: str) -> Requests:
    """Read what an environment.yml asks for, and no more; what is for one platform only is left out.

    Raises:
        BadFile: see `decode`.
    """
    lines = decode_text(content, where).split("\n")
    everywhere = "\n".join(line for line in lines if not _selector(line))
    asked = list(_asked(_mapping(load_yaml(everywhere, where), where), where))
    specs = (_plain_spec(str(value))[0] for section, value in asked if not section)
    lists = (_pip_lines(value) for section, value in asked if section == "pip")
    return Requests(tuple(filter(None, specs)), tuple(line for listed in lists for line in listed))


def _mapping(document: object, where: str) -> dict[object, object]:
    if not isinstance(document, dict):
        raise _no_environment(where, f"{_shape(document)} in place of keys")
    foreign = sorted(str(key) for key in document.keys() - _KEYS)
    # an export of an empty environment has no `dependencies` at all
    if "dependencies" not in document and (foreign or not document.keys() & {"channels", "prefix"}):
        raise _no_environment(where, "it has no `dependencies`")
    dependencies = document.get("dependencies")
    if not isinstance(dependencies, list) and (dependencies is not None or foreign):
        besides = f"; it also has {_listed(foreign)}" if foreign else ""
        raise _no_environment(where, f"`dependencies` is {_shape(dependencies)}, not a list{besides}")
    return document


def _no_environment(where: str, why: str) -> BadFile:
    hint = "Name a file with `dependencies:` that conda env create would take."
    return BadFile(f"{where}: not a conda environment: {why}", hint=hint)


def _listed(keys: Iterable[object]) -> str:
    names = [str(key) for key in keys]
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def _shape(value: object) -> str:
    """A value of YAML in the words of a person who reads the file."""
    if isinstance(value, dict):
        return f"a mapping of {_listed(value)}"
    return {type(None): "nothing", list: "a list"}.get(type(value), f"{value!r}")


def _name(document: dict[object, object]) -> str | None:
    """The name; exports of an environment outside conda's folders give its whole path."""
    name = str(document.get("name") or "").replace("\\", "/").rstrip("/")
    return name.rpartition("/")[2].strip() or None


def _texts(document: dict[object, object], key: str, remarks: Remarks) -> list[str]:
    """The texts of a list, which people also write as a single text."""
    value = document.get(key)
    items = value if isinstance(value, list) else [] if value is None else [value]
    for item in items:
        if not isinstance(item, str):
            remarks.add("unreadable", f"{item!r} in `{key}` is no text")
    return [item for item in items if isinstance(item, str)]


def _dependencies(
    document: dict[object, object], remarks: Remarks
) -> tuple[list[CondaPackage], list[Distribution]]:
    packages: list[CondaPackage] = []
    pypi: list[Distribution] = []
    for section, value in _asked(document, remarks.where):
        if section:
            pypi += _section(section, value, remarks)
        else:
            packages += _package(str(value), remarks)
    conda, listed = split_pip(packages)
    return conda, listed + pypi


def _asked(document: dict[object, object], where: str) -> Iterator[tuple[str, object]]:
    """Each entry of ``dependencies``: a spec, or with its name a section such as ``pip``."""
    items = document.get("dependencies")
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, str):
            yield "", item
        elif isinstance(item, dict) and len(item) == 1:
            ((section, value),) = item.items()
            yield str(section), value
        else:
            raise _no_environment(where, f"dependencies[{index}] is {_shape(item)}, no spec")


def _package(spec: str, remarks: Remarks) -> list[CondaPackage]:
    plain, *foreign = _plain_spec(spec)
    try:
        package = package_of_spec(plain)
    except ValueError as error:
        remarks.add("unreadable", f"`{redact_text(spec)}` is no conda spec: {error}")
        return []
    for part in filter(None, foreign):
        remarks.add("option", f"`{redact_text(part)}` in `{redact_text(spec)}` is no part of a spec")
    return [package]


def _plain_spec(spec: str) -> list[str]:
    """A spec without its comment, then what of it only pip would understand."""
    plain, extras = split_pip_extras(_without_comment(spec))
    plain, *options = re.split(r"\s+(?=--?[A-Za-z])", plain, maxsplit=1)
    return [plain, extras, *options]


def _without_comment(text: str) -> str:
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def _section(section: str, value: object, remarks: Remarks) -> list[Distribution]:
    if section == "pip":
        return [d for line in _pip_lines(value) for d in _distribution(line, remarks)]
    if section.startswith("sel("):
        remarks.add("condition", f"`{section}: {value}` is for one platform only and is left out")
    else:
        remarks.add("unknown-key", f"`{section}` in `dependencies` is no section of conda and is left out")
    return []


def _pip_lines(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    lines = (_without_comment(str(item)) for item in items if item is not None)
    return [line for line in lines if line]


def _distribution(line: str, remarks: Remarks) -> list[Distribution]:
    try:
        read = read_line(line)
    except ValueError as error:
        remarks.add("unreadable", f"`{redact_text(line)}` in `pip` is no requirement: {error}")
        return []
    remarks.add_all(read.remarks)
    return [read.distribution] if read.distribution else []


def _variables(document: dict[object, object], remarks: Remarks) -> tuple[Variable, ...]:
    """Variables of a mapping, or of a list of mappings; one that looks like a secret loses its value."""
    value = document.get("variables")
    mappings = value if isinstance(value, list) else [] if value is None else [value]
    variables: dict[str, Variable] = {}
    for mapping in mappings:
        if not isinstance(mapping, dict):
            remarks.add("unreadable", f"{mapping!r} in `variables` is no name with a value")
            continue
        for name, content in mapping.items():
            text = "" if content is None else str(content)
            if holds_secret(str(name), text):
                remarks.add("secret", f"the value of the variable {name} looks like a secret and is left out")
            known = None if holds_secret(str(name), text) else text
            variables[str(name)] = Variable(name=str(name), value=known)
    return tuple(variables[name] for name in sorted(variables))


def _remark_on_selectors(text: str, remarks: Remarks) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        selector = _selector(line)
        if selector:
            sentence = f"`{selector}` is a comment; the line counts on every platform"
            remarks.add("condition", sentence, line=number)


def _selector(line: str) -> str:
    found = re.search(_SELECTOR, line) if line.lstrip().startswith("-") else None
    return found[0].strip() if found else ""
