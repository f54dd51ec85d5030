"""Write one Python distribution as one line of a requirements file that stock pip takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.formats.syntax.text import one_line
from envgit.redact import redact_text, redact_url

if TYPE_CHECKING:
    from envgit.model import Distribution, IndexFile, Source

_NAME = r"(?i:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)"  # PEP 508
# Versions that need no `packaging` (10 ms) to be known as valid by PEP 440; nearly all are.
_COMMON_VERSION = (
    r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\.dev\d+)?(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?"
)


def line_of(distribution: Distribution) -> str:
    """Return ``name==version``, ``name @ url`` or ``-e place``; one line, whatever the names hold.

    A distribution of unknown version keeps what was asked for. Versions that PEP 440 does not know
    are pinned by ``===``, which compares text. A name that no requirement can hold (what pip leaves
    behind as ``~umpy``) stays a comment.
    """
    if not re.fullmatch(_NAME, distribution.name) or re.search(r"[\s;#,]", distribution.version):
        return one_line(f"# not a requirement: {distribution.name} {distribution.version}")
    if distribution.source is not None:
        return one_line(_of_source(distribution.name, distribution.source))
    if distribution.requirement or not distribution.version:
        return one_line(redact_text(distribution.requirement or distribution.name))
    equals = "==" if _is_pep440(distribution.version) else "==="
    return one_line(f"{distribution.name}{equals}{distribution.version}")


def hash_option(file: IndexFile) -> str:
    """Return the option of a requirement that lets pip take this file alone."""
    return one_line(f"--hash=sha256:{file.sha256}").replace(" ", "")


def normalised(name: str) -> str:
    """Return the name of a distribution as every index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_source(name: str, source: Source) -> str:
    if source.repository == ".":
        place = f"./{source.subdirectory}" if source.subdirectory else "."
        return f"-e {_quoted(place)}" if source.editable else place
    url, fragment = locator(source)
    if not source.editable:
        return f"{name} @ {url}" + ("#" + "&".join(fragment) if fragment else "")
    if "+" in url.partition("://")[0]:  # pip names an editable checkout by its egg alone
        fragment.insert(0, f"egg={name}")
    return f"-e {url}" + ("#" + "&".join(fragment) if fragment else "")


def locator(source: Source) -> tuple[str, list[str]]:
    """Return the URL that pip fetches, and the parts of its fragment."""
    fragment = [f"subdirectory={_escaped(source.subdirectory)}"] if source.subdirectory else []
    checkout = source.repository or (source.url if source.vcs else None)
    if checkout is None:
        url, _, written = redact_url(source.url).partition("#")
        if source.sha256:
            fragment.append(f"sha256={source.sha256}")
        elif written:
            fragment.append(written)
        return url.replace(" ", "%20"), fragment
    revision = source.commit or source.requested_revision
    url = f"{source.vcs or 'git'}+{redact_url(as_url(checkout))}" + (f"@{revision}" if revision else "")
    return url.replace(" ", "%20"), fragment


def as_url(remote: str) -> str:
    """Return a Git remote as a URL: ``git@host:path`` is ssh, a bare path is ``file://``."""
    if "://" in remote:
        return remote
    short = re.fullmatch(r"((?:[^@/:]+@)?[^/:]{2,}):(?!/)(.+)", remote)
    return f"ssh://{short[1]}/{short[2]}" if short else f"file://{remote}"


def _escaped(folder: str) -> str:
    """A folder without what ends it within a URL; all else stays, as pip takes escapes literally."""
    from urllib.parse import quote

    return re.sub(r"[%&#\s\x00-\x1f\x7f]", lambda found: quote(found[0]), folder)


def _quoted(place: str) -> str:
    return f'"{place}"' if " " in place else place


def _is_pep440(version: str) -> bool:
    if re.fullmatch(_COMMON_VERSION, version):
        return True
    from packaging.version import InvalidVersion, Version

    try:
        Version(version)
    except InvalidVersion:
        return False
    return True
