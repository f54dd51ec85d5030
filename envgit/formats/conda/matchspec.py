"""Conda's package specs (MatchSpec) as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.formats.conda.artifact import channel_name, is_artifact, package_of_url, split_subdir
from envgit.model import CondaPackage

if TYPE_CHECKING:
    import rattler

_NAME = r"[a-z0-9_][a-z0-9_.-]*"
_VERSION = r"[\w.-]+(?:\s*={1,2}\s*|\s+)([^\s=\[]+)"
_BRACKETED_VERSION = r"\[(?:.*,)?\s*version\s*=[\s='\"]*([^\s,'\"\]]+)"
# A pip requirement among conda's specs: "dask[complete]==2024.1". Conda's own brackets hold "key=value".
_PIP_EXTRAS = r"([\w.-]+)(\[[\w.,\s-]*\])(.*)"
# rattler reads brackets recursively, and thousands of them end the interpreter.
_LONGEST = 4096
_MOST_BRACKETS = 50
#: Stands for the build of what was not built by conda; rattler wants one.
_NO_BUILD = "0"


def package_of_spec(spec: str) -> CondaPackage:
    """Return the package that a spec asks for.

    An exact pin fills version (and build), and so does ``name=version``, which is how ``conda env
    export --no-builds`` writes exact versions; only for ``python`` is ``3.10`` known to be loose, as
    its versions have three numbers. Any other spec leaves them empty and is kept in ``requested``, and so
    is ``name==version``, which conda takes for this version alone, as it does not take ``name=version``.

    Raises:
        ValueError: rattler cannot read it; the message says why.
    """
    spec = spec.strip()
    if len(spec) > _LONGEST:
        raise ValueError(f"it has {len(spec):,} characters")
    place, _, digest = spec.partition("#")
    if is_artifact(place):
        hashes = {32: "md5", 64: "sha256"}
        known = {hashes[len(digest)]: digest} if len(digest) in hashes else {}
        return package_of_url(place, **known)
    channel, separator, bare = spec.rpartition("::")
    match = _parse(bare)
    channel, subdir = split_subdir(channel) if separator else _bracketed_channel(match)
    version, build = _exact_version(match, bare), _exact_build(match)
    told = version and (build or (match.build is None and not _is_exact(match)))
    return CondaPackage(
        name=match.name.normalized,
        version=version,
        build=build if version else "",
        subdir=subdir,
        channel=channel_name(channel),
        sha256=match.sha256.hex() if match.sha256 else None,
        md5=match.md5.hex() if match.md5 else None,
        requested=() if told else (spec,),
    )


def matches(spec: str, package: CondaPackage) -> bool:
    """Whether an installed package is what a spec asks for, whatever channel it names.

    Raises:
        ValueError: rattler cannot read the spec, or the package's version or build; the message says why.
    """
    from rattler import BuildString, PackageRecord
    from rattler.exceptions import InvalidPackageNameError, InvalidVersionError

    asked = package_of_spec(spec)
    if asked.fn is not None:
        return (asked.name, asked.version, asked.build) == (package.name, package.version, package.build)
    try:
        record = PackageRecord(
            name=package.name,
            version=package.version,
            build=BuildString(package.build or _NO_BUILD),
            build_number=package.build_number,
            subdir=package.subdir,
            sha256=bytes.fromhex(package.sha256) if package.sha256 else None,
            md5=bytes.fromhex(package.md5) if package.md5 else None,
            license=package.license,
        )
    except (InvalidPackageNameError, InvalidVersionError) as error:
        raise ValueError(str(error)) from error
    return _parse(spec.rpartition("::")[2]).matches(record)


def _parse(spec: str) -> rattler.MatchSpec:
    from rattler import MatchSpec
    from rattler.exceptions import InvalidMatchSpecError

    if spec.count("(") > _MOST_BRACKETS:
        raise ValueError("its brackets are nested too deeply")
    try:
        match = MatchSpec(spec)
    except InvalidMatchSpecError as error:
        raise ValueError(str(error)) from error
    if not re.fullmatch(_NAME, match.name.normalized):  # rattler takes "-e." for a name
        raise ValueError(f"{match.name.normalized!r} is no name of a package")
    return match


def split_pip_extras(spec: str) -> tuple[str, str]:
    """Cut pip's ``[extras]``, which people write among conda's specs, off one: the spec and the extras."""
    extras = re.fullmatch(_PIP_EXTRAS, spec)
    return (extras[1] + extras[3], extras[2]) if extras else (spec, "")


def _bracketed_channel(match: rattler.MatchSpec) -> tuple[str, str]:
    return (match.channel.name or "" if match.channel else ""), match.subdir or ""


def _exact_version(match: rattler.MatchSpec, spec: str) -> str:
    """The version of an exact pin as it is written, else empty. rattler tells ``name=1.2`` as ``1.2.*``."""
    version = str(match.version or "")
    if re.search(r"[,|<>~]|!=", version):  # a lone "!" ends an epoch
        return ""
    if not _is_exact(match) and match.name.normalized == "python" and version.count(".") < 3:
        return ""
    # rattler's own text drops leading zeros: "2023.05.30" is what the package is called
    written = re.search(_BRACKETED_VERSION, spec) or re.match(_VERSION, spec)
    # conda takes "1.11." for "1.11.*"
    return written[1] if written and "*" not in written[1] and not written[1].endswith(".") else ""


def _is_exact(match: rattler.MatchSpec) -> bool:
    return str(match.version or "").startswith("==")


def _exact_build(match: rattler.MatchSpec) -> str:
    build = match.build or ""
    return "" if re.search(r"[*^$|]", build) else build
