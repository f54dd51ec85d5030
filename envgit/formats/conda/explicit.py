"""``@EXPLICIT`` lock files (CEP 23): every conda package by URL and hash, in install order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.errors import BadFile
from envgit.formats.conda.artifact import package_of_url
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.syntax.text import bounded, decode_text, lines_of, one_line
from envgit.model import CondaPackage, Environment
from envgit.redact import redact_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HASH = r"(?i:(?P<md5>[0-9a-f]{32})|(?:sha256:)?(?P<sha256>[0-9a-f]{64}))"


def encode(environment: Environment) -> str:
    """Return the lock that stock ``conda create --file`` takes, dependencies before dependents.

    Hashes are SHA-256 (read by conda since 24.9), MD5 where only that is known. A package without a
    URL cannot be installed from the file and stays a comment.
    """
    header = (
        "# The conda layer, package by package. Recreate it on the platform below with:",
        "# $ conda create --name <env> --file <this file>",
        f"# platform: {environment.platform}",
        "@EXPLICIT",
    )
    lines = (*header, *(_line(package) for package in in_install_order(environment.conda)))
    return "".join(f"{one_line(line)}\n" for line in lines)


def in_install_order(packages: Sequence[CondaPackage]) -> list[CondaPackage]:
    """Return `packages` so that each follows what it depends on, by name where there is a choice.

    A cycle is entered at its first name; python goes before the pip that it may depend on.
    """
    by_name = {package.name: package for package in sorted(packages, key=lambda p: p.name)}
    ordered: dict[str, CondaPackage] = {}
    entered: set[str] = set()
    for name in by_name:
        stack: list[tuple[str, Iterator[str]]] = []
        _enter(name, by_name, entered, stack)
        while stack:
            current, dependencies = stack[-1]
            following = next(dependencies, None)
            if following is None:
                ordered[current] = by_name[current]
                stack.pop()
            else:
                _enter(following, by_name, entered, stack)
    return list(ordered.values())


def _enter(
    name: str,
    by_name: dict[str, CondaPackage],
    entered: set[str],
    stack: list[tuple[str, Iterator[str]]],
) -> None:
    if name in by_name and name not in entered:
        entered.add(name)
        stack.append((name, iter(sorted(_dependencies(by_name[name])))))


def _dependencies(package: CondaPackage) -> set[str]:
    # "numpy >=1.20,<2" and "numpy>=1.20" are both met in the wild
    names = {_name_of(spec) for spec in package.depends}
    return names - {"pip"} if package.name == "python" else names


def _name_of(spec: str) -> str:
    for end, character in enumerate(spec):
        if character in " =<>!~[":
            return spec[:end]
    return spec


def _line(package: CondaPackage) -> str:
    if package.url is None:
        return "# no URL for: " + " ".join(package.dist_name.split())
    url = "%20".join(redact_url(package.url).split())
    digest = package.sha256 or package.md5
    return f"{url}#{digest}" if digest else url


def decode(content: bytes, *, where: str) -> Decoded:
    """Read an ``@EXPLICIT`` file of conda, mamba, conda-lock, pixi or envgit.

    The platform is that of the packages, and a comment (``# platform:``) where they are all noarch.

    Raises:
        BadFile: there is no ``@EXPLICIT``, or a line is not the URL of a conda package.
    """
    remarks = Remarks(where)
    found: list[CondaPackage] = []
    claimed, explicit = "", False
    lines = lines_of(decode_text(content, where), where)
    for number, raw in enumerate(bounded(lines, where), 1):
        line = raw.strip()
        if line.startswith("#"):
            platform = re.match(r"#\s*platform:\s*(\S+)", line)
            claimed = platform[1] if platform else claimed
            found += _without_url(line)
        elif line == "@EXPLICIT":
            explicit = True
        elif line:
            found.append(_package(line, f"{where}, line {number}"))
            if found[-1].url is None:
                remarks.add("local-path", f"{line} is relative to wherever conda is run", line=number)
    if not explicit:
        raise BadFile(f"{where}: not an explicit lock: no line reads @EXPLICIT")
    packages = remarks.one_of_each(found)
    environment = Environment(
        kind="conda",
        platform=_platform(packages, claimed, remarks),
        python=next((p.version for p in packages if p.name == "python"), None),
        conda=packages,
        channels=tuple(dict.fromkeys(p.channel for p in found if p.channel)),
    )
    return Decoded(name=None, environment=environment, warnings=tuple(remarks.warned), conda_alone=True)


def _without_url(comment: str) -> list[CondaPackage]:
    """The package of a comment that conda and envgit write where they know no URL."""
    named = re.fullmatch(r"# no URL for: (\S+)-([^-\s]+)-([^-\s]*)", comment)
    return [CondaPackage(name=named[1], version=named[2], build=named[3])] if named else []


def _package(line: str, place: str) -> CondaPackage:
    url, _, written = line.partition("#")
    digest = re.fullmatch(_HASH, written)
    if written and digest is None:
        raise BadFile(f"{place}: {written!r} is neither an MD5 (32 digits) nor a SHA-256 (64 digits)")
    hashes = {kind: value.lower() for kind, value in digest.groupdict().items() if value} if digest else {}
    try:
        return package_of_url(url, **hashes)
    except ValueError as error:
        raise BadFile(f"{place}: not the URL of a conda package: {error}") from error


def _platform(packages: tuple[CondaPackage, ...], claimed: str, remarks: Remarks) -> str:
    subdirs = sorted({p.subdir for p in packages if p.subdir not in {"", "noarch"}})
    if len(subdirs) > 1:
        remarks.add("platform", f"packages for {', '.join(subdirs)}; no machine can take them all")
    elif subdirs and claimed and subdirs != [claimed]:
        remarks.add("platform", f"says platform {claimed}, but its packages are for {subdirs[0]}")
    return claimed if claimed in subdirs or not subdirs else subdirs[0]
