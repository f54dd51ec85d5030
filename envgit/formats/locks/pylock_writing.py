"""Write a pylock.toml (PEP 751) for the one machine that an environment is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from envgit.errors import EnvgitError
from envgit.formats.locks.pylock_sources import written_source
from envgit.formats.pip.markers import PLATFORMS
from envgit.formats.syntax.toml_text import dump_toml

if TYPE_CHECKING:
    from envgit.model import Distribution, Environment, IndexFile


def encode(environment: Environment) -> str:
    """Return the lock of the Python layer, as pip and uv take it.

    Platform and the exact Python, for which the format has no key, stand in a table of envgit's own.

    Raises:
        EnvgitError: the file of a distribution is not known, or anything else that the format demands.
    """
    from packaging.pylock import Pylock, PylockValidationError

    document = {
        "lock-version": "1.0",
        **_machine(environment),
        "created-by": "envgit",
        "packages": _packages(environment),
        "tool": {"envgit": {"platform": environment.platform, "python": environment.python or ""}},
    }
    try:
        Pylock.from_dict(document)
    except PylockValidationError as error:
        raise EnvgitError(f"pylock.toml cannot hold this environment: {error}") from error
    return dump_toml(document)


def _machine(environment: Environment) -> dict[str, Any]:
    """What installers check before they take a lock."""
    told: dict[str, Any] = {}
    if environment.platform in PLATFORMS:
        system, machine = PLATFORMS[environment.platform]
        told["environments"] = [f"sys_platform == '{system}' and platform_machine == '{machine}'"]
    if environment.python:
        told["requires-python"] = f"=={'.'.join(environment.python.split('.')[:2])}.*"
    return told


def _packages(environment: Environment) -> list[dict[str, Any]]:
    packages, lacking = [], []
    for distribution in environment.additions:
        try:
            packages.append(_package(distribution))
        except ValueError as error:
            lacking.append(f"{distribution.name} ({error})")
    if lacking:
        raise EnvgitError(
            f"pylock.toml needs what is not known of {', '.join(lacking)}",
            hint="`envgit snapshot --resolve` asks the package indexes for the files of distributions.",
        )
    return packages


def _package(distribution: Distribution) -> dict[str, Any]:
    named = {"name": distribution.name}
    version = {"version": distribution.version} if distribution.version else {}
    if distribution.source is not None:
        written = written_source(distribution.source)
        return {**named, **(version if "archive" in written else {}), **written}
    file = distribution.file
    if file is None or not file.name or not file.url:
        raise ValueError("its file, with name and URL")
    index = {"index": file.index} if file.index else {}
    if file.name.endswith(".whl"):
        return {**named, **version, **index, "wheels": [_file(file)]}
    return {**named, **version, **index, "sdist": _file(file)}


def _file(file: IndexFile) -> dict[str, Any]:
    return {"name": file.name, "url": file.url, "hashes": {"sha256": file.sha256}}
