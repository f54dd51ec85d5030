"""Area ``store``: does every snapshot hold what it says?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from envgit.doctor.finding import Finding, counted
from envgit.doctor.refs import present, refs_of_ours
from envgit.doctor.remotes import refetch
from envgit.errors import BadFile, UnsupportedFormat
from envgit.store.contents import snapshot_in
from envgit.store.git import GitFailed
from envgit.store.layout import ENVIRONMENT_YML, OBSERVATION
from envgit.store.names import BASELINES, BRANCHES
from envgit.store.trailers import SNAPSHOT, read_trailers

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git

_finding = partial(Finding, area="store")
_FORMAT = "--format=%H %T%n%B"
_FSCK = "git fsck --full --no-dangling"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Commit:
    """A commit on a branch of ours or under a tag of ours; ``snapshot`` is None where it claims none."""

    name: str
    tree: str
    snapshot: str | None
    ours: bool


def snapshots(workspace: Workspace) -> Iterator[Finding]:
    """Find commits without a snapshot, files that are missing, and manifests that are not what their id says.

    A tree is read once, however many commits have it.
    """
    git = workspace.git
    refs = refs_of_ours(git)
    if not refs:
        yield _nothing_recorded(workspace)
        return
    branches = sorted(ref for ref in refs if ref.startswith(BRANCHES))
    tags = sorted(refs.keys() - set(branches))
    commits: dict[str, _Commit] = {}
    newest: set[str] = set()
    for branch in branches:
        found = yield from _read_branch(git, branch)
        commits.update((commit.name, commit) for commit in found)
        newest.update([commit.tree for commit in found if commit.snapshot][:1])
    yield from _read_tags(git, tags, commits)
    claims = {(commit.tree, commit.snapshot): commit for commit in commits.values() if commit.snapshot}
    if git.find("config", "--get-regexp", r"^remote\..*\.promisor$"):
        yield _finding(severity="note", message="a partial clone: what the snapshots hold was not checked")
    else:
        yield from _missing(workspace, {tree for tree, _ in claims}, newest)
        yield from _contents(git, claims.values())
    sightings = sum(1 for commit in commits.values() if commit.snapshot)
    yield _finding(
        severity="well",
        message=f"{counted(sightings, 'sighting')} of {counted(len(claims), 'snapshot')} on "
        f"{counted(len(branches), 'branch', 'branches')}, {counted(len(tags), 'tag')}",
    )


def _read_branch(git: Git, branch: str) -> Generator[Finding, None, list[_Commit]]:
    """Return the commits of a branch, newest first, and find those that are none of ours."""
    try:
        found = _commits(git, branch)
    except GitFailed as failed:
        yield _finding(
            severity="broken",
            message=f"{branch} cannot be read down to its first snapshot: {failed.words}",
            command=refetch(git) or _FSCK,
        )
        return []
    strangers = [commit.name for commit in found if not commit.ours]
    if strangers:
        yield _finding(
            severity="warning",
            message=f"{counted(len(strangers), 'commit')} on {branch.removeprefix('refs/heads/')} "
            "not made by envgit, to be passed over",
            command=f"git show --stat {strangers[0][:12]}",
        )
    return found


def _commits(git: Git, *arguments: str, stdin: bytes = b"") -> list[_Commit]:
    output = git.run("log", "-z", _FORMAT, *arguments, stdin=stdin).decode("utf-8", "replace")
    return [_commit(row) for row in output.split("\0") if row]


def _commit(row: str) -> _Commit:
    head, _, message = row.partition("\n")
    name, tree = head.split(" ")
    said = read_trailers(message)
    return _Commit(name=name, tree=tree, snapshot=said.get(SNAPSHOT, (None,))[0], ours=bool(said))


def _nothing_recorded(workspace: Workspace) -> Finding:
    if workspace.repository.work_tree is None:
        return _finding(severity="well", message="holds no snapshots")
    if workspace.git.line("for-each-ref", "--count=1", "--format=%(refname)", "refs/remotes/**/envgit/*"):
        return _finding(
            severity="well", message="nothing was recorded here yet; a remote's snapshots are known"
        )
    return _finding(severity="warning", message="no snapshot was recorded yet", command="envgit init")


def _read_tags(git: Git, tags: list[str], commits: dict[str, _Commit]) -> Iterator[Finding]:
    """Add the commits that only tags lead to, and find the tags that name no snapshot: the user's own."""
    there = present(git, [f"{tag}^{{}}" for tag in tags])
    targets = dict(zip(tags, present(git, [f"{tag}^{{commit}}" for tag in tags]), strict=True))
    elsewhere = sorted({commit for commit in targets.values() if commit and commit not in commits})
    if elsewhere:
        asked = "".join(f"{commit}\n" for commit in elsewhere).encode()
        commits.update((c.name, c) for c in _commits(git, "--no-walk=unsorted", "--stdin", stdin=asked))
    for (tag, commit), target in zip(targets.items(), there, strict=True):
        if target and not (commit and commits[commit].snapshot):
            yield _finding(
                severity="note",
                message=f"tag env/{tag.removeprefix(BASELINES)} names no snapshot: envgit passes it over",
            )


