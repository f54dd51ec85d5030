"""Git work trees that editable installs run from."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from envgit.redact import redact_text, redact_url
from envgit.restore.staging import remove_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
# Set while a hook runs, these would turn every command to the repository that is being committed to.
_OF_ANOTHER_REPOSITORY = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    }
)
# Hooks of the user's template are for repositories to work in.
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")


def is_at(folder: Path, commit: str, *, environ: Mapping[str, str]) -> bool:
    """Whether a folder lies in a Git work tree that stands at this commit."""
    if not folder.is_dir():
        return False
    ran = _git("-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD", environ=environ)
    return ran.returncode == 0 and ran.stdout.strip() == commit


def is_cloned_into_prefix(folder: Path) -> bool:
    """Whether a folder belongs to an environment, where pip clones to (``<prefix>/src/<name>``).

    Another environment must not run from it: it goes when that one goes.
    """
    return any(
        parent.name == "src"
        and ((parent.parent / "pyvenv.cfg").exists() or (parent.parent / "conda-meta").is_dir())
        for parent in folder.parents
    )


def clone(url: str, commit: str, folder: Path, *, environ: Mapping[str, str]) -> str:
    """Clone a repository and check a commit out, detached.

    Returns:
        Why that failed, in Git's words; empty when it worked.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    where = ("-C", str(folder))
    checkout = (*_NO_HOOKS, *where, "checkout", "--quiet", "--detach", commit)
    ran = _git(*_NO_HOOKS, "clone", "--quiet", "--no-checkout", "--", url, str(folder), environ=environ)
    if ran.returncode == 0:
        ran = _git(*checkout, environ=environ)
        if ran.returncode != 0:  # no branch leads to it any more; many servers still give it by name
            ran = _git(*where, "fetch", "--quiet", "origin", commit, environ=environ)
            ran = _git(*checkout, environ=environ) if ran.returncode == 0 else ran
    if ran.returncode == 0:
        return ""
    remove_tree(folder)
    said = redact_text(" ".join(ran.stderr.split()))
    return f"commit {commit[:12]} of {redact_url(url)} cannot be cloned: {said}"


def _git(*args: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in environ.items() if name not in _OF_ANOTHER_REPOSITORY}
    return subprocess.run(
        ["git", *args],
        env={**kept, **_QUIET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
