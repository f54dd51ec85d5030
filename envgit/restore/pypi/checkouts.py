"""Git work trees that editable installs run from."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from envgit.redact import redact_text, redact_url
from envgit.restore import children
from envgit.restore.staging import remove_tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envgit.restore.children import Ended

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
#: Seconds that one command of Git may take: as long as a large repository takes to come.
_PATIENCE = 60 * 60


def is_at(folder: Path, commit: str, *, environ: Mapping[str, str]) -> bool:
    """Whether a folder lies in a Git work tree that stands at this commit."""
    if not folder.is_dir():
        return False
    ran = _git("-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD", environ=environ)
    return ran.code == 0 and ran.stdout.strip() == commit


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
    if ran.code == 0:
        ran = _git(*checkout, environ=environ)
        if ran.code != 0:  # no branch leads to it any more; many servers still give it by name
            ran = _git(*where, "fetch", "--quiet", "origin", commit, environ=environ)
            ran = _git(*checkout, environ=environ) if ran.code == 0 else ran
    if ran.code == 0:
        return ""
    remove_tree(folder)
    return f"commit {commit[:12]} of {redact_url(url)} cannot be cloned: {_said(ran, folder)}"


def apply_patch(patch: bytes, folder: Path, *, environ: Mapping[str, str]) -> str:
    """Apply changes to a work tree of our own; Git refuses those that lead out of it, through links too.

    Returns:
        Why that failed, in Git's words; empty when it worked.
    """
    file = folder / ".git/envgit.patch"
    file.write_bytes(patch)
    apply = ("apply", "--whitespace=nowarn", "--", str(file))
    ran = _git(*_NO_HOOKS, "-C", str(folder), *apply, environ=environ)
    file.unlink()
    if ran.code == 0:
        return ""
    said = _said(ran, folder)
    remove_tree(folder)
    return f"its changes that were in no commit cannot be applied: {said}"


def _said(ran: Ended, folder: Path) -> str:
    """Git's messages on one line, without credentials.

    Raises:
        OSError: they tell of a full disk.
    """
    if "No space left on device" in ran.stderr:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))
    return redact_text(" ".join(ran.stderr.split())) if ran.code is not None else "it came to no end"


def _git(*args: str, environ: Mapping[str, str]) -> Ended:
    kept = {name: value for name, value in environ.items() if name not in _OF_ANOTHER_REPOSITORY}
    return children.run(["git", *args], environ={**kept, **_QUIET}, patience=_PATIENCE)