def _missing(workspace: Workspace, trees: set[str], newest: set[str]) -> Iterator[Finding]:
    """Find the objects below these trees that are not there; the newest can be had from the environment."""
    git = workspace.git
    missing = _missing_below(git, trees)
    again = refetch(git)
    if missing and not again and workspace.repository.work_tree:
        live = set(_missing_below(git, newest))
        yield from _lost(
            [row for row in missing if row in live],
            command="envgit snapshot",
            hint=" (the command mends it if the environment is still the same)",
        )
        missing = [row for row in missing if row not in live]
    yield from _lost(missing, command=again or _FSCK)


def _missing_below(git: Git, trees: set[str]) -> list[str]:
    """The objects below these trees that are not there, by one start of Git."""
    asked = "".join(f"{tree}\n" for tree in sorted(trees)).encode()
    try:
        rows = git.line("rev-list", "--objects", "--missing=print", "--stdin", stdin=asked).split("\n")
    except GitFailed as failed:
        return [f" ({failed.words})"]
    return [row[1:] for row in rows if row.startswith("?")]


def _lost(missing: list[str], *, command: str, hint: str = "") -> Iterator[Finding]:
    if missing:
        yield _finding(
            severity="broken",
            message=f"{counted(len(missing), 'object')} of snapshots cannot be found: {missing[0]}{hint}",
            command=command,
        )


def _contents(git: Git, claims: Iterable[_Commit]) -> Iterator[Finding]:
    """Compute each snapshot's id anew from what its tree holds."""
    by_tree: dict[str, list[_Commit]] = {}
    for commit in claims:
        by_tree.setdefault(commit.tree, []).append(commit)
    whole = []
    for tree, commits in by_tree.items():
        try:
            held = snapshot_in(git, tree).id
        except UnsupportedFormat as newer:
            yield _finding(severity="warning", message=newer.message)
            continue
        except BadFile as damaged:
            yield _spoilt(git, commits[0], damaged.message)
            continue
        whole.append(tree)
        for commit in commits:
            claimed = (commit.snapshot or "")[:12]
            if commit.snapshot != held:
                yield _spoilt(git, commit, f"it holds snapshot {held[:12]} and says {claimed}")
    yield from _incomplete(git, whole)


def _spoilt(git: Git, commit: _Commit, why: str) -> Finding:
    return _finding(
        severity="broken",
        message=f"snapshot commit {commit.name[:12]} is spoilt: {why}",
        command=refetch(git) or f"git show --stat {commit.name[:12]}",
    )


def _incomplete(git: Git, trees: list[str]) -> Iterator[Finding]:
    files = [f"{tree}:{name}" for tree in trees for name in (ENVIRONMENT_YML, OBSERVATION)]
    for file, found in zip(files, present(git, files), strict=True):
        if found is None:
            tree, _, name = file.partition(":")
            yield _finding(
                severity="broken",
                message=f"the tree {tree[:12]} of a snapshot has no {name}",
                command=f"git ls-tree {tree[:12]}",
            )
