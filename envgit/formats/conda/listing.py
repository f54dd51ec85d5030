"""What conda, mamba and micromamba print as JSON: ``env export --json`` and ``list --json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from envgit.formats.conda.artifact import channel_name
from envgit.formats.conda.environment_document import decode_document
from envgit.formats.conda.environment_entries import entries_of
from envgit.formats.decoded import Decoded, Remarks
from envgit.formats.pip.line import normalised
from envgit.formats.syntax.json_text import load_json
from envgit.model import CondaPackage, Distribution, Environment

if TYPE_CHECKING:
    from envgit.formats.syntax.checked import Place

#: The channel under which every client lists what pip installed.
_PIP = "pypi"


def encode(environment: Environment, *, name: str) -> str:
    """Return what ``conda env export --json`` prints: an environment.yml with builds, in conda's order.

    There is no ``prefix``: that of a snapshot is on another machine, or gone.
    """
    told = entries_of(environment, name=name, builds=True)
    section = [{"pip": told.pip}] if told.pip else []
    document: dict[str, Any] = {
        "name": told.name,
        "channels": told.channels,
        "dependencies": [*told.specs, *section],
    }
    if told.variables:
        document["variables"] = told.variables
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def decode(content: bytes, *, where: str) -> Decoded:
    """Read an export, which says what environment.yml says, or a list, which tells channel and build too.

    Raises:
        BadFile: it is no JSON, or no conda client prints such; the message says what is wrong where.
    """
    top = load_json(content, where=where)
    remarks = Remarks(where)
    if isinstance(top.value, dict):
        return decode_document(top.value, remarks)
    items = top.items()
    packages = remarks.one_of_each(_package(item) for item in items if not _of_pip(item))
    subdirs = sorted({p.subdir for p in packages} - {"", "noarch"})
    if len(subdirs) > 1:
        remarks.add(
            "platform", f"packages for {', '.join(subdirs)}; which the environment is for is not told"
        )
    environment = Environment(
        kind="conda",
        platform=subdirs[0] if len(subdirs) == 1 else "",
        python=next((p.version for p in packages if p.name == "python"), None),
        conda=packages,
        distributions=remarks.one_of_each(_distribution(item) for item in items if _of_pip(item)),
    )
    return Decoded(name=None, environment=environment, warnings=tuple(remarks.warned))


def _of_pip(item: Place) -> bool:
    return item.get("channel", "").text() == _PIP


def _package(item: Place) -> CondaPackage:
    """One package; its ``channel`` is only the last part of a URL, so that ``base_url`` says more."""
    url = item.get("base_url").optional_text()
    return CondaPackage(
        name=item.get("name").word(),
        version=item.get("version").word(),
        build=item.get("build_string", "").word(),
        build_number=item.get("build_number", 0).number(),
        subdir=item.get("platform", "").word(),
        channel=channel_name(url or item.get("channel", "").text()),
    )


def _distribution(item: Place) -> Distribution:
    name = normalised(item.get("name").word())
    return Distribution(name=name, version=item.get("version").word(), owner="pypi")
