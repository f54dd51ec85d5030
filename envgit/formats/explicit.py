"""``@EXPLICIT`` lock files (CEP 23): every conda package by URL and hash, in install order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from envgit.redact import redact_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import CondaPackage, Environment


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
    return "".join(f"{line}\n" for line in lines)


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
        return "# no URL for: " + " ".join(f"{package.name}-{package.version}-{package.build}".split())
    url = "%20".join(redact_url(package.url).split())
    digest = package.sha256 or package.md5
    return f"{url}#{digest}" if digest else url
