"""An environment file as lines that compare well: one for each setting and package, in an order of their own.

What a diff of two such texts shows is the drift, however differently the two files were laid out.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from envgit.drift import printable
from envgit.formats import decode_any
from envgit.formats.text import decode_text
from envgit.redact import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.formats.decoded import Decoded
    from envgit.model import CondaPackage, Distribution, Environment

#: Hex digits of a digest: enough to see that two are not the same.
_DIGITS = 12


def reading_of(content: bytes, *, where: str) -> str:
    """Every setting and package of an environment file of any format, one a line.

    The first line names the very bytes: a change that none of the others shows (a comment at the end of a
    line, another order) must not look like none at all.

    Raises:
        BadFile: it is no environment file, or not whole.
    """
    decoded = decode_any(content, where=where)
    lines = [
        f"# read by envgit from {hashlib.sha256(content).hexdigest()[:_DIGITS]}; "
        "for the text itself: --no-textconv",
        *_comments(decode_text(content, where)),
        *_settings(decoded),
        *_packages(decoded.environment),
    ]
    return "".join(f"{printable(redact_text(line))}\n" for line in lines)


def _comments(text: str) -> Iterator[str]:
    """What people wrote for people, which no format keeps."""
    for line in text.split("\n"):
        if line.lstrip().startswith("#"):
            yield line.strip()


def _settings(decoded: Decoded) -> Iterator[str]:
    environment = decoded.environment
    python = "" if any(package.name == "python" for package in environment.conda) else environment.python
    facts = {"name": decoded.name, "platform": environment.platform, "python": python}
    yield from (f"{subject}: {fact}" for subject, fact in facts.items() if fact)
    for place, channel in enumerate(environment.channels, 1):
        yield f"channel {place}: {channel}"
    if environment.channel_priority:
        yield f"channel priority: {environment.channel_priority}"
    if environment.system_site_packages:
        yield "system site packages: seen"
    yield from (f"asked for: {spec}" for spec in sorted(environment.specs))
    yield from (f"pinned: {pin}" for pin in sorted(environment.pins))
    for variable in environment.variables:
        yield f"variable: {variable.name}" + (f"={variable.value}" if variable.value is not None else "")


def _packages(environment: Environment) -> Iterator[str]:
    yield from (_of_conda(package, environment.platform) for package in environment.conda)
    yield from (_of_pip(distribution) for distribution in environment.pypi)


def _of_conda(package: CondaPackage, platform: str) -> str:
    pinned = "=".join(filter(None, (package.name, package.version, package.build)))
    asked = ", ".join(package.requested) or package.name
    subdir = "" if package.subdir in (platform, "noarch") else package.subdir
    digest = (package.sha256 or package.md5 or "")[:_DIGITS]
    return _columns("conda", pinned if package.version else asked, package.channel, subdir, digest)


def _of_pip(distribution: Distribution) -> str:
    name, version, source = distribution.name, distribution.version, distribution.source
    spec = distribution.requirement or (f"{name}=={version}" if version else name)
    origin = (source.repository or source.url) if source else ""
    commit = source.commit if source and source.commit else ""
    over = f"over conda's {distribution.conda_package}" if distribution.owner == "clobbered" else ""
    known = distribution.digest or (distribution.file.sha256 if distribution.file else "")
    if distribution.uninstalled:
        return _columns("pip", name, f"uninstalled, was conda's {distribution.conda_package}")
    return _columns("pip", spec, origin, commit[:_DIGITS], over, known[:_DIGITS])


def _columns(*cells: str) -> str:
    """Cells in a row: not aligned, as the width of one package would change the lines of all others."""
    return "  ".join(filter(None, cells))
