"""Record a commit in an unchanged environment, as most are, at little more than the cost of Git itself.

What was recorded last is kept with a mark of everything that it followed from: settings, variables, host, the
metadata files of the prefix. While that is the same, so is the answer. Whatever is not plain (another work
tree, a tip that moved, something waiting in the queue) is left to `envgit.operations.snapshot`.

Nothing is imported that a bare interpreter does not have loaded: `dataclasses`, `subprocess` or `re` would
take longer than all the rest.
"""

from __future__ import annotations

import os

from envgit.bare import blake2b
from envgit.capture.fingerprint import fingerprint
from envgit.capture.host_mark import host_mark
from envgit.capture.survey import take_survey
from envgit.release import __version__
from envgit.store import trailers
from envgit.store.quick_git import QuickGit, RefusedError
from envgit.store.surroundings import LIST_SETTINGS

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envgit.capture.survey import Facts
    from envgit.operations.binding import Binding
    from envgit.operations.snapshot import Recorded
    from envgit.operations.workspace import Workspace

_FILE = "unchanged"
_FIELDS = 9


class _NotPlainError(Exception):
    """It cannot be told from here that nothing changed."""


class Glance:
    """What was seen on the way, so that nobody has to look a second time; None for what was not reached.

    ``top`` and ``git_dir`` are of a main work tree, ``settings`` as Git printed them, ``code`` is the commit
    and the tree of HEAD, ``survey`` and ``state`` are those of ``prefix``.
    """

    def __init__(self) -> None:
        self.top: str | None = None
        self.git_dir = ""
        self.settings: bytes | None = None
        self.code: tuple[str, str] | None = None
        self.prefix: str | None = None
        self.survey: Mapping[str, Facts] | None = None
        self.state: str | None = None


def record_unchanged(
    trigger: str, environ: Mapping[str, str], glance: Glance, *, allow: Callable[[float], None]
) -> str | None:
    """Record the commit that was just made in the current folder; what there is to say, as a rule nothing.

    None when it cannot be told that nothing changed, or the record could not be written: nothing was
    recorded then. ``allow`` is told the seconds that the user grants a hook.
    """
    try:
        return _record(trigger, environ, glance, allow)
    except (_NotPlainError, RefusedError):
        return None


def _record(trigger: str, environ: Mapping[str, str], glance: Glance, allow: Callable[[float], None]) -> str:
    top, git_dir = _main_work_tree(environ)
    git = QuickGit(git_dir, environ)
    glance.top, glance.git_dir = top, git_dir
    glance.settings = _settings(git)
    circumstances, state, deadline, prefix, environment, branch, tree, snapshot, words = _recalled(git_dir)
    allow(float(deadline))
    if circumstances != _circumstances(glance.settings, environ) or _is_busy(git_dir):
        raise _NotPlainError
    (code, code_tree, _), (tip, tip_tree, tip_message) = _commits(git, "HEAD", branch)
    glance.code = (code, code_tree)
    glance.prefix, glance.survey = prefix, take_survey(prefix)
    glance.state = prefix_state(prefix, top, environ, survey=glance.survey)
    if glance.state != state or tip_tree != tree:
        raise _NotPlainError
    if trailers.read_trailers(tip_message).get(trailers.CODE_COMMIT) == (code,):
        return ""  # Git ran us twice for one commit: from a file, and from its configuration
    lines = (
        (trailers.SNAPSHOT, snapshot),
        (trailers.ENVIRONMENT, environment),
        (trailers.TRIGGER, trigger),
        (trailers.CODE_COMMIT, code),
        (trailers.CODE_TREE, code_tree),
    )
    message = trailers.commit_message("unchanged", lines)
    commit = git("commit-tree", tree, "-p", tip, stdin=message.encode()).decode().strip()
    git("update-ref", "--stdin", stdin=f"update {branch} {commit} {tip}\n".encode())
    return words


