"""pip's own settings as settings of uv: whoever has a mirror for pip has it for the restore too."""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Keys of pip, each with the variable of uv that means the same and what separates several values there.
_TRANSLATED = {
    "index-url": ("UV_DEFAULT_INDEX", None),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", None),
}
_SECTIONS = ("global", "install")


@dataclass(frozen=True, kw_only=True, slots=True)
class PipSettings:
    """What pip is told about indexes: as ``variables`` of uv, and whether an index is asked at all."""

    variables: Mapping[str, str] = field(default_factory=dict)
    no_index: bool = False


def read_pip_settings(environ: Mapping[str, str], home: Path) -> PipSettings:
    """Read pip's configuration files and ``PIP_*`` variables, the latter winning as they do in pip.

    A file that cannot be read as one of pip's counts for nothing: pip itself reports it.
    """
    values: dict[str, str] = {}
    for file in _files(environ, home):
        values |= _values_of(file)
    for key in (*_TRANSLATED, "no-index"):
        name = "PIP_" + key.upper().replace("-", "_")
        if environ.get(name):
            values[key] = environ[name]
    variables = {}
    for key, (name, separator) in _TRANSLATED.items():
        words = [word for word in values.get(key, "").split() if key != "find-links" or _is_there(word)]
        if words:
            variables[name] = words[0] if separator is None else separator.join(words)
    return PipSettings(
        variables=variables, no_index=values.get("no-index", "").lower() in {"1", "true", "yes", "on"}
    )


def _files(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """List the configuration files of pip, the last one winning."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield from (Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"))
    yield Path("/Library/Application Support/pip/pip.conf")
    if named and Path(named).exists():
        yield Path(named)
        return
    yield from (home / ".pip/pip.conf", home / "Library/Application Support/pip/pip.conf")
    yield config / "pip/pip.conf"


def _values_of(file: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeError):
        return {}
    values: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            values |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    return values


def _is_there(location: str) -> bool:
    """Whether a location can be searched: pip only warns of a folder that is gone, uv stops."""
    path = urlsplit(location).path if location.startswith("file:") else location
    return "://" in location.replace("file://", "") or Path(path).exists()
