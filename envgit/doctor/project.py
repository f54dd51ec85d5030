"""Area ``project``: does the project's own environment file pin exact versions?"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding
from envgit.doctor.looking import look_into
from envgit.errors import BadFile, NoEnvironment, NotAPrefix
from envgit.operations.binding import bound_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.model import Environment
    from envgit.operations.workspace import Workspace

_finding = partial(Finding, area="project")
_NAMES = ("environment.yml", "environment.yaml")
#: How each layer writes an exact pin; conda's is that of ``conda env export --no-builds``.
_CONDA, _PIP = "=", "=="


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
    from envgit.formats import environment_yml

    try:
        content = file.read_bytes()
        wanted = environment_yml.decode(content, where=file.name).environment
    except BadFile as error:
        yield _finding(severity="warning", message=error.message)
        return
    except OSError as error:
        yield _finding(severity="warning", message=f"{file.name}: cannot be read ({error.strerror})")
        return
    installed = _installed(workspace)
    lines = content.decode("utf-8", "replace").splitlines()
    loose = [_found_in(lines, spec) for spec in _loose(wanted, installed)]
    for spec in sorted(loose, key=lambda spec: (spec.line or 0, spec.name)):
        yield _of_loose(file, spec, installed.get((spec.equals, spec.name)))
    pinned = len(wanted.conda) + len(wanted.distributions) - len(loose)
    yield _finding(severity="well", message=f"{file.name}: {pinned} of {pinned + len(loose)} specs are exact")


def _installed(workspace: Workspace) -> _Installed:
    """What is live now; empty where there is no environment, which is for the area ``binding`` to say."""
    try:
        environment = look_into(workspace, bound_environment(workspace).prefix)
    except (NoEnvironment, NotAPrefix):
        return {}
    python = {(_CONDA, "python"): _Live(version=environment.python)} if environment.python else {}
    conda = {(_CONDA, p.name): _Live(version=p.version, build=p.build) for p in environment.conda}
    pypi = {(_PIP, d.name): _Live(version=d.version) for d in environment.distributions}
    if environment.kind == "venv":  # where distributions stand for conda's packages
        python |= {(_CONDA, name): live for (_, name), live in pypi.items()}
    return python | conda | pypi


def _loose(wanted: Environment, installed: _Installed) -> Iterator[_Spec]:
    for package in wanted.conda:
        if package.name == "pip" and package.requested == ("pip",):
            continue  # stands there for conda to use, and brings nothing into the results
        live = installed.get((_CONDA, package.name))
        # To conda `numpy=1.26` is any 1.26; it is exact only where that is the whole of a version.
        fuzzy = live is not None and live.version.startswith(f"{package.version}.")
        if fuzzy or not package.version:
            text = " ".join(package.requested) or f"{package.name}={package.version}"
            yield _Spec(name=package.name, equals=_CONDA, text=text)
    for distribution in wanted.distributions:
        if not distribution.version and distribution.source is None:
            yield _Spec(name=distribution.name, equals=_PIP, text=distribution.requirement)


def _found_in(lines: list[str], spec: _Spec) -> _Spec:
    """The spec as it stands in the file, with its line; as it is where no plain line of a list holds it."""
    name = re.sub(r"[-_.]+", "[-_.]+", spec.name) if spec.equals == _PIP else re.escape(spec.name)
    item = re.compile(
        rf"\s*-\s+([\"']?)((?:[^\s\"'#]+::)?{name}(?![\w.:-]).*?)\1\s*(?:\s#.*)?", re.IGNORECASE
    )
    pip = next((number for number, line in enumerate(lines, 1) if re.match(r"\s*-\s*pip\s*:", line)), 0)
    for number, line in enumerate(lines, 1):
        found = item.fullmatch(line)
        if found and (spec.equals == _CONDA or number > pip):
            return _Spec(name=spec.name, equals=spec.equals, text=found[2], line=number)
    return spec


def _of_loose(file: Path, spec: _Spec, live: _Live | None) -> Finding:
    place = f"{file.name}:{spec.line}" if spec.line else file.name
    if live is None or not live.version:
        missing = f"{place}: {spec.text} is loose, and no {spec.name} is installed to tell an exact version"
        return _finding(severity="warning", message=missing)
    pin = _pinned(spec, live)
    return _finding(
        severity="warning",
        message=f"{place}: {spec.text} is loose; live now is {pin}",
        command=_replacing(file, spec, pin) if spec.line else "",
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
