"""Read observations back: the snapshot branches as a list, and which of them a code commit is linked to."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from envgit.errors import BadFile, NoStore
from envgit.formats.manifest import decode_host, decode_manifest
from envgit.model import Observation
from envgit.store.git import GitFailed
from envgit.store.layout import MANIFEST, OBSERVATION
from envgit.store.names import BASELINES, BRANCHES, branch_ref
from envgit.store.trailers import CODE_COMMIT, CODE_TREE, ENVIRONMENT, REWRITTEN, SNAPSHOT, TRIGGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from envgit.model import Host, Snapshot
    from envgit.store.git import Git

_TRAILERS = (SNAPSHOT, ENVIRONMENT, TRIGGER, CODE_COMMIT, CODE_TREE, REWRITTEN)
_FIELD = "\x1f"
_ID = re.compile(r"[0-9a-f]{64}")
_FORMAT = "%x1f".join(
    ("%H", "%T", "%cI", "%s", *(f"%(trailers:key={key},valueonly,separator=%x0a)" for key in _TRAILERS))
)
_COLUMNS = 4 + len(_TRAILERS)
# A clone has the branches as remote-tracking ones only, and a single-branch clone perhaps just the tags.
_REMOTE_BRANCHES = "refs/remotes/**/envgit/"
_EVERYWHERE = (f"--glob={BRANCHES}*", "--glob=refs/remotes/*/envgit/*", f"--glob={BASELINES}*")


def observations(git: Git, *, environment: str | None = None, limit: int | None = None) -> list[Observation]:
    """Observations newest first, of one environment's branch or of all that this clone knows."""
    scope = _EVERYWHERE if environment is None else _branches(git, environment)
    bound = () if limit is None else (f"--max-count={limit}",)
    return _log(git, *bound, *scope) if scope else []


def observation_at(git: Git, commit: str) -> Observation | None:
    """The observation that a snapshot commit holds, None when the commit is none of ours."""
    found = _log(git, "--max-count=1", "--no-walk", commit)
    # A commit of code may quote the trailers of a snapshot; it does not have the files of one.
    held = found and git.line("ls-tree", "--name-only", found[0].tree, "--", MANIFEST)
    return found[0] if held else None


def observation_of(git: Git, commit: str) -> Observation:
    """The observation that a commit of ours holds.

    Raises:
        BadFile: the commit is none of ours.
    """
    found = observation_at(git, commit)
    if found is None:
        raise BadFile(f"commit {commit[:12]} holds no snapshot")
    return found


def linked(git: Git, code_commit: str) -> Observation | None:
    """The observation of a code commit, newest first; a rewritten commit inherits its original's."""
    seen: set[str] = set()
    wanted = code_commit
    while wanted not in seen:
        seen.add(wanted)
        greps = (f"--grep=^{CODE_COMMIT}: {wanted}$", f"--grep=^{REWRITTEN}: [0-9a-f]* {wanted}$")
        for row in _newest_first(git, *greps):
            observation = _observation(row)
            if observation and observation.code_commit == wanted:
                return observation
            original = next((old for old, new in _pairs(row) if new == wanted), None)
            if original is not None:
                wanted = original
                break
    return None


def same_code(git: Git, code_tree: str) -> Observation | None:
    """The newest observation of a commit with just this code: what a server-side squash or rebase leaves."""
    rows = _newest_first(git, f"--grep=^{CODE_TREE}: {code_tree}$")
    return next((o for row in rows if (o := _observation(row)) and o.code_tree == code_tree), None)


def with_id(git: Git, prefix: str) -> list[Observation]:
    """The newest observation of each snapshot whose id begins with ``prefix``."""
    newest: dict[str, Observation] = {}
    for observation in _log(git, f"--grep=^{SNAPSHOT}: {prefix}", *_EVERYWHERE):
        newest.setdefault(observation.snapshot, observation)
    return [observation for observation in newest.values() if observation.snapshot.startswith(prefix)]


def links(git: Git) -> dict[str, Observation]:
    """Every linked code commit with its newest observation; rewritten commits inherit their originals'."""
    found: dict[str, Observation] = {}
    originals: dict[str, str] = {}
    for row in _rows(git, *_EVERYWHERE):
        observation = _observation(row)
        if observation is None:
            continue
        if observation.code_commit:
            found.setdefault(observation.code_commit, observation)
        for old, new in _pairs(row):
            originals.setdefault(new, old)
    for new, original in originals.items():
        seen, old = {new}, original
        while old not in found and old in originals and old not in seen:
            seen.add(old)
            old = originals[old]
        if old in found:
            found.setdefault(new, found[old])
    return found


