"""Read what ``pyvenv.cfg`` says of a virtual environment (PEP 405)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from envgit.capture.locate import site_packages

if TYPE_CHECKING:
    from envgit.capture.prefix import Prefix


class Venv(NamedTuple):
    """``python``: full version of the interpreter; ``system``: whether the base's packages are seen too."""

    python: str | None
    system: bool


def read_venv(prefix: Prefix) -> Venv:
    """Return what kind of virtual environment it is; what envgit could not restore is warned of."""
    lines = (line.partition("=") for line in (prefix.text("pyvenv.cfg") or "").splitlines())
    settings = {key.strip().lower(): value.strip() for key, _, value in lines}
    implementation = settings.get("implementation", "CPython")
    if implementation.lower() != "cpython":
        where = prefix.path("pyvenv.cfg")
        prefix.warn("interpreter", f"{where}: {implementation} is recorded as any Python of its version")
    # venv writes `version`, virtualenv and uv `version_info`, the former with more than three numbers.
    version = re.match(r"\d+\.\d+(?:\.\d+)?", settings.get("version") or settings.get("version_info") or "")
    return Venv(
        python=version[0] if version else _from_folders(prefix),
        system=settings.get("include-system-site-packages", "").lower() == "true",
    )


def _from_folders(prefix: Prefix) -> str | None:
    """The version without its last number, by which the folder of packages is named."""
    found = re.search(r"python(\d\.\d+)", " ".join(site_packages(prefix.root)))
    return found[1] if found else None
