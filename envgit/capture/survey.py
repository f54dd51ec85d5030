"""List the files that a capture reads from a prefix, with size and time: at the cost of listing and stat.

Whatever can be known from these facts need not be parsed again: the fingerprint is taken over them, and the
cache of parsed files goes by them. Hence no import here that a bare interpreter does not have loaded.
"""

from __future__ import annotations

import os

from envgit.capture.locate import INTERPRETERS, is_record, site_packages

#: Size in bytes and time of modification in ns; (-1, errno) of what is there but cannot be looked at.
Facts = tuple[int, int]

ABSENT: Facts = (-1, 0)

#: Beside ``.pth`` files, what the interpreter runs from site-packages whenever it starts (module ``site``).
STARTUP_MODULES = ("sitecustomize.py", "usercustomize.py")

#: What tells that a distribution changed, by suffix of its metadata; the metadata folder itself always does.
#: An installer makes a new folder. Of what somebody edits in place, this is what name, version, contents,
#: owner and source are taken from.
_TELLING = {
    ".dist-info": ("RECORD", "METADATA", "INSTALLER", "direct_url.json"),
    ".egg-info": ("PKG-INFO",),
    ".egg": ("EGG-INFO/PKG-INFO",),
}


def telling_files(metadata: str) -> list[str]:
    """The files in a distribution's metadata folder that it is known by."""
    names = _TELLING.get(metadata[metadata.rfind(".") :], ())
    return [f"{metadata}/{name}" for name in names]


def take_survey(prefix: str) -> dict[str, Facts]:
    """Return the facts of the files that a capture goes by, by path relative to ``prefix`` (with ``/``)."""
    facts: dict[str, Facts] = {}
    for name in _names(prefix, "conda-meta", facts):
        if is_record(name) or name in {"history", "state", "pinned"}:
            _note(prefix, f"conda-meta/{name}", facts)
    for file in ("pyvenv.cfg", *INTERPRETERS):
        _note(prefix, file, facts)
    for site in site_packages(prefix):
        for name in _names(prefix, site, facts):
            _survey_entry(prefix, site, name, facts)
    return facts


def _survey_entry(prefix: str, site: str, name: str, facts: dict[str, Facts]) -> None:
    if name.endswith((".pth", ".egg-link")) or name.startswith("__editable__") or name in STARTUP_MODULES:
        _note(prefix, f"{site}/{name}", facts)
        return
    telling = telling_files(f"{site}/{name}")
    if not telling:
        return
    _note(prefix, f"{site}/{name}", facts)
    if facts.get(f"{site}/{name}", ABSENT)[0] >= 0:
        for file in telling:
            _note(prefix, file, facts)


def _names(prefix: str, folder: str, facts: dict[str, Facts]) -> list[str]:
    try:
        return os.listdir(f"{prefix}/{folder}")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        facts[folder] = (-1, error.errno or 0)
        return []


def _note(prefix: str, path: str, facts: dict[str, Facts]) -> None:
    try:
        status = os.stat(f"{prefix}/{path}")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        facts[path] = (-1, error.errno or 0)
    else:
        facts[path] = (status.st_size, status.st_mtime_ns)
