"""Git work trees that editable installs run from."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from envgit.redact import redact_text, redact_url
from envgit.restore import children

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from envgit.model import Patch
    from envgit.restore.children import Ended

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
#: Set while a hook runs, these would turn every command to the repository that is being committed to.
OF_ANOTHER_REPOSITORY = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    }
)
# Hooks of the user's template are for repositories to work in; a monitor of files is a hook too.
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
# What is built in a submodule is no change of its code.
_NAMES = ("diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv")
_DIFF = (*_NAMES, "--ignore-submodules=untracked")
_NAMED = 5
#: Seconds that one command of Git may take: as long as a large repository takes to come.
_PATIENCE = 60 * 60


def difference(folder: Path, commit: str, *, patch: Patch | None = None, environ: Mapping[str, str]) -> str:
    """Say how the tracked files below a folder differ from those of a commit; empty where they do not.

    Files that Git does not track say nothing: what is built in a folder lies there too. With a patch only
    a clone that `apply_patch` changed is the same, as long as nothing else in it changed.
    """
    where = ("-C", str(folder))
    ran = _git(*where, "rev-parse", "--verify", "HEAD", environ=environ)
    if ran.code != 0:
        return f"{folder} is in no Git repository that can be read: {_said(ran, folder)}"
    head = ran.stdout.strip()
    if head != commit:
        return f"{folder} is at {head[:12]}, and {commit[:12]} was recorded"
    recorded = _patched(patch) if patch else commit
    if patch and _git(*where, "rev-parse", "--verify", "--quiet", recorded, environ=environ).code != 0:
        return f"{folder} lacks the changes that were recorded"
    ran = _git(*where, *_DIFF, recorded, "--", ".", environ=environ)
    if ran.code != 0:
        return f"{folder} cannot be compared with what was recorded: {_said(ran, folder)}"
    names = ran.stdout.splitlines()
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{folder} has changes that were not recorded: {', '.join(names[:_NAMED])}{more}" if names else ""


def is_cloned_into_prefix(folder: Path) -> bool:
    """Whether a folder belongs to an environment, where pip clones to (``<prefix>/src/<name>``).

    Another environment must not run from it: it goes when that one goes.
    """
    return any(
        parent.name == "src"
        and ((parent.parent / "pyvenv.cfg").exists() or (parent.parent / "conda-meta").is_dir())
        for parent in folder.parents
    )


def clone(url: str, commit: str, folder: Path, *, origin: str, environ: Mapping[str, str]) -> str:
    """Clone a repository and check a commit out, detached.

    The clone shares nothing with the repository, and belongs to ``origin`` wherever it was had from.

    Returns:
        Why that failed, in Git's words; empty when it worked.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    where, checkout = ("-C", str(folder)), ("checkout", "--quiet", "--detach", commit)
    ran = _git("clone", "--quiet", "--no-checkout", "--", url, str(folder), environ=environ)
    if ran.code == 0:
        ran = _git(*where, *checkout, environ=environ)
        if ran.code != 0:  # no branch leads to it any more; many servers still give it by name
            fetch = ("fetch", "--quiet", "origin", commit)
            ran = _git_in_turn(folder, fetch, checkout, environ=environ)
    if ran.code == 0:
        ran = _git(*where, "remote", "set-url", "origin", origin, environ=environ)
    return _failure(f"commit {commit[:12]} of {redact_url(url)} cannot be cloned", ran, folder)


def clone_submodules(folder: Path, *, environ: Mapping[str, str]) -> str:
    """Bring the submodules of a clone of our own, from where Git allows them to come.

    Returns:
        Why that failed, in Git's words; empty when it worked.
    """
    update = ("submodule", "--quiet", "update", "--init", "--recursive")
    ran = _git_in_turn(folder, update, environ=environ)
    return _failure("its submodules cannot be cloned", ran, folder)


def apply_patch(content: bytes, patch: Patch, folder: Path, *, environ: Mapping[str, str]) -> str:
    """Apply changes to a clone of our own; Git refuses those that lead out of it, through links too.

    The files as they are then are kept under a reference, to be compared with later.

    Returns:
        Why that failed, in Git's words; empty when it worked.
    """
    file = folder / ".git/envgit.patch"
    file.write_bytes(content)
    apply = ("apply", "--index", "--whitespace=nowarn", "--", str(file))
    ran = _git_in_turn(folder, apply, ("write-tree",), environ=environ)
    file.unlink()
    if ran.code == 0:
        keep = ("update-ref", _patched(patch), ran.stdout.strip())
        ran = _git_in_turn(folder, keep, environ=environ)
    return _failure("its changes that were in no commit cannot be applied", ran, folder)


def _failure(failed: str, ran: Ended, folder: Path) -> str:
    return "" if ran.code == 0 else f"{failed}: {_said(ran, folder)}"


def _patched(patch: Patch) -> str:
    """The reference to the files of a commit with a patch."""
    return f"refs/envgit/patched/{patch.sha256}"


def _said(ran: Ended, folder: Path) -> str:
    """Git's messages on one line, without credentials.

    Raises:
        OSError: they tell of a full disk.
    """
    if "No space left on device" in ran.stderr:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))
    return redact_text(" ".join(ran.stderr.split())) if ran.code is not None else "it came to no end"


def _git_in_turn(folder: Path, *commands: tuple[str, ...], environ: Mapping[str, str]) -> Ended:
    """Run commands in a work tree up to the first that fails; returns what became of the last one."""
    for command in commands:
        ran = _git("-C", str(folder), *command, environ=environ)
        if ran.code != 0:
            break
    return ran


def _git(*args: str, environ: Mapping[str, str]) -> Ended:
    kept = {name: value for name, value in environ.items() if name not in OF_ANOTHER_REPOSITORY}
    return children.run(["git", *_NO_HOOKS, *args], environ={**kept, **_QUIET}, patience=_PATIENCE)
