"""An environment file as lines that compare well: one for each setting and package, in an order of their own.

What a diff of two such texts shows is the drift, however differently the two files were laid out.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from envgit.formats import decode_any
from envgit.formats.recognised import recognised
from envgit.formats.syntax.text import decode_text
from envgit.redact import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from envgit.formats.decoded import Decoded
    from envgit.model import CondaPackage, Distribution, Environment

#: Hex digits of a digest: enough to see that two are not the same.
_DIGITS = 12
#: The locks of which a reader takes one platform at a time.
_BY_PLATFORM = ("conda-lock", "pixi-lock")
_PLATFORM = (
    r"\b(?:emscripten|freebsd|linux|osx|wasi|win)-"
    r"(?:32|64|aarch64|arm64|armv6l|armv7l|ppc64|ppc64le|riscv64|s390x|wasm32)\b"
)


def reading_of(content: bytes, *, where: str) -> str:
    """Every setting and package of an environment file of any format, one a line, on all its platforms.

    The first line stands for the very bytes: a change that none of the others shows (a remark at the end of
    a line, another order, what a lock has for another purpose) must not look like none at all.

    Raises:
        BadFile: it is no environment file, or not whole.
    """
    text = decode_text(content, where)
    found = _decoded(content, text, where)
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    lines = [
        f"# read by envgit from {digest}; for the text itself: --no-textconv",
        *_comments(text),
        *dict.fromkeys(line for decoded in found for line in _settings(decoded)),
        *sorted({line for decoded in found for line in _packages(decoded.environment, among=len(found))}),
    ]
    return "".join(f"{_shown(line)}\n" for line in lines)


def _shown(line: str) -> str:
    """A line of a stranger's file without credentials, which no terminal obeys."""
    line = redact_text(line)
    if line.isprintable():
        return line
    from envgit.drift import printable  # not for every diff: what it comes with takes its time to load

    return printable(line)


def _decoded(content: bytes, text: str, where: str) -> list[Decoded]:
    """What a file holds, once for each platform."""
    if recognised(text, where=where) not in _BY_PLATFORM:
        return [decode_any(content, where=where)]
    entries = "\n".join(line for line in text.split("\n") if not _is_comment(line))
    named = sorted(set(re.findall(_PLATFORM, entries)))
    found = [decode_any(content, where=where, platform=platform) for platform in named or [""]]
    # A lock for one platform has that for whichever is asked for.
    return list({decoded.environment.platform: decoded for decoded in found}.values())


def _comments(text: str) -> Iterator[str]:
    """What people wrote for people, which no format keeps."""
    return (line.strip() for line in text.split("\n") if _is_comment(line))


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _settings(decoded: Decoded) -> Iterator[str]:
    environment = decoded.environment
    python = "" if any(package.name == "python" for package in environment.conda) else environment.python
    facts = {"name": decoded.name, "platform": environment.platform, "python": python}
    yield from (f"{subject}: {fact}" for subject, fact in facts.items() if fact)
    yield from (f"channel {place}: {channel}" for place, channel in enumerate(environment.channels, 1))
    if environment.channel_priority:
        yield f"channel priority: {environment.channel_priority}"
    if environment.system_site_packages:
        yield "system site packages: seen"
    yield from (f"asked for: {spec}" for spec in sorted(environment.specs))
    yield from (f"pinned: {pin}" for pin in sorted(environment.pins))
    for variable in environment.variables:
        yield f"variable: {variable.name}" + (f"={variable.value}" if variable.value is not None else "")


def _packages(environment: Environment, *, among: int) -> Iterator[str]:
    """A line for each package, which names its platform where the file is for several."""
    platform = environment.platform if among == 1 else ""
    yield from (_of_conda(package, platform) for package in environment.conda)
    yield from (_of_pip(distribution) for distribution in environment.pypi)


def _of_conda(package: CondaPackage, platform: str) -> str:
    pinned = "=".join(filter(None, (package.name, package.version, package.build)))
    asked = ", ".join(package.requested) or package.name
    subdir = "" if package.subdir in (platform, "noarch") else package.subdir
    digest = (package.sha256 or package.md5 or "")[:_DIGITS]
    return _columns(["conda", pinned if package.version else asked, package.channel, subdir, digest])


def _of_pip(distribution: Distribution) -> str:
    name, version, source = distribution.name, distribution.version, distribution.source
    if distribution.uninstalled:
        return _columns(["pip", name, f"uninstalled, was conda's {distribution.conda_package}"])
    cells = ["pip", distribution.requirement or (f"{name}=={version}" if version else name)]
    if source:
        cells += [source.repository or source.url, (source.commit or "")[:_DIGITS]]
    if distribution.owner == "clobbered":
        cells.append(f"over conda's {distribution.conda_package}")
    known = distribution.digest or (distribution.file.sha256 if distribution.file else "")
    return _columns([*cells, known[:_DIGITS]])


def _columns(cells: Iterable[str]) -> str:
    """Cells in a row: not aligned, as the width of one package would change the lines of all others."""
    return "  ".join(filter(None, cells))
