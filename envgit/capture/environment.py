"""Put together what a prefix holds: the conda layer, the Python layer, and where they came from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.capture.addresses import canonical_urls
from envgit.capture.cache import Cache
from envgit.capture.conda_layer import (
    channels_of,
    packages_of,
    platform_of,
    python_of,
    read_conda_settings,
    read_pins,
    read_records,
    read_requests,
    read_variables,
)
from envgit.capture.locate import kind_of
from envgit.capture.machine import machine_platform
from envgit.capture.prefix import Prefix
from envgit.capture.python_layer import read_distributions
from envgit.capture.venv import read_venv
from envgit.model import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envgit.capture.survey import Facts
    from envgit.model import Warned


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureSettings:
    """What a capture needs to know beside the prefix.

    ``cache`` is a file for parsed records, None for no cache; it can be deleted at any time. ``repository``
    is the top of the Git work tree whose commits are recorded. ``variables`` are patterns (fnmatch) of the
    names whose values may be recorded. ``mirrors`` are pairs (canonical URL prefix, mirror URL prefix): URLs
    at a mirror are recorded as canonical. ``home`` and ``environ`` tell where conda's configuration lies.
    ``survey`` is that of the prefix, where it was taken just now.
    """

    cache: Path | None
    repository: Path | None
    variables: tuple[str, ...] = ()
    mirrors: tuple[tuple[str, str], ...] = ()
    home: Path
    environ: Mapping[str, str]
    survey: Mapping[str, Facts] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Captured:
    """What is installed in a prefix, and what of it could not be read."""

    environment: Environment
    warnings: tuple[Warned, ...]


def capture(prefix: Path, settings: CaptureSettings) -> Captured:
    """Read what is installed in ``prefix``, starting no program and writing nothing there.

    Raises:
        NotAPrefix: there is no environment at ``prefix``, or only the half of one.
    """
    kind = kind_of(prefix)
    root = os.path.abspath(prefix)
    file = None if settings.cache is None else os.fspath(settings.cache)
    cache = Cache(file, purpose=repr((root, settings.mirrors)))
    opened = Prefix(root, cache, survey=settings.survey)
    environment = _conda(opened, settings) if kind == "conda" else _venv(opened, settings)
    try:
        cache.save()
    except OSError as error:  # the next capture will only be slower
        opened.warn("cache", f"{file}: parsed records cannot be kept: {error.strerror}")
    return Captured(environment=environment, warnings=tuple(opened.warned))


def _conda(prefix: Prefix, settings: CaptureSettings) -> Environment:
    canonical = canonical_urls(settings.mirrors)
    records = read_records(prefix, canonical)
    requested, flags = read_requests(prefix, records)
    configured = read_conda_settings(
        prefix, canonical, home=os.fspath(settings.home), environ=settings.environ
    )
    python = python_of(records)
    return Environment(
        kind="conda",
        platform=platform_of(prefix, records.values()) or configured.subdir or machine_platform(),
        python=python,
        conda=packages_of(records, requested),
        distributions=read_distributions(
            prefix, records, python=python, repository=_repository(settings), canonical=canonical
        ),
        channels=channels_of(records.values(), configured, [canonical(flag) for flag in flags]),
        channel_priority=configured.channel_priority,
        variables=read_variables(prefix, settings.variables),
        specs=tuple(sorted(spec for specs in requested.values() for spec in specs)),
        pins=read_pins(prefix),
    )


def _venv(prefix: Prefix, settings: CaptureSettings) -> Environment:
    venv = read_venv(prefix)
    return Environment(
        kind="venv",
        platform=machine_platform(),
        python=venv.python,
        distributions=read_distributions(
            prefix,
            {},
            python=venv.python,
            repository=_repository(settings),
            canonical=canonical_urls(settings.mirrors),
        ),
        system_site_packages=venv.system,
    )


def _repository(settings: CaptureSettings) -> str | None:
    return None if settings.repository is None else os.fspath(settings.repository)
