"""Read observations back: the snapshot branches as a list, and which of them a code commit is linked to."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from envgit.errors import BadFile, NoStore
from envgit.model import Observation
from envgit.store.layout import MANIFEST
from envgit.store.names import BASELINES, BRANCHES, branch_ref, is_automatic, is_baseline, is_environment
from envgit.store.trailers import (
    CODE_COMMIT,
    CODE_TREE,
    ENVIRONMENT,
    REWRITTEN,
    SNAPSHOT,
    TRIGGER,
    read_trailers,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from envgit.store.git import Git

_ID = re.compile(r"[0-9a-f]{64}")
_OBJECT_NAME = re.compile(r"[0-9a-f]{40,64}")
_FORMAT = "%H %T %cI%n%B"
# A clone has the branches as remote-tracking ones only, and a single-branch clone perhaps just the tags.
_REMOTE_BRANCHES = "refs/remotes/**/envgit/"
_LOCAL = (f"--glob={BRANCHES}*",)
_FETCHED = ("--glob=refs/remotes/*/envgit/*", f"--glob={BASELINES}*", "--not", *_LOCAL)

#: Where to look, in order. What was fetched may say anything about any commit, under any date: it answers
#: only where the branches of this repository have no answer.
Scopes = tuple[tuple[str, ...], ...]
OURS: Scopes = (_LOCAL,)
ANYWHERE: Scopes = (_LOCAL, _FETCHED)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sighting:
    """What one snapshot commit says: an observation, and the code commits (old, new) that Git rewrote."""

    observation: Observation
    rewritten: tuple[tuple[str, str], ...]


def observations(git: Git, *, environment: str | None = None) -> list[Observation]:
    """Observations newest first, of one environment's branch or of all that this clone knows."""
    scope = (*_FETCHED[:2], *_LOCAL) if environment is None else _branches(git, environment)
    return [sighting.observation for sighting in _log(git, *scope)] if scope else []


def newest(git: Git) -> Observation | None:
    """The newest observation recorded here, or else fetched."""
    found = _matching(git, ANYWHERE, f"--grep=^{SNAPSHOT}: ")
    return next((sighting.observation for sighting in found), None)


def observation_at(git: Git, commit: str) -> Observation | None:
    """The observation that a snapshot commit holds, None when the commit is none of ours."""
    found = _log(git, "--max-count=1", "--no-walk", commit)
    # A commit of code may quote the trailers of a snapshot; it does not have the files of one.
    held = found and git.line("ls-tree", "--name-only", found[0].observation.tree, "--", MANIFEST)
    return found[0].observation if held else None


def observation_of(git: Git, commit: str) -> Observation:
    """The observation that a commit of ours holds.

    Raises:
        BadFile: the commit is none of ours.
    """
    found = observation_at(git, commit)
    if found is None:
        raise BadFile(f"commit {commit[:12]} holds no snapshot")
    return found


def linked(git: Git, code_commit: str, scopes: Scopes = ANYWHERE) -> Observation | None:
    """The observation of a code commit, newest first; a rewritten commit inherits its original's."""
    seen: set[str] = set()
    wanted = code_commit
    while wanted not in seen:
        seen.add(wanted)
        greps = (f"--grep=^{CODE_COMMIT}: {wanted}$", f"--grep=^{REWRITTEN}: [0-9a-f]* {wanted}$")
        for sighting in _matching(git, scopes, *greps):
            if sighting.observation.code_commit == wanted:
                return sighting.observation
            original = next((old for old, new in sighting.rewritten if new == wanted), None)
            if original is not None:
                wanted = original
                break
    return None


def same_code(git: Git, code_tree: str, scopes: Scopes = ANYWHERE) -> Observation | None:
    """The newest observation of a commit with just this code: what a server-side squash or rebase leaves."""
    found = _matching(git, scopes, f"--grep=^{CODE_TREE}: {code_tree}$")
    return next((s.observation for s in found if s.observation.code_tree == code_tree), None)


def with_id(git: Git, prefix: str) -> list[Observation]:
    """The newest observation of each snapshot whose id begins with ``prefix``."""
    newest: dict[str, Observation] = {}
    for sighting in _matching(git, ANYWHERE, f"--grep=^{SNAPSHOT}: {prefix}"):
        newest.setdefault(sighting.observation.snapshot, sighting.observation)
    return [observation for observation in newest.values() if observation.snapshot.startswith(prefix)]


def links(git: Git) -> dict[str, Observation]:
    """Every linked code commit with its newest observation; rewritten commits inherit their originals'."""
    found: dict[str, Observation] = {}
    originals: dict[str, str] = {}
    for scope in ANYWHERE:
        for sighting in _log(git, *scope):
            if sighting.observation.code_commit:
                found.setdefault(sighting.observation.code_commit, sighting.observation)
            for old, new in sighting.rewritten:
                originals.setdefault(new, old)
        _inherit(found, originals)
    return found


