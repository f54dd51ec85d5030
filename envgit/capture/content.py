"""Name the installed content of a distribution by a digest that every installer and machine agrees on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.bare import sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: What an installer writes for itself; it differs between pip and uv, and from one install to the next.
_OF_INSTALLERS = {
    "INSTALLER",
    "RECORD",
    "RECORD.jws",
    "RECORD.p7s",
    "REQUESTED",
    "direct_url.json",
    "uv_build.json",
    "uv_cache.json",
}

_SCRIPT = re.compile(r"(?:\.\./)+(?:bin|Scripts)/([^/]+)")
_LAUNCHER_SUFFIX = re.compile(r"(?:\.exe|-script\.pyw?|\.exe\.manifest)$")


def rows_of_record(record: str) -> Iterator[tuple[str, str]]:
    """Yield path (with ``/``) and hash (``sha256=…`` or empty) of each file in a RECORD (PEP 376)."""
    # splitlines, for a lone carriage return ends a line too: no field of a line then holds one
    for line in map(str.rstrip, record.splitlines()):
        if '"' in line:
            import csv  # a name with a comma or a quote in it: seldom, and a slow import

            try:
                path, hash_, *_ = [*next(csv.reader([line]), []), "", ""]
            except csv.Error:  # a name longer than csv reads is longer than any file system has
                continue
        else:
            path, _, rest = line.partition(",")
            hash_ = rest.partition(",")[0]
        if path:
            yield path.replace("\\", "/"), hash_


def content_digest(
    record: str, *, dist_info: str, entry_points: set[str], is_script: Callable[[str], bool]
) -> str:
    """Return the hex SHA-256 over the files of a distribution that are the same wherever it is installed.

    That is: over the sorted lines ``path,hash`` of RECORD, without byte code, without what installers
    write for themselves, and without the scripts they write or rewrite.

    Args:
        record: text of RECORD.
        dist_info: name of the dist-info folder.
        entry_points: names of the scripts that installers generate.
        is_script: whether the file at a path of RECORD begins with ``#!``, so that installers rewrite it.
    """
    rows = rows_of_record(record)
    return digest_of_rows(rows, dist_info=dist_info, entry_points=entry_points, is_script=is_script)


def digest_of_rows(
    rows: Iterable[tuple[str, str]],
    *,
    dist_info: str,
    entry_points: set[str],
    is_script: Callable[[str], bool],
) -> str:
    """Return what `content_digest` does, for the rows of a RECORD."""
    of_installers = {f"{dist_info}/{name}" for name in _OF_INSTALLERS}
    lines = {
        f"{path},{hash_}\n"
        for path, hash_ in rows
        if not path.endswith(".pyc")
        and "__pycache__" not in path
        and path not in of_installers
        and not (path.startswith("../") and _is_launcher(path, entry_points, is_script))
    }
    return sha256("".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()


def editable_digest(commit: str | None, subdirectory: str | None) -> str:
    """Return the digest of an editable install, which is known by its commit and not by its files."""
    named = f"editable\n{commit or ''}\n{subdirectory or ''}"
    return sha256(named.encode("utf-8", "surrogateescape")).hexdigest()


def script_names(entry_points: str) -> set[str]:
    """Return the names of the console and GUI scripts in an ``entry_points.txt``."""
    names = set()
    in_scripts = False
    for line in map(str.strip, entry_points.splitlines()):
        if line.startswith("["):
            in_scripts = line in {"[console_scripts]", "[gui_scripts]"}
        elif in_scripts and "=" in line and not line.startswith(("#", ";")):
            names.add(line.partition("=")[0].strip())
    return names


def _is_launcher(path: str, entry_points: set[str], is_script: Callable[[str], bool]) -> bool:
    script = _SCRIPT.fullmatch(path)
    if not script:
        return False
    return _LAUNCHER_SUFFIX.sub("", script[1]) in entry_points or is_script(path)
