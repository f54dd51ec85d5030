"""Write and read ``snapshot.json``, the canonical manifest of a snapshot, and ``observation.json``.

The manifest keeps apart *identity* (what the id is the SHA-256 of), *locators* (where the artifacts come
from) and *metadata* (everything else worth keeping); the host it was seen on has a file of its own. Anyone
can check an id without envgit: ``jq -jcS .identity snapshot.json | sha256sum``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from envgit.errors import BadFile, UnsupportedFormat
from envgit.formats.syntax.checked import Place, parse_json
from envgit.identity import id_of, identity_of
from envgit.model import (
    CondaPackage,
    Distribution,
    Environment,
    Host,
    IndexFile,
    Kind,
    Owner,
    Patch,
    Snapshot,
    Source,
    SourceKind,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from envgit.formats.decoded import Decoded

FORMAT = 1

_CONDA_LOCATORS = ("channel", "url", "fn", "size")
_CONDA_METADATA = (
    "build_number",
    "noarch",
    "depends",
    "constrains",
    "license",
    "timestamp",
    "python_site_packages_path",
    "requested",
)
_DISTRIBUTION_METADATA = ("requested", "requirement", "installer", "tags", "depends", "conda_package")
_SOURCE = (
    "kind",
    "url",
    "editable",
    "vcs",
    "requested_revision",
    "repository",
    "commit",
    "subdirectory",
    "sha256",
)
_FILE = ("name", "sha256", "index", "url")
_PATCH = ("name", "sha256")
_HOST = ("platform", "system", "machine", "virtual_packages", "nvidia_driver")


def encode_manifest(snapshot: Snapshot) -> bytes:
    """Write ``snapshot.json``: ASCII JSON, one package a line, so that plain ``git diff`` shows drift."""
    manifest = {
        "format": FORMAT,
        "id": snapshot.id,
        "identity": identity_of(snapshot.environment),
        "locators": _locators(snapshot.environment),
        "metadata": _metadata(snapshot.environment),
    }
    return (_laid_out(manifest, depth=3) + "\n").encode("ascii")


def decode_manifest(content: bytes, *, where: str) -> Snapshot:
    """Read ``snapshot.json``; what it claims to be is recomputed and must agree.

    Raises:
        UnsupportedFormat: it was written by a newer envgit.
        BadFile: it is truncated, altered or not a manifest; the message names ``where`` and the place.
    """
    manifest = parse_json(content, where=where)
    written = manifest.get("format").number()
    if written > FORMAT:
        raise UnsupportedFormat(
            f"{where}: manifest format {written} is newer than this envgit reads (up to {FORMAT})",
            hint="upgrade envgit",
        )
    claimed = manifest.get("id").text()
    identity = manifest.get("identity")
    if id_of(identity.members()) != claimed:
        raise BadFile(f"{where}: its identity part does not hash to its id {claimed[:12]}; it was altered")
    for layer in ("conda", "pypi"):
        _refuse_twins(identity.get(layer, []))
    environment = _environment(identity, manifest.get("locators", {}), manifest.get("metadata", {}))
    if identity_of(environment) != identity.value:
        raise BadFile(f"{where}: its identity part holds more than this envgit can represent")
    return Snapshot(id=claimed, environment=environment)


def decode(content: bytes, *, where: str) -> Decoded:
    """Read a manifest as an environment file like any other.

    Raises:
        BadFile, UnsupportedFormat: see `decode_manifest`.
    """
    from envgit.formats.decoded import Decoded

    found = decode_manifest(content, where=where).environment
    return Decoded(name=None, environment=found, keeps_variables=True)


def encode_host(host: Host) -> bytes:
    """Write ``observation.json``: the facts of the machine, without time, so that it rarely changes."""
    return (_laid_out({"format": FORMAT, "host": _filled(host, _HOST)}, depth=3) + "\n").encode("ascii")


def decode_host(content: bytes, *, where: str) -> Host:
    """Read ``observation.json``.

    Raises:
        BadFile: it is truncated or not an observation.
    """
    facts = parse_json(content, where=where).get("host")
    return Host(
        platform=facts.get("platform").text(),
        system=facts.get("system", "").text(),
        machine=facts.get("machine", "").text(),
        virtual_packages=facts.get("virtual_packages", []).texts(),
        nvidia_driver=facts.get("nvidia_driver").optional_text(),
    )


def _locators(environment: Environment) -> dict[str, Any]:
    conda = {}
    for package in environment.conda:
        facts = _filled(package, _CONDA_LOCATORS)
        if package.sha256 and package.md5:
            facts["md5"] = package.md5
        conda[package.name] = facts
    sources = {d.name: d.source for d in environment.pypi if d.source}
    locators = {"conda": conda, "pypi": {name: _filled(source, _SOURCE) for name, source in sources.items()}}
    # Apart from the sources, and only where there are any: an older envgit reads the manifest all the same.
    files = {d.name: _filled(d.file, _FILE) for d in environment.pypi if d.file}
    patches = {name: _filled(source.patch, _PATCH) for name, source in sources.items() if source.patch}
    more = {"files": files, "patches": patches}
    return locators | {part: known for part, known in more.items() if known}


def _metadata(environment: Environment) -> dict[str, Any]:
    metadata = _filled(
        environment,
        ("python", "channels", "channel_priority", "specs", "pins", "system_site_packages"),
    )
    metadata["conda"] = {p.name: _filled(p, _CONDA_METADATA) for p in environment.conda}
    metadata["pypi"] = {d.name: _filled(d, ("owner", *_DISTRIBUTION_METADATA)) for d in environment.pypi}
    metadata["conda_distributions"] = {
        d.name: _filled(d, ("version", *_DISTRIBUTION_METADATA))
        for d in environment.distributions
        if d.owner == "conda"
    }
    metadata["variables"] = {v.name: v.value for v in environment.variables if v.value is not None}
    return metadata


#: An encoder made once: `json.dumps` would make one for each of some thousand values.
_compact = json.JSONEncoder(sort_keys=True).encode


def _filled(noun: object, names: Iterable[str]) -> dict[str, Any]:
    """The named fields that hold something; what is empty is left out of the file."""
    values = ((name, getattr(noun, name)) for name in names)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values if value}


def _laid_out(value: object, *, depth: int, indent: int = 0) -> str:
    """JSON with one line for each value at ``depth`` and the outer levels indented."""
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return _compact(value)
    if isinstance(value, dict):
        rows = [
            f"{_compact(k)}: {_laid_out(value[k], depth=depth - 1, indent=indent + 2)}" for k in sorted(value)
        ]
    else:
        rows = [_laid_out(item, depth=depth - 1, indent=indent + 2) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    pad = "\n" + " " * (indent + 2)
    return opening + pad + f",{pad}".join(rows) + "\n" + " " * indent + closing


def _refuse_twins(packages: Place) -> None:
    """An environment holds one package of a name; the locators and metadata go by it."""
    seen: set[str] = set()
    for package in packages.items():
        name = package.get("name").text()
        if name in seen:
            raise BadFile(f"{package.where}: {name} at {package.path} is listed a second time")
        seen.add(name)


def _environment(identity: Place, locators: Place, metadata: Place) -> Environment:
    values = metadata.get("variables", {})
    names = identity.get("variables", []).texts()
    python = (identity if "python" in identity.members() else metadata).get("python")
    return Environment(
        kind=identity.get("kind").choice(get_args(Kind)),
        platform=identity.get("platform").text(),
        python=python.optional_text(),
        conda=tuple(
            _conda_package(facts, locators.get("conda", {}), metadata.get("conda", {}))
            for facts in identity.get("conda", []).items()
        ),
        distributions=_distributions(identity, locators, metadata),
        channels=metadata.get("channels", []).texts(),
        channel_priority=metadata.get("channel_priority").optional_text(),
        variables=tuple(Variable(name=name, value=values.get(name).optional_text()) for name in names),
        specs=metadata.get("specs", []).texts(),
        pins=metadata.get("pins", []).texts(),
        system_site_packages=metadata.get("system_site_packages", False).flag(),
    )


def _conda_package(facts: Place, locators: Place, metadata: Place) -> CondaPackage:
    name = facts.get("name").word()
    located, about = locators.get(name, {}), metadata.get(name, {})
    md5 = facts if "md5" in facts.members() else located
    return CondaPackage(
        name=name,
        version=facts.get("version").word(),
        build=facts.get("build").word(),
        subdir=facts.get("subdir").word(),
        sha256=facts.get("sha256").optional_text(),
        md5=md5.get("md5").optional_text(),
        channel=located.get("channel", "").text(),
        url=located.get("url").optional_text(),
        fn=located.get("fn").optional_text(),
        size=located.get("size").optional_number(),
        build_number=about.get("build_number", 0).number(),
        noarch=about.get("noarch").choice((None, "python", "generic")),
        depends=about.get("depends", []).texts(),
        constrains=about.get("constrains", []).texts(),
        license=about.get("license").optional_text(),
        timestamp=about.get("timestamp").optional_number(),
        python_site_packages_path=about.get("python_site_packages_path").optional_text(),
        requested=about.get("requested", []).texts(),
    )


def _distributions(identity: Place, locators: Place, metadata: Place) -> tuple[Distribution, ...]:
    found = []
    sources, files, patches = (locators.get(part, {}) for part in ("pypi", "files", "patches"))
    for facts in identity.get("pypi", []).items():
        name = facts.get("name").word()
        about = metadata.get("pypi", {}).get(name, {})
        owner = about.get("owner", "pypi").choice(("pypi", "clobbered", "orphan"))
        patch = _patch(patches.get(name)) if name in patches.members() else None
        source = _source(sources.get(name), patch) if name in sources.members() else None
        file = _file(files.get(name)) if name in files.members() else None
        found.append(_distribution(name, facts, about, owner=owner, source=source, file=file))
    owned = metadata.get("conda_distributions", {})
    found += (
        _distribution(name, owned.get(name), owned.get(name), owner="conda") for name in owned.members()
    )
    return tuple(sorted(found, key=lambda distribution: distribution.name))


def _distribution(
    name: str,
    facts: Place,
    about: Place,
    *,
    owner: Owner,
    source: Source | None = None,
    file: IndexFile | None = None,
) -> Distribution:
    return Distribution(
        name=name,
        version=facts.get("version").word(),
        owner=owner,
        digest=facts.get("digest").optional_text(),
        requested=about.get("requested", False).flag(),
        requirement=about.get("requirement", "").text(),
        installer=about.get("installer").optional_text(),
        tags=about.get("tags", []).texts(),
        depends=about.get("depends", []).texts(),
        conda_package=about.get("conda_package").optional_text(),
        source=source,
        file=file,
    )


def _file(facts: Place) -> IndexFile:
    return IndexFile(
        sha256=facts.get("sha256").text(),
        name=facts.get("name", "").text(),
        index=facts.get("index").optional_text(),
        url=facts.get("url").optional_text(),
    )


def _patch(facts: Place) -> Patch:
    return Patch(name=facts.get("name").text(), sha256=facts.get("sha256").text())


def _source(facts: Place, patch: Patch | None) -> Source:
    return Source(
        kind=facts.get("kind").choice(get_args(SourceKind)),
        url=facts.get("url", "").text(),
        editable=facts.get("editable", False).flag(),
        vcs=facts.get("vcs").optional_text(),
        requested_revision=facts.get("requested_revision").optional_text(),
        repository=facts.get("repository").optional_text(),
        commit=facts.get("commit").optional_text(),
        subdirectory=facts.get("subdirectory").optional_text(),
        sha256=facts.get("sha256").optional_text(),
        patch=patch,
    )
