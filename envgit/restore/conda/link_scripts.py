"""Scripts that conda packages want to run when they are linked or unlinked.

They can do anything, so they run only where the user allowed it, and are run here rather than by the
linker: one at a time, after what they depend on, and not for ever. Those that run before a package is
linked could change it for all environments that share its files: they are never run.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from envgit.formats.conda.explicit import in_install_order
from envgit.restore.conda.script_run import run_script
from envgit.restore.relocation import relocate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from envgit.model import CondaPackage

Action = Literal["pre-link", "post-link", "pre-unlink"]

#: The scripts that a package wants to run when it is linked.
_AT_LINKING: tuple[Action, ...] = ("pre-link", "post-link")


def script_path(name: str, action: Action) -> str:
    """Where a package of this name has its script for this platform, below a prefix."""
    return f"Scripts/.{name}-{action}.bat" if os.name == "nt" else f"bin/.{name}-{action}.sh"


def scripts_among(files: Iterable[str], name: str) -> list[Action]:
    """The scripts, among the paths of a package's files, that it wants to run when it is linked."""
    paths = set(files)
    return [action for action in _AT_LINKING if script_path(name, action) in paths]


def wanted_by(package: CondaPackage, prefix: Path) -> list[Action]:
    """The scripts that a linked package wanted to run."""
    return [action for action in _AT_LINKING if (prefix / script_path(package.name, action)).is_file()]


def run_unlink_scripts(packages: Iterable[CondaPackage], prefix: Path, environ: Mapping[str, str]) -> None:
    """Let packages that are about to be removed from an environment clean up behind their scripts.

    Those that depend on others are the first, while what they need is there.

    Raises:
        RestoreFailed: a script failed.
    """
    for package in reversed(in_install_order(tuple(packages))):
        _run(package, "pre-unlink", prefix, environ)


def run_link_scripts(
    packages: Iterable[CondaPackage], prefix: Path, environ: Mapping[str, str], *, suffix: str
) -> list[tuple[CondaPackage, str]]:
    """Run the post-link scripts of packages that were linked into a staging folder with this suffix.

    Returns:
        Packages whose script had something to tell the user, and what.

    Raises:
        RestoreFailed: one failed, or left a binary file that holds the path of the staging folder.
    """
    scripted = [p for p in in_install_order(tuple(packages)) if "post-link" in wanted_by(p, prefix)]
    if not scripted:
        return []
    began = _clock_of(prefix)
    messages = [(package, _run(package, "post-link", prefix, environ)) for package in scripted]
    relocate_changed(prefix, suffix, since=began)
    return [(package, message.replace(suffix, "")) for package, message in messages if message]


def _run(package: CondaPackage, action: Action, prefix: Path, environ: Mapping[str, str]) -> str:
    script = prefix / script_path(package.name, action)
    if not script.is_file():
        return ""
    told = {
        "PKG_NAME": package.name,
        "PKG_VERSION": package.version,
        "PKG_BUILDNUM": str(package.build_number),
    }
    label = f"the {action} script of {package.name} {package.version}"
    return run_script(script, label, prefix, {**environ, **told})


def _clock_of(folder: Path) -> int:
    """The time, in nanoseconds, that the file system gives to what is changed in a folder now."""
    with tempfile.TemporaryFile(dir=folder) as now:
        return os.fstat(now.fileno()).st_ctime_ns


def relocate_changed(staging: Path, suffix: str, *, since: int = 0) -> None:
    """Put right the paths in what link scripts made or changed: they ran in the staging folder.

    Args:
        staging: where they ran.
        suffix: of that folder.
        since: when they began, what was not touched since is not looked at.

    Raises:
        RestoreFailed: a binary file holds the path of the staging folder.
    """
    for folder, folders, files in os.walk(staging):
        for path in (Path(folder, name) for name in (*folders, *files)):
            if path.lstat().st_ctime_ns < since:
                continue
            if path.is_symlink():
                _relocate_link(path, suffix)
            elif path.suffix == ".pyc" and suffix.encode() in path.read_bytes():
                path.unlink()  # Python makes it again
            else:
                relocate(path, suffix)


def _relocate_link(link: Path, suffix: str) -> None:
    target = os.readlink(link)
    if suffix in target:
        link.unlink()
        link.symlink_to(target.replace(suffix, ""))
