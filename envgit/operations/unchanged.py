"""Record a commit in an unchanged environment, as most are, at little more than the cost of Git itself.

What was recorded last is kept with a mark of everything that it followed from: settings, variables, host, the
metadata files of the prefix. While that is the same, so is the answer. Whatever is not plain (another work
tree, a tip that moved, something waiting in the queue) is left to `envgit.operations.record`.

Nothing is imported that a bare interpreter does not have loaded: `dataclasses`, `subprocess` or `re` would
take longer than all the rest.
"""

from __future__ import annotations

import os

from envgit.capture.reading import read_file
from envgit.capture.survey import take_survey
from envgit.operations.glance import digest_of, is_unproven, prefix_state
from envgit.store import trailers
from envgit.store.quick_git import QuickGit, RefusedError
from envgit.store.surroundings import LIST_SETTINGS

TYPE_CHECKING = False  # `typing` is a slow import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from envgit.operations.glance import Glance


class _NotPlainError(Exception):
    """It cannot be told from here that nothing changed."""


class Kept:
    """What was recorded last of the bound environment, and what that followed from.

    ``circumstances`` decide which environment is meant, ``state`` is that of its ``prefix``, ``deadline`` is
    in seconds. ``words`` are said at each commit.
    """

    circumstances: str
    state: str
    deadline: str
    prefix: str
    environment: str
    branch: str
    tree: str
    snapshot: str
    words: str

    def __init__(self, **fields: str) -> None:
        """Take a value for each field."""
        self.__dict__.update(fields)

    def encode(self) -> bytes:
        """The fields in order, with a NUL between: no path and no word holds one."""
        return "\0".join(getattr(self, name) for name in _FIELDS).encode("utf-8", "surrogateescape")

    @classmethod
    def decode(cls, content: bytes) -> Kept:
        """Read what `encode` wrote.

        Raises:
            ValueError: it is something else.
        """
        values = content.decode("utf-8", "surrogateescape").split("\0")
        kept = cls(**dict(zip(_FIELDS, values, strict=True)))
        if not 0 < float(kept.deadline) < 3600 or not kept.branch.startswith("refs/heads/envgit/"):
            raise ValueError(kept.deadline, kept.branch)
        return kept


_FIELDS = tuple(Kept.__annotations__)


def kept_file(git_dir: str) -> str:
    """Where that is kept."""
    return os.path.join(git_dir, "envgit", "unchanged")


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
    glance.settings = git(*LIST_SETTINGS, accept=(0, 1))
    kept = _recalled(git_dir)
    allow(float(kept.deadline))
    if kept.circumstances != circumstances_of(environ, glance.settings) or _is_busy(git_dir):
        raise _NotPlainError
    (code, code_tree, _), (tip, tip_tree, tip_message) = _commits(git, "HEAD", kept.branch)
    glance.code = (code, code_tree)
    glance.prefix, glance.survey = kept.prefix, take_survey(kept.prefix)
    glance.state = prefix_state(kept.prefix, top, environ, survey=glance.survey)
    if glance.state != kept.state or tip_tree != kept.tree or is_unproven(kept.prefix):
        raise _NotPlainError
    if trailers.read_trailers(tip_message).get(trailers.CODE_COMMIT) == (code,):
        return ""  # Git ran us twice for one commit: from a file, and from its configuration
    lines = (
        (trailers.SNAPSHOT, kept.snapshot),
        (trailers.ENVIRONMENT, kept.environment),
        (trailers.TRIGGER, trigger),
        (trailers.CODE_COMMIT, code),
        (trailers.CODE_TREE, code_tree),
    )
    message = trailers.commit_message("unchanged", lines)
    commit = git("commit-tree", kept.tree, "-p", tip, stdin=message.encode()).decode().strip()
    try:
        git("update-ref", "--stdin", stdin=f"update {kept.branch} {commit} {tip}\n".encode())
    except RefusedError:
        if git("rev-parse", "--verify", "--quiet", kept.branch).decode().strip() != commit:
            raise
        # All was written, and then Git was killed.
    return kept.words


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


def _recalled(git_dir: str) -> Kept:
    try:
        return Kept.decode(read_file(kept_file(git_dir)))
    except (OSError, ValueError) as error:
        raise _NotPlainError from error


def circumstances_of(environ: Mapping[str, str], settings: bytes) -> str:
    """A digest of all that decides which environment is meant, and how it is recorded.

    ``settings`` are as Git prints them.
    """
    named = [environ[name] for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if environ.get(name)]
    active = [os.path.realpath(prefix) for prefix in named]
    # Where both are set, PATH tells which of the two would run. Any of these may be a link that was turned.
    folders = environ.get("PATH", "").split(os.pathsep) if active[1:] else []
    return digest_of((settings, active, [os.path.realpath(folder) for folder in folders]))


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
