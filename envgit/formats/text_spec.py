"""Conda's lists of specs (CEP 23, not explicit), as ``conda list --export`` writes them."""

from __future__ import annotations

import re

from envgit.errors import EnvgitError
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.matchspec import package_of_spec
from envgit.formats.pip_line import normalised
from envgit.formats.text import decode_text, lines_of, one_line
from envgit.model import CondaPackage, Distribution, Environment
from envgit.redact import redact_text

_EXPORTED = "# This file may be used to create an environment using:"
# How `conda list --export` and `mamba env export` write what pip installed.
_PIP_BUILD = "pypi_0"


def encode(environment: Environment) -> str:
    """Return what ``conda list --export`` writes: ``name=version=build`` a line.

    Neither channels nor hashes have a place in it, nor anything of a distribution but name and version.

    Raises:
        EnvgitError: no version is known of a package, or one comes from no package index.
    """
    untold = [package.name for package in environment.conda if not package.version]
    untold += [d.name for d in environment.additions if d.source is not None or not d.version]
    if untold:
        raise EnvgitError(
            f"a list of conda has no more than name, version and build to tell {', '.join(untold)} by",
            hint="Write an environment.yml instead.",
        )
    listed = [f"{p.name}={p.version}={p.build}".rstrip("=") for p in environment.conda]
    listed += [f"{d.name}={d.version}={_PIP_BUILD}" for d in environment.additions]
    lines = (
        _EXPORTED,
        "# $ conda create --name <env> --file <this file>",
        f"# platform: {environment.platform}",
        *sorted(listed),
    )
    return "".join(f"{one_line(line)}\n" for line in lines)


def decode(content: bytes, *, where: str) -> Decoded:
    """Read a text spec file; lines whose build is ``pypi_0`` are the Python layer.

    Raises:
        BadFile: it is no text, or most of its lines are no specs.
    """
    remarks = Remarks(where)
    packages: list[CondaPackage] = []
    platform = ""
    for number, raw in enumerate(lines_of(decode_text(content, where), where), 1):
        line = re.split(r"(?:^|\s)#", raw, maxsplit=1)[0].strip()
        told = re.match(r"#\s*platform:\s*(\S+)", raw)
        platform = told[1] if told else platform
        if not line:
            continue
        try:
            packages.append(package_of_spec(line))
        except ValueError as error:
            remarks.add("unreadable", f"`{redact_text(line)}` is no conda spec: {error}", line=number)
    remarks.refuse_if_mostly_unreadable(read=len(packages), expected="a list of conda packages")
    conda, pypi = split_pip(packages)
    united = remarks.one_of_each(conda)
    environment = Environment(
        kind="conda",
        platform=platform,
        python=next((p.version for p in united if p.name == "python" and p.version), None),
        conda=united,
        distributions=remarks.one_of_each(pypi),
    )
    return Decoded(name=None, environment=environment, warnings=tuple(remarks.warned))


def split_pip(packages: list[CondaPackage]) -> tuple[list[CondaPackage], list[Distribution]]:
    """Part conda's packages from the Python distributions that are listed among them."""
    conda = [package for package in packages if package.build != _PIP_BUILD]
    pypi = [
        Distribution(name=normalised(package.name), version=package.version, owner="pypi")
        for package in packages
        if package.build == _PIP_BUILD
    ]
    return conda, pypi
