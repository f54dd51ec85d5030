"""Turn the word a user typed (REV) into one observation, or say why it cannot be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.errors import AmbiguousRevision, InvalidName, UnknownRevision
from envgit.store import history
from envgit.store.catalogue import ANYWHERE, OURS
from envgit.store.cataloguing import read_catalogue
from envgit.store.names import BASELINES, baseline_ref
from envgit.store.objects import commits_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.model import Observation
    from envgit.store.git import Git

_ID_PREFIX = re.compile(r"[0-9a-f]{4,64}")


def resolve(git: Git, rev: str) -> Observation:
    """The observation that ``rev`` means: a baseline, a snapshot id, or a code commit, branch or tag.

    Raises:
        InvalidName: no Git revision can look like this.
        UnknownRevision: nothing answers to it.
        AmbiguousRevision: it means different snapshots in different ways; the message lists them.
    """
    if not rev or rev.startswith("-") or any(ord(c) < 32 for c in rev):
        raise InvalidName(f"invalid revision {rev[:40]!r}", hint="envgit tag --list, envgit log")
    tag = _tag(rev)
    commits = commits_at(git, filter(None, (tag, rev)))
    commit = commits.get(rev)
    meanings = _baseline(git, tag, commits) + _identified(git, rev)
    if commit is not None and not rev.startswith("env/"):
        observation = _observed(git, commit)
        if observation is not None:
            meanings.append((f"the code commit {commit[:12]}", observation))
    distinct = {observation.snapshot: (label, observation) for label, observation in reversed(meanings)}
    if len(distinct) > 1:
        listed = "; ".join(f"{label}: snapshot {o.snapshot[:12]}" for label, o in distinct.values())
        raise AmbiguousRevision(
            f"{rev!r} could mean {len(distinct)} snapshots: {listed}",
            hint="write env/NAME for a baseline, refs/heads/NAME for a branch, or more digits of the id",
        )
    if meanings:
        return meanings[0][1]
    history.require_store(git)
    if commit is not None and rev.startswith("env/"):
        raise UnknownRevision(
            f"{rev} is no baseline but a name of commit {commit[:12]}, which holds no snapshot",
            hint=f"{commit[:12]} stands for the snapshot of that code",
        )
    if commit is not None:
        raise _unrecorded(git, rev, commit)
    raise UnknownRevision(
        f"{rev!r} is no baseline, no snapshot and no commit of this repository",
        hint="envgit tag --list shows the baselines, envgit log the snapshots",
    )


def observed_with(git: Git, commit: str, environment: str | None = None) -> Observation | None:
    """The observation of one code commit: linked to it, or of a commit with exactly the same code.

    Only those of one environment count where it is named.

    What was recorded here answers before anything that was fetched. Where it was recorded that the
    environment could not be observed, no other commit's stands in.
    """
    known = read_catalogue(git)
    tree = git.line("rev-parse", f"{commit}^{{tree}}")
    unobserved = known.unobserved(commit)
    for scopes in (OURS, ANYWHERE):
        found = known.linked(commit, scopes, environment=environment)
        if found is None and not unobserved:
            found = known.same_code(tree, scopes, environment=environment)
        if found is not None:
            return found
    return None


def _tag(rev: str) -> str | None:
    """The tag of the baseline that ``rev`` can name."""
    if rev.startswith("env/auto/"):  # a light tag of ours, not a baseline, but as good a name
        return f"refs/tags/{rev}"
    try:
        return baseline_ref(rev)
    except InvalidName:
        return None


def _baseline(git: Git, tag: str | None, commits: Mapping[str, str]) -> list[tuple[str, Observation]]:
    if tag is None or tag not in commits:
        return []
    observation = history.observation_at(git, commits[tag])
    return [(f"the baseline env/{tag.removeprefix(BASELINES)}", observation)] if observation else []


def _identified(git: Git, rev: str) -> list[tuple[str, Observation]]:
    if not _ID_PREFIX.fullmatch(rev):
        return []
    return [(f"the snapshot {o.snapshot[:12]}", o) for o in read_catalogue(git).with_id(rev)]


def _observed(git: Git, commit: str) -> Observation | None:
    """A snapshot commit stands for itself, a code commit for the snapshot it is linked to."""
    return history.observation_at(git, commit) or observed_with(git, commit)


def _unrecorded(git: Git, rev: str, commit: str) -> UnknownRevision:
    nearest = history.nearest_linked(git, commit)
    hint = "envgit snapshot records the environment as it is now"
    if nearest is not None and nearest.code_commit:
        hint = f"the nearest earlier commit with a snapshot is {nearest.code_commit[:12]}"
    reason = read_catalogue(git).unobserved(commit)
    if reason:
        words = f"commit {commit[:12]} was made while its environment could not be observed: {reason}"
        return UnknownRevision(words, hint=hint)
    return UnknownRevision(
        f"{rev} (commit {commit[:12]}) was made without envgit: no snapshot of it", hint=hint
    )
