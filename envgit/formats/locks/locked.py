"""What the lock files of the conda world have in common: platforms, packages, and where they come from."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, unquote

from envgit.errors import BadFile, UnsupportedFormat
from envgit.formats.conda.artifact import channel_name, package_of_url
from envgit.formats.pip.line import normalised
from envgit.formats.pip.source import VCS, source_of, told_by_file_name
from envgit.formats.syntax.checked import Place, WrittenPlace
from envgit.formats.syntax.text import decode_text
from envgit.formats.syntax.yaml_text import load_yaml
from envgit.model import CondaPackage, Distribution, Environment, IndexFile, Source
from envgit.versions import compare_pypi

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from envgit.formats.decoded import Remarks

#: Begins the URL of a file that no index serves.
DIRECT = "direct+"
#: Begins the URL of a file that an index serves, or a folder that stands for one.
INDEXED = r"(?:https?|file)://"

_PLATFORM = r"(?!noarch)[a-z]+-[a-z0-9]+"


def parsed(content: bytes, *, where: str, kind: str, versions: Collection[int]) -> Place:
    """Return the document of a lock file of a version that is read.

    Raises:
        BadFile: it is no YAML.
        UnsupportedFormat: the file is of another version.
    """
    document = WrittenPlace(load_yaml(decode_text(content, where), where), where)
    version = document.get("version", 1).number()
    if version not in versions:
        raise UnsupportedFormat(
            f"{where}: version {version} of {kind}, of which envgit reads {min(versions)} to {max(versions)}",
            hint="Upgrade envgit, or export the environment with the tool that wrote the lock: "
            "environment.yml and explicit locks are read from all of them.",
        )
    return document


def platform_of(place: Place) -> str:
    """Return conda's name of a platform; ``noarch`` is that of no machine."""
    if not isinstance(place.value, str) or not re.fullmatch(_PLATFORM, place.value):
        raise BadFile(f"{place.where}: {str(place.value)[:80]!r} at {place.path} is no platform")
    return place.value


def chosen_platform(offered: Mapping[str, str], wanted: str, remarks: Remarks) -> str:
    """Return the name of the platform that is meant: the wanted one, else the only one.

    `offered` maps the names that the file has for platforms to conda's names, which `wanted` may be too.

    Raises:
        BadFile: the wanted platform is not there, or none was named, and there are several.
    """
    meant = [wanted] if wanted in offered else [name for name in offered if offered[name] == wanted]
    if len(meant) == 1:
        return meant[0]
    if not meant and len(offered) == 1:
        (only,) = offered
        if wanted:
            remarks.add("platform", f"is for {only}, not for {wanted}")
        return only
    names = sorted(meant or offered)
    problem = f"does not say what is on {wanted}" if wanted and not meant else "is for several platforms"
    raise BadFile(
        f"{remarks.where}: {problem}; it has {', '.join(names)}",
        hint=f"Name the one that is meant, as in: --platform {names[0]}",
    )


def told_by_url(url: str) -> CondaPackage:
    """Return what the URL of a package file tells of the package, as rattler derives it.

    Raises:
        ValueError: its last part is not the name of a package file.
    """
    package = package_of_url(url)
    number = re.search(r"\d+$", package.build)
    noarch: Literal["python", "generic"] = "python" if "py" in package.build else "generic"
    return replace(
        package,
        build_number=int(number[0][-18:]) if number else 0,
        noarch=noarch if package.subdir == "noarch" else None,
    )


def conda_package(
    entry: Place, told: CondaPackage, hashes: Place, depends: Sequence[str], remarks: Remarks
) -> CondaPackage:
    """Return the package that an entry describes; what it leaves out is as `told` by its location.

    Where an entry contradicts the name of its file, that counts and a warning says so: the file is what
    gets installed, and whether it is the one that was meant is for the hash to decide.
    """
    of_file = {"name": told.name, "version": told.version, "build": told.build}
    agreed = _agreed(entry, of_file, remarks)
    return replace(
        told,
        name=agreed["name"],
        version=agreed["version"],
        build=agreed["build"],
        build_number=entry.get("build_number", told.build_number).number(),
        subdir=entry.get("subdir", told.subdir).word(),
        channel=channel_name(entry.get("channel").optional_text() or told.channel),
        sha256=digest(hashes.get("sha256"), 64),
        md5=digest(hashes.get("md5"), 32),
        size=entry.get("size").optional_number(),
        noarch=entry.get("noarch", told.noarch).choice((None, "python", "generic")),
        depends=tuple(depends),
        constrains=entry.get("constrains", []).texts(),
        license=entry.get("license").optional_text(),
        # what is built from a source has a timestamp for each of its build dependencies
        timestamp=entry.get("timestamp").optional_number() if told.fn else None,
        python_site_packages_path=entry.get("python_site_packages_path").optional_text(),
    )


