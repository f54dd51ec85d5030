"""Area ``project``: does the project's own environment file pin exact versions, those that are live?"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.doctor.looking import look_into
from envgit.errors import BadFile, NoEnvironment, NotAPrefix
from envgit.formats import declared
from envgit.formats.pip.line import normalised
from envgit.operations.binding import bound_environment
from envgit.redact import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Environment
    from envgit.operations.workspace import Workspace

_finding = partial(Finding, area="project")
_NAMES = ("environment.yml", "environment.yaml")
#: How each layer writes an exact pin; conda's is that of ``conda env export --no-builds``.
_CONDA, _PIP = "=", "=="
_ITEM = r"\s*-\s+([\"']?)(.+?)\1\s*(?:\s#.*)?"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Spec:
    """What the file asks for: ``equals`` tells the layer, ``text`` is what is written at ``line``."""

    name: str
    equals: str
    text: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Live:
    """What is installed under the name of a spec."""

    version: str
    build: str = ""


#: By the sign of the layer and the name.
_Installed = dict[tuple[str, str], _Live]


def project(workspace: Workspace) -> Iterator[Finding]:
    """Find the specs that would bring another version some day, with the version that is live now."""
    top = workspace.repository.work_tree
    files = [Path(top, name) for name in _NAMES if Path(top, name).is_file()] if top else []
    for file in files:
        yield from _judged(workspace, file)
    if not files:
        yield _finding(severity="well", message="no environment.yml of its own")


def _judged(workspace: Workspace, file: Path) -> Iterator[Finding]:
    from envgit.formats import decode_any

    try:
        content = file.read_bytes()
        wanted = decode_any(content, where=file.name).environment
    except BadFile as error:
        yield _finding(severity="warning", message=error.message)
        return
    except OSError as error:
        yield _finding(severity="warning", message=f"{file.name}: cannot be read ({error.strerror})")
        return
    live = _live(workspace)
    installed = _installed(live) if live else {}
    items = list(_items(content.decode("utf-8", "replace").splitlines()))
    loose = list(_loose(wanted, installed, items))
    unmet = dict(_unmet(content, file.name, live, items)) if live else {}
    for spec, state in sorted(unmet.items(), key=lambda pair: _order(pair[0])):
        yield _finding(
            severity="warning", message=f"{_place(file, spec)}: {redact_text(spec.text)} is not met: {state}"
        )
    # What is live is no pin to offer for a spec that asks for something else.
    told = {(spec.line, spec.name) for spec in unmet}
    for spec in sorted(loose, key=_order):
        name = normalised(spec.name)
        if not told & {(spec.line, name), (None, name)}:
            yield _of_loose(file, spec, installed.get((spec.equals, spec.name)))
    exact = len(wanted.conda) + len(wanted.distributions) - len(loose)
    yield _finding(severity="well", message=f"{file.name}: {exact} of {exact + len(loose)} specs are exact")


def _live(workspace: Workspace) -> Environment | None:
    """What is live now; None where there is no environment, which is for the area ``binding`` to say."""
    try:
        return look_into(workspace, bound_environment(workspace).prefix)
    except (NoEnvironment, NotAPrefix):
        return None


def _installed(environment: Environment) -> _Installed:
    python = {(_CONDA, "python"): _Live(version=environment.python)} if environment.python else {}
    conda = {(_CONDA, p.name): _Live(version=p.version, build=p.build) for p in environment.conda}
    pypi = {(_PIP, d.name): _Live(version=d.version) for d in environment.distributions}
    if environment.kind == "venv":  # where distributions stand for conda's packages
        python |= {(_CONDA, name): live for (_, name), live in pypi.items()}
    return python | conda | pypi


def _loose(wanted: Environment, installed: _Installed, items: list[_Spec]) -> Iterator[_Spec]:
    for package in wanted.conda:
        live = installed.get((_CONDA, package.name))
        text = " ".join(package.requested) or f"{package.name}={package.version}"
        spec = _as_written(items, _Spec(name=package.name, equals=_CONDA, text=text))
        # To conda `numpy=1.26` is any 1.26; it is exact only where that is the whole of a version.
        prefix = live is not None and live.version.startswith(f"{package.version}.")
        fuzzy = prefix and not package.build and "==" not in spec.text
        # A bare `pip` stands there for conda to use, and brings nothing into the results.
        if (fuzzy or not package.version) and spec.text != "pip":
            yield spec
    for distribution in wanted.distributions:
        if not distribution.version and distribution.source is None:
            asked = _Spec(name=distribution.name, equals=_PIP, text=distribution.requirement)
            yield _as_written(items, asked)


def _unmet(content: bytes, where: str, live: Environment, items: list[_Spec]) -> Iterator[tuple[_Spec, str]]:
    """Each spec that the live environment does not meet, and what is there instead."""
    for lack in declared.unmet(content, live, where=where):
        asked, _, state = lack.removesuffix(")").rpartition(" (")
        name = re.match(r"(?:\S+::)?([\w.-]+)", asked)
        spec = _Spec(name=normalised(name[1]) if name else asked, equals="", text=asked)
        both = (_as_written(items, replace(spec, equals=sign)) for sign in (_CONDA, _PIP))
        lines = [found.line for found in both if _bare(redact_text(found.text)) == _bare(asked)]
        yield replace(spec, line=next(filter(None, lines), None)), state


def _bare(spec: str) -> str:
    """A spec without what can be written in several ways."""
    return re.sub(r"[\s'\"]", "", spec).lower()


def _order(spec: _Spec) -> tuple[int, str]:
    return spec.line or 0, spec.name


def _place(file: Path, spec: _Spec) -> str:
    return f"{file.name}:{spec.line}" if spec.line else file.name


def _items(lines: list[str]) -> Iterator[_Spec]:
    """Each plain item of ``dependencies`` by its line; whatever is written otherwise is passed over."""
    inside, pip = False, -1
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if re.match(r"\w+\s*:", line):
            inside, pip = line.startswith("dependencies"), -1
        elif re.match(r"\s*-\s*pip\s*:", line):
            pip = indent
        elif inside and (found := re.fullmatch(_ITEM, line)):
            pip = pip if indent > pip else -1
            yield _Spec(name="", equals=_PIP if pip >= 0 else _CONDA, text=found[2], line=number)


def _as_written(items: list[_Spec], asked: _Spec) -> _Spec:
    """The spec as it stands in the file, with its line; as it was read where no plain item holds it."""
    name = re.sub(r"[-_.]+", "[-_.]+", asked.name) if asked.equals == _PIP else re.escape(asked.name)
    beginning = re.compile(rf"(?:\S+::)?{name}(?![\w.:-])", re.IGNORECASE)
    same = (item for item in items if item.equals == asked.equals and beginning.match(item.text))
    return replace(next(same, asked), name=asked.name)


def _of_loose(file: Path, spec: _Spec, live: _Live | None) -> Finding:
    place = _place(file, spec)
    shown = redact_text(spec.text)
    if live is None or not live.version:
        missing = f"{place}: {shown} is loose, and no {spec.name} is installed to tell an exact version"
        return _finding(severity="warning", message=missing)
    pin = _pinned(spec, live)
    return _finding(
        severity="warning",
        message=f"{place}: {shown} is loose; live now is {redact_text(pin)}",
        command=_replacing(file, spec, pin) if spec.line and shown == spec.text else "",
    )


def _pinned(spec: _Spec, live: _Live) -> str:
    """The spec with the live version: its channel, build, extras and marker are kept."""
    if spec.equals == _PIP:
        name = re.match(r"[\w.-]+\s*(?:\[[^\]]*\])?", spec.text)
        _, semicolon, marker = spec.text.partition(";")
        return f"{name[0].strip() if name else spec.name}=={live.version}" + (
            f" ;{marker}" if semicolon else ""
        )
    channel = "".join(spec.text.rpartition("::")[:2])
    has_build = re.search(r"[^=<>!~]=[^=]*=[^=]", spec.text)
    return f"{channel}{spec.name}={live.version}" + (f"={live.build}" if has_build else "")


def _replacing(file: Path, spec: _Spec, pin: str) -> str:
    """A command that writes the pin in place of the spec, and keeps the file as it was beside it."""
    old = re.sub(r"([\\.*\[\]^$/])", r"\\\1", spec.text)
    new = re.sub(r"([\\&/])", r"\\\1", pin)
    return shlex.join(("sed", "-i.bak", f"{spec.line}s/{old}/{new}/", str(file)))
