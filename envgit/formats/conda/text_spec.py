"""Conda's lists of specs (CEP 23, not explicit), as ``conda list --export`` writes them."""

from __future__ import annotations

import re

from envgit.errors import EnvgitError
from envgit.formats.conda.matchspec import package_of_spec
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.pip.line import normalised
from envgit.formats.syntax.text import bounded, decode_text, lines_of, one_line
from envgit.model import CondaPackage, Distribution, Environment

_EXPORTED = "# This file may be used to create an environment using:"
# How `conda list --export` and `mamba env export` write what pip installed.
_PIP_BUILD = "pypi_0"


def encode(environment: Environment) -> str:
    """Return what ``conda list --export`` writes: ``name=version=build`` a line.

    Neither channels nor hashes have a place in it, nor anything of a distribution but name and version;
    and conda takes its own list for a new environment only without what pip installed.

    Raises:
        EnvgitError: no version is known of a package.
    """
    listed = [(p.name, p.version, p.build) for p in environment.conda]
    pypi = [(d.name, d.version, _PIP_BUILD) for d in environment.additions]
    untold = [name for name, version, _ in listed + pypi if not version]
    if untold:
        raise EnvgitError(
            f"a list of conda names a version for each package, and none is known of {', '.join(untold)}",
            hint="--format environment-yml",
        )
    without_pip = f"# but without the lines of what pip installed: grep -v ={_PIP_BUILD} <this file>"
    lines = (
        _EXPORTED,
        "# $ conda create --name <env> --file <this file>",
        *([without_pip] if pypi else []),
        f"# platform: {environment.platform}",
        *("=".join(told).rstrip("=") for told in sorted(listed + pypi)),
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
    lines = lines_of(decode_text(content, where), where)
    for number, raw in enumerate(bounded(lines, where), 1):
        line = re.split(r"(?:^|\s)#", raw, maxsplit=1)[0].strip()
        told = re.match(r"#\s*platform:\s*(\S+)", raw)
        platform = told[1] if told else platform
        if not line:
            continue
        try:
            packages.append(package_of_spec(line))
        except ValueError as error:
            remarks.add("unreadable", f"`{line}` is no conda spec: {error}", line=number)
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