def keep_for_unchanged(workspace: Workspace, binding: Binding, recorded: Recorded, *, state: str) -> None:
    """Keep what was just recorded of the bound environment, for the commits that will change nothing.

    ``state`` is that of its prefix, from before it was captured.
    """
    from contextlib import suppress

    from envgit.store.files import replace_file
    from envgit.store.names import branch_ref

    git_dir = workspace.repository.git_dir
    if git_dir != os.path.join(workspace.repository.work_tree or "", ".git"):
        return
    settings = workspace.glance.settings or _settings(QuickGit(git_dir, workspace.environ))
    fields = (
        _circumstances(settings, workspace.environ),
        state,
        str(workspace.settings.deadline),
        binding.prefix,
        binding.environment,
        branch_ref(binding.environment),
        recorded.tree,
        recorded.snapshot,
        recorded.remarks,
    )
    with suppress(OSError):  # it spares time, and no more
        replace_file(os.path.join(git_dir, "envgit", _FILE), "\0".join(fields))


def prefix_state(
    prefix: str,
    top: str | None,
    environ: Mapping[str, str],
    *,
    survey: Mapping[str, Facts] | None = None,
) -> str:
    """A cheap digest of all that is captured: the prefix, what it links to in the repository, the host.

    Another version of envgit may write the same environment otherwise.
    """
    home = environ.get("HOME") or os.path.expanduser("~")
    mark = fingerprint(prefix, repository=top, home=home, environ=environ, survey=survey)
    return _digest((__version__, mark, host_mark()))


def _main_work_tree(environ: Mapping[str, str]) -> tuple[str, str]:
    """The main work tree whose top is the current folder, and its Git folder."""
    top = os.getcwd()
    git_dir = os.path.join(top, ".git")
    elsewhere = environ.get("GIT_DIR", ".git") not in (".git", git_dir) or "GIT_WORK_TREE" in environ
    if elsewhere or not os.path.isdir(git_dir):
        raise _NotPlainError
    return top, git_dir


def _is_busy(git_dir: str) -> bool:
    """Whether a rebase is going on, which is linked as a whole, or an event waits to be written."""
    signs = ("rebase-merge", "rebase-apply/rebasing", "envgit/queue")
    return any(os.path.exists(os.path.join(git_dir, sign)) for sign in signs)


def _settings(git: QuickGit) -> bytes:
    return git(*LIST_SETTINGS, accept=(0, 1))


def _recalled(git_dir: str) -> list[str]:
    try:
        with open(os.path.join(git_dir, "envgit", _FILE), encoding="utf-8", errors="surrogateescape") as file:
            fields = file.read().split("\0")
    except OSError as error:
        raise _NotPlainError from error
    if len(fields) != _FIELDS:
        raise _NotPlainError
    return fields


def _circumstances(settings: bytes, environ: Mapping[str, str]) -> str:
    """A digest of all that decides which environment is meant, and how it is recorded."""
    active = [environ.get(name, "") for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
    # Where both are set, PATH tells which of the two would run.
    return _digest((settings, active, environ.get("PATH") if all(active) else None))


def _digest(facts: tuple[object, ...]) -> str:
    return blake2b(repr(facts).encode("utf-8", "surrogateescape"), digest_size=32).hexdigest()


def _commits(git: QuickGit, *names: str) -> list[tuple[str, str, str]]:
    """Object name, tree and message of commits, all in one start of Git."""
    rest = git("cat-file", "--batch", stdin="".join(f"{name}\n" for name in names).encode())
    found = []
    for _ in names:
        head, _, rest = rest.partition(b"\n")
        name, kind, size = (*head.split(b" "), b"", b"")[:3]
        if kind != b"commit":
            raise _NotPlainError
        headers, _, message = rest[: int(size)].partition(b"\n\n")
        tree = headers.partition(b"\n")[0].removeprefix(b"tree ")
        found.append((name.decode(), tree.decode(), message.decode("utf-8", "replace")))
        rest = rest[int(size) + 1 :]
    return found
