"""What an environment.yml says (CEP 24), once it is parsed: as YAML, or as the JSON that conda exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from envgit.errors import BadFile
from envgit.formats.conda.artifact import channel_name
from envgit.formats.conda.matchspec import package_of_spec, split_pip_extras
from envgit.formats.conda.text_spec import split_pip
from envgit.formats.decoded import Decoded
from envgit.formats.pip.requirement import read_line
from envgit.formats.syntax.text import bounded
from envgit.formats.syntax.yaml_items import ItemLines
from envgit.model import CondaPackage, Distribution, Environment, Variable
from envgit.redact import holds_secret, redact_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.formats.decoded import Remarks

_KEYS = frozenset({"name", "prefix", "channels", "dependencies", "variables", "platforms", "category"})


class Requests(NamedTuple):
    """What a file asks for, as it is written there: conda's specs, and the lines of its ``pip:`` section."""

    conda: tuple[str, ...]
    pip: tuple[str, ...]


def decode_document(document: object, remarks: Remarks, *, items: ItemLines | None = None) -> Decoded:
    """Return the environment of a parsed file; `items` tells the lines of what its lists hold.

    Raises:
        BadFile: it is no conda environment; the message says what is wrong where.
    """
    return _Reading(_mapping(document, remarks.where), remarks, items or ItemLines("")).decoded()


def requests_of(document: object, where: str) -> Requests:
    """Return what a parsed file asks for, and no more.

    Raises:
        BadFile: see `decode_document`.
    """
    asked = list(_asked(_mapping(document, where), where))
    specs = (_plain_spec(str(value))[0] for section, value in asked if not section)
    lines = (str(value) for section, value in asked if section == "pip")
    return Requests(tuple(filter(None, specs)), tuple(lines))


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