def _inherit(found: dict[str, Observation], originals: dict[str, str]) -> None:
    """Give each rewritten commit that has no observation of its own that of its original."""
    for new, original in originals.items():
        seen, old = {new}, original
        while old not in found and old in originals and old not in seen:
            seen.add(old)
            old = originals[old]
        if old in found:
            found.setdefault(new, found[old])


def source(git: Git, observation: Observation) -> str:
    """Where an observation comes from that is on no branch of this repository; empty when it is on one."""
    containing = (f"--contains={observation.commit}", "--format=%(refname)")
    if git.line("for-each-ref", "--count=1", *containing, BRANCHES):
        return ""
    refs = git.line("for-each-ref", *containing, f"{_REMOTE_BRANCHES}*", BASELINES).split("\n")
    for remote in git.line("remote").split("\n"):
        if any(ref.startswith(f"refs/remotes/{remote}/envgit/") for ref in refs):
            return f"recorded by {remote}"
    tags = (ref.removeprefix(BASELINES) for ref in refs if ref.startswith(BASELINES))
    name = next((tag for tag in tags if is_baseline(tag) or is_automatic(tag)), None)
    return f"known from the tag env/{name} alone" if name else "not recorded here"


def nearest_linked(git: Git, code_commit: str) -> Observation | None:
    """The observation of the nearest first-parent ancestor that has one, the commit itself included."""
    known = links(git)
    if not known:
        return None
    ancestors = git.run("rev-list", "--first-parent", code_commit, accept=(0, 128)).decode().split()
    return next((known[ancestor] for ancestor in ancestors if ancestor in known), None)


def require_store(git: Git) -> None:
    """Check that there is any snapshot.

    Raises:
        NoStore: there is none yet.
    """
    refs = (BRANCHES, BASELINES, f"{_REMOTE_BRANCHES}*")
    if git.line("for-each-ref", "--count=1", "--format=%(refname)", *refs):
        return
    hint = "envgit init"
    remotes = git.line("remote").split("\n")
    if remotes[0]:  # cloned without them (--depth, --single-branch), or from before there were any
        remote = "origin" if "origin" in remotes else remotes[0]
        specs = (f"{BRANCHES}*:refs/remotes/{remote}/envgit/*", f"{BASELINES}*:{BASELINES}*")
        command = shlex.join(("git", "fetch", remote, *specs))
        hint = f"{command} if they are there, envgit init if there are none"
    raise NoStore("this repository holds no snapshots yet", hint=hint)


def _branches(git: Git, environment: str) -> tuple[str, ...]:
    own = branch_ref(environment)
    patterns = (own, _REMOTE_BRANCHES + own.removeprefix(BRANCHES))
    found = git.line("for-each-ref", "--format=%(refname)", *patterns)
    return tuple(found.split("\n")) if found else ()


def _log(git: Git, *arguments: str) -> list[_Sighting]:
    return _sightings(_rows(git, *arguments))


def _rows(git: Git, *arguments: str) -> list[str]:
    """Commits by topology: none before one that was made on it, whatever their dates say."""
    output = git.run("log", "-z", "--date-order", f"--format={_FORMAT}", *arguments, "--")
    return [row for row in output.decode("utf-8", "replace").split("\0") if row]


def _matching(git: Git, scopes: Scopes, *greps: str) -> Iterator[_Sighting]:
    """Snapshot commits whose message holds a line, scope by scope, the first one quickly.

    The line may stand in a text of the user's: only the trailers of a commit say what it is linked to.
    """
    for scope in scopes:
        first = _rows(git, "--max-count=1", *greps, *scope)
        yield from _sightings(first)
        if first:
            yield from _log(git, "--skip=1", *greps, *scope)


def _sightings(rows: list[str]) -> list[_Sighting]:
    return [sighting for row in rows if (sighting := _sighting(row))]


def _sighting(row: str) -> _Sighting | None:
    """What a row of the log says, None for a commit that is none of ours, whatever its message imitates."""
    head, _, message = row.partition("\n")
    said = read_trailers(message)
    first = {key: values[0] for key, values in said.items()}
    snapshot, environment = first.get(SNAPSHOT, ""), first.get(ENVIRONMENT, "default")
    if not _ID.fullmatch(snapshot) or not is_environment(environment):
        return None
    commit, tree, time = head.split(" ")
    return _Sighting(
        observation=Observation(
            snapshot=snapshot,
            environment=environment,
            commit=commit,
            tree=tree,
            time=time,
            summary=message.partition("\n")[0],
            trigger=first.get(TRIGGER, ""),
            code_commit=_object_name(first.get(CODE_COMMIT, "")),
            code_tree=_object_name(first.get(CODE_TREE, "")),
        ),
        rewritten=tuple(
            (old, new)
            for old, _, new in (pair.partition(" ") for pair in said.get(REWRITTEN, ()))
            if _object_name(old) and _object_name(new)
        ),
    )


def _object_name(text: str) -> str | None:
    return text if _OBJECT_NAME.fullmatch(text) else None
