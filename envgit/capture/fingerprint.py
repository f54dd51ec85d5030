"""Tell in a few milliseconds whether an environment can have changed since it was last captured."""

from __future__ import annotations

import os

from envgit.bare import blake2b
from envgit.capture.condarc import condarc_files, condarc_variables
from envgit.capture.editable import checkout_of, editable_folder, linked_metadata
from envgit.capture.survey import take_survey

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from envgit.capture.survey import Facts

_NOTHING: Mapping[str, str] = {}


def fingerprint(
    prefix: str,
    *,
    repository: str | None = None,
    home: str = "",
    environ: Mapping[str, str] = _NOTHING,
    survey: Mapping[str, Facts] | None = None,
) -> str:
    """Return a hex digest over the facts that a capture depends on.

    Equal fingerprints mean that a capture with the same settings gives the same environment; different
    ones only that it might not. Any folder has a fingerprint, also one that is no prefix.

    Args:
        prefix: the folder of the environment.
        repository: as in ``CaptureSettings``; editable installs within it are known by its own commit.
        home: the user's home, where conda's configuration is looked for; nowhere when empty.
        environ: environment variables, for those that configure conda.
        survey: of the prefix, where it was taken just now.
    """
    facts = take_survey(prefix) if survey is None else survey
    lines = [f"{path}\t{size}\t{time}" for path, (size, time) in sorted(facts.items())]
    for path in sorted(facts):
        if path.endswith(("/direct_url.json", ".egg-link")):
            lines += _editable_lines(f"{prefix}/{path}", repository)
    if any(path.startswith("conda-meta/") for path in facts):
        lines += _condarc_lines(prefix, home, environ)
    return blake2b("\n".join(lines).encode("utf-8", "surrogateescape"), digest_size=32).hexdigest()


def _editable_lines(metadata: str, repository: str | None) -> Iterator[str]:
    folder = editable_folder(metadata)
    if folder is not None:
        yield "\t".join(str(part) for part in checkout_of(folder, repository))
    if metadata.endswith(".egg-link"):
        for file in linked_metadata(metadata):
            yield _stat_line(file)


def _condarc_lines(prefix: str, home: str, environ: Mapping[str, str]) -> Iterator[str]:
    for file in condarc_files(prefix, home=home, environ=environ):
        yield _stat_line(file)
    for name, value in condarc_variables(environ):
        yield f"{name}={value}"


def _stat_line(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return path
    return f"{path}\t{status.st_size}\t{status.st_mtime_ns}"