class _Reading:
    """Turns a document into nouns, and warns of what it cannot keep."""

    def __init__(self, document: dict[object, object], remarks: Remarks, items: ItemLines) -> None:
        self._document, self._remarks, self._items = document, remarks, items

    def decoded(self) -> Decoded:
        remarks = self._remarks
        for key in sorted(self._document.keys() - _KEYS, key=str):
            remarks.add("unknown-key", f"`{key}` is no key of an environment file and is left out")
        if "category" in self._document:
            remarks.add("unknown-key", "`category` is for tools that write lock files and is left out")
        packages, pypi = self._dependencies()
        conda = remarks.one_of_each(packages)
        environment = Environment(
            kind="conda",
            platform=self._platform(),
            python=next((p.version for p in conda if p.name == "python" and p.version), None),
            conda=conda,
            distributions=remarks.one_of_each(pypi),
            channels=self._channels(),
            variables=self._variables(),
        )
        return Decoded(
            name=self._name(),
            environment=environment,
            warnings=tuple(remarks.warned),
            keeps_variables=True,
        )

    def _name(self) -> str | None:
        """The name; exports of an environment outside conda's folders give its whole path."""
        name = str(self._document.get("name") or "").replace("\\", "/").rstrip("/")
        return name.rpartition("/")[2].strip() or None

    def _platform(self) -> str:
        platforms = self._texts("platforms")
        if len(platforms) > 1:
            listed = ", ".join(platforms)
            self._remarks.add("platform", f"for {listed}; which of them the environment is for is not told")
        return platforms[0] if len(platforms) == 1 else ""

    def _channels(self) -> tuple[str, ...]:
        channels = [channel for channel in self._texts("channels") if channel != "nodefaults"]
        for channel in channels:
            if redact_url(channel) != channel:
                sentence = f"the credentials in the URL of the channel {channel_name(channel)} are left out"
                self._remarks.add("secret", sentence, line=self._items.line(channel))
        return tuple(map(channel_name, channels))

    def _texts(self, key: str) -> list[str]:
        """The texts of a list, which people also write as a single text."""
        value = self._document.get(key)
        items = value if isinstance(value, list) else [] if value is None else [value]
        for item in items:
            if not isinstance(item, str):
                self._remarks.add("unreadable", f"{item!r} in `{key}` is no text")
        return [item for item in items if isinstance(item, str)]

    def _dependencies(self) -> tuple[list[CondaPackage], list[Distribution]]:
        packages: list[CondaPackage] = []
        pypi: list[Distribution] = []
        where = self._remarks.where
        for section, value in bounded(_asked(self._document, where), where):
            if not section:
                packages += self._package(str(value))
            elif section == "pip":
                pypi += self._distribution(str(value))
            else:
                self._remark_on_section(section, value)
        conda, listed = split_pip(packages)
        return conda, listed + pypi

    def _package(self, spec: str) -> list[CondaPackage]:
        plain, *foreign = _plain_spec(spec)
        line = self._items.line
        try:
            package = package_of_spec(plain)
        except ValueError as error:
            self._remarks.add("unreadable", f"`{spec}` is no conda spec: {error}", line=line(spec))
            return []
        for part in filter(None, foreign):
            self._remarks.add("option", f"`{part}` in `{spec}` is no part of a spec", line=line(spec))
        return [package]

    def _remark_on_section(self, section: str, value: object) -> None:
        if section.startswith("sel("):
            sentence = f"`{section}: {value}` is for one platform only and is left out"
            self._remarks.add("condition", sentence, line=self._items.line(f"{section}: {value}"))
        else:
            sentence = f"`{section}` in `dependencies` is no section of conda and is left out"
            self._remarks.add("unknown-key", sentence, line=self._items.line(f"{section}:"))

    def _distribution(self, line: str) -> list[Distribution]:
        number = self._items.line(line)
        try:
            read = read_line(line)
        except ValueError as error:
            self._remarks.add("unreadable", f"`{line}` in `pip` is no requirement: {error}", line=number)
            return []
        self._remarks.add_all(read.remarks, line=number)
        return [read.distribution] if read.distribution else []

    def _variables(self) -> tuple[Variable, ...]:
        """Variables of a mapping, or of a list of mappings; one that looks like a secret loses its value."""
        value = self._document.get("variables")
        mappings = value if isinstance(value, list) else [] if value is None else [value]
        variables: dict[str, Variable] = {}
        for mapping in mappings:
            if not isinstance(mapping, dict):
                entry = str(mapping).partition("=")[0]  # what follows is a value, and may be a secret
                self._remarks.add("unreadable", f"`{entry}` in `variables` is no name with a value")
                continue
            for name, content in mapping.items():
                variables[str(name)] = self._variable(str(name), "" if content is None else str(content))
        return tuple(variables[name] for name in sorted(variables))

    def _variable(self, name: str, value: str) -> Variable:
        if not holds_secret(name, value):
            return Variable(name=name, value=value)
        sentence = f"the value of the variable {name} looks like a secret and is left out"
        self._remarks.add("secret", sentence)
        return Variable(name=name)


def _asked(document: dict[object, object], where: str) -> Iterator[tuple[str, object]]:
    """Each entry of ``dependencies``: a spec, a line of the section ``pip``, or another section."""
    items = document.get("dependencies")
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, str):
            yield "", item
        elif isinstance(item, dict) and len(item) == 1:
            ((section, value),) = item.items()
            if section == "pip":
                yield from ((section, line) for line in _pip_lines(value))
            else:
                yield str(section), value
        else:
            raise _no_environment(where, f"dependencies[{index}] is {_shape(item)}, no spec")


def _plain_spec(spec: str) -> list[str]:
    """A spec without its comment, then what of it only pip would understand."""
    plain, extras = split_pip_extras(_without_comment(spec))
    plain, *options = re.split(r"(?<!\s)\s+(?=--?[A-Za-z])", plain, maxsplit=1)
    return [plain, extras, *options]


def _without_comment(text: str) -> str:
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def _pip_lines(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    lines = (_without_comment(str(item)) for item in items if item is not None)
    return [line for line in lines if line]