def nearest_linked(git: Git, code_commit: str) -> Observation | None:
    """The observation of the nearest first-parent ancestor that has one, the commit itself included."""
    known = links(git)
    if not known:
        return None
    ancestors = git.run("rev-list", "--first-parent", code_commit, accept=(0, 128)).decode().split()
    return next((known[ancestor] for ancestor in ancestors if ancestor in known), None)


def read_snapshot(git: Git, observation: Observation) -> Snapshot:
    """The snapshot in an observation's tree, checked against the id that the commit claims.

    Raises:
        BadFile: the manifest is damaged, or is another snapshot's.
    """
    snapshot = snapshot_in(git, observation.tree)
    if snapshot.id != observation.snapshot:
        raise BadFile(
            f"snapshot commit {observation.commit[:12]} holds snapshot {snapshot.id[:12]}, "
            f"but says {observation.snapshot[:12]}"
        )
    return snapshot


def snapshot_in(git: Git, tree: str) -> Snapshot:
    """The snapshot whose files are in a tree.

    Raises:
        BadFile: there is no manifest, or it is damaged.
    """
    return decode_manifest(_content(git, tree, MANIFEST), where=_where(tree, MANIFEST))


def read_host(git: Git, observation: Observation) -> Host:
    """The host facts in an observation's tree.

    Raises:
        BadFile: the file is not there, or damaged.
    """
    content = _content(git, observation.tree, OBSERVATION)
    return decode_host(content, where=_where(observation.tree, OBSERVATION))


def read_file(git: Git, observation: Observation, name: str) -> bytes | None:
    """One file of a snapshot as it stands in Git, None when the snapshot has no such file."""
    names = git.line("ls-tree", "--name-only", observation.tree).splitlines()
    return _content(git, observation.tree, name) if name in names else None


def require_store(git: Git) -> None:
    """Check that there is any snapshot.

    Raises:
        NoStore: there is none yet.
    """
    refs = (BRANCHES, BASELINES, f"{_REMOTE_BRANCHES}*")
    if git.line("for-each-ref", "--count=1", "--format=%(refname)", *refs):
        return
    hint = "envgit init"
    remotes = git.line("remote").splitlines()
    if remotes:  # cloned without them (--depth, --single-branch), or from before there were any
        remote = "origin" if "origin" in remotes else remotes[0]
        specs = f"'{BRANCHES}*:refs/remotes/{remote}/envgit/*' '{BASELINES}*:{BASELINES}*'"
        hint = f"git fetch {remote} {specs} if they are there, envgit init if there are none"
    raise NoStore("this repository holds no snapshots yet", hint=hint)


def _content(git: Git, tree: str, name: str) -> bytes:
    try:
        return git.run("cat-file", "blob", f"{tree}:{name}")
    except GitFailed as failed:
        words = f"{_where(tree, name)}: cannot be read ({failed.words})"
        raise BadFile(words, hint="git fetch; git fsck") from failed


def _where(tree: str, name: str) -> str:
    return f"{tree[:12]}:{name}"


def _branches(git: Git, environment: str) -> tuple[str, ...]:
    own = branch_ref(environment)
    patterns = (own, _REMOTE_BRANCHES + own.removeprefix(BRANCHES))
    return tuple(git.line("for-each-ref", "--format=%(refname)", *patterns).splitlines())


def _log(git: Git, *arguments: str) -> list[Observation]:
    return [observation for row in _rows(git, *arguments) if (observation := _observation(row))]


def _rows(git: Git, *arguments: str) -> list[list[str]]:
    output = os.fsdecode(git.run("log", "-z", f"--format={_FORMAT}", *arguments, "--"))
    return [row.split(_FIELD) for row in output.split("\0") if row]


def _newest_first(git: Git, *greps: str) -> Iterator[list[str]]:
    """Commits whose message holds a line, the first one quickly.

    The line may stand in a text of the user's: only the trailers of a row say what it is linked to.
    """
    first = _rows(git, "--max-count=1", *greps, *_EVERYWHERE)
    yield from first
    if first:
        yield from _rows(git, "--skip=1", *greps, *_EVERYWHERE)


def _pairs(row: Sequence[str]) -> list[tuple[str, str]]:
    """The rewritten commits of one row, old and new."""
    words = (line.split() for line in row[-1].splitlines())
    return [(pair[0], pair[1]) for pair in words if len(pair) == 2]


def _observation(row: Sequence[str]) -> Observation | None:
    if len(row) != _COLUMNS or not _ID.fullmatch(row[4]):
        return None  # a commit that is none of ours, whatever its message imitates
    commit, tree, time, summary, snapshot, environment, trigger, code_commit, code_tree, _ = row
    return Observation(
        snapshot=snapshot,
        environment=environment or "default",
        commit=commit,
        tree=tree,
        time=time,
        summary=summary,
        trigger=trigger,
        code_commit=code_commit or None,
        code_tree=code_tree or None,
    )