def digest(place: Place, digits: int) -> str | None:
    """Return a hexadecimal digest in lower case, or None where there is none."""
    text = place.optional_text()
    if text is not None and not re.fullmatch(rf"[0-9A-Fa-f]{{{digits}}}", text):
        raise BadFile(f"{place.where}: {text[:80]!r} at {place.path} is not {digits} hexadecimal digits")
    return text.lower() if text else None


def distribution(
    entry: Place,
    location: str,
    hashes: Place,
    depends: Sequence[str],
    remarks: Remarks,
    *,
    index: str | None = None,
) -> Distribution:
    """Return the distribution that an entry describes, which is to be had from `location`.

    A URL with a SHA-256 is that of an index's file, unless it begins with ``direct+``. As of a conda
    package, what a wheel is called counts.
    """
    sha256 = None if re.match(VCS, location) else digest(hashes.get("sha256"), 64)
    file = _index_file(location, sha256, index) if sha256 and re.match(INDEXED, location) else None
    entry.get("name").text()  # required, though a wheel's name tells it
    name, version = told_by_file_name(location) if location.endswith(".whl") else ("", "")
    agreed = _agreed(entry, {"name": name, "version": version}, remarks)
    return Distribution(
        name=normalised(agreed["name"]),
        version=agreed["version"],
        owner="pypi",
        depends=tuple(depends),
        source=None if file else _source(location, sha256, editable=entry.get("editable", False).flag()),
        file=file,
    )


def _agreed(entry: Place, told: Mapping[str, str], remarks: Remarks) -> dict[str, str]:
    """What an entry says under the keys of what is `told` by the name of its file, which counts more."""
    said = {key: entry.get(key, value).word() for key, value in told.items()}
    for key, value in told.items():
        of_file = unquote(value)
        if value and not _alike(said[key], of_file):
            place = entry.get(key).path
            sentence = f"{place} is {said[key]}, and the file in its URL is of {of_file}, which counts"
            remarks.add("contradiction", sentence)
            said[key] = of_file
    return said


def _alike(said: str, told: str) -> bool:
    """Whether two texts are one name or version, by the rules of either ecosystem."""
    return said == told or normalised(said) == normalised(told) or compare_pypi(said, told) == 0


def _index_file(location: str, sha256: str, index: str | None) -> IndexFile:
    url = location.partition("#")[0]
    return IndexFile(
        sha256=sha256,
        name=unquote(url.partition("?")[0].rpartition("/")[2]),
        index=index.rstrip("/") + "/" if index else None,
        url=url,
    )


def _source(location: str, sha256: str | None, *, editable: bool) -> Source:
    if re.match(VCS, location):
        return _checkout(location, editable=editable)
    source = source_of(location.removeprefix(DIRECT), editable=editable)
    return replace(source, sha256=sha256 or source.sha256) if source.kind == "archive" else source


def _checkout(location: str, *, editable: bool) -> Source:
    """A VCS URL as uv writes it (``?rev=main&subdirectory=lib#commit``), or as pip does."""
    url, _, commit = location.partition("#")
    if "=" in commit:
        return source_of(location, editable=editable)
    url, _, query = url.partition("?")
    asked = dict(parse_qsl(query))
    source = source_of(url, editable=editable)
    revision = asked.get("rev") or asked.get("tag") or asked.get("branch") or source.requested_revision
    commit = commit or source.commit or ""
    return replace(
        source,
        requested_revision=None if revision == commit else revision,
        commit=commit or None,
        subdirectory=asked.get("subdirectory"),
    )


def channels_of(environment: Environment) -> tuple[str, ...]:
    """Return the channels of an environment, or those of its packages where it knows none."""
    return environment.channels or tuple(dict.fromkeys(p.channel for p in environment.conda if p.channel))


def remark_on_place(distribution: Distribution, remarks: Remarks) -> None:
    """Warn of a distribution that only the machine or the checkout of the writer has."""
    source, file = distribution.source, distribution.file
    if source and (source.repository or source.kind == "vcs"):
        return
    url = (source and source.url) or (file and file.url) or ""
    if url and ("://" not in url or url.startswith("file:")):
        sentence = f"{distribution.name} comes from {url}, a place on the machine of its writer"
        remarks.add("local-path", sentence)


def environment_of(
    conda: Sequence[CondaPackage],
    distributions: Sequence[Distribution],
    *,
    platform: str,
    channels: Sequence[str],
    remarks: Remarks,
    channel_priority: str | None = None,
) -> Environment:
    """Put together what was read of one environment for one platform."""
    for found in distributions:
        remark_on_place(found, remarks)
    packages = remarks.one_of_each(conda)
    return Environment(
        kind="conda",
        platform=platform,
        python=next((p.version for p in packages if p.name == "python"), None),
        conda=packages,
        distributions=remarks.one_of_each(distributions),
        channels=tuple(dict.fromkeys(channel_name(channel) for channel in channels)),
        channel_priority=channel_priority,
    )
