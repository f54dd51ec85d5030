"""Find what the interpreter runs whenever it starts, and no package answers for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.capture.locate import belongs_to_python, site_packages
from envgit.capture.survey import STARTUP_MODULES

if TYPE_CHECKING:
    from collections.abc import Collection

    from envgit.capture.prefix import Prefix

#: Ends the names of all such files, for a first look.
ENDINGS = (".pth", *STARTUP_MODULES)

_FILE = r"[^/,\n]+\.pth|sitecustomize\.py|usercustomize\.py"
# virtualenv writes the first, setuptools the others; what they lead to is recorded otherwise.
_OF_TOOLS = re.compile(
    r"_virtualenv\.pth|distutils-precedence\.pth|easy-install\.pth|.*-nspkg\.pth|__editable__.*"
)


def startup_files_of_record(record: bytes) -> list[str]:
    """Return the names of such files that lie in site-packages by a RECORD (PEP 376)."""
    return re.findall(rf"^({_FILE}),", record.decode("utf-8", "replace"), re.MULTILINE)


def startup_file(path: str) -> str | None:
    """Return the name of the file at a path of a conda record if it is one that lies in site-packages."""
    found = re.search(rf"(?:^|/)site-packages/({_FILE})$", path)
    return found[1] if found else None


def warn_of_unrecorded(prefix: Prefix, recorded: Collection[str], *, python: str | None) -> None:
    """Warn of such files that are not among the ``recorded`` names: a restore would not bring them."""
    candidates = [path for path in prefix.facts if path.endswith(ENDINGS)]
    sites = site_packages(prefix.root) if candidates else ()
    for site in [s for s in sites if python and belongs_to_python(s, python)] or sites:
        there = (path.removeprefix(f"{site}/") for path in candidates if path.startswith(f"{site}/"))
        unknown = {name for name in there if re.fullmatch(_FILE, name)} - {*recorded}
        names = sorted(name for name in unknown if not _OF_TOOLS.fullmatch(name))
        if names:
            listed = ", ".join(names)
            prefix.warn(
                "unrecorded-file", f"{prefix.path(site)}: no package lists, so not recorded: {listed}"
            )
