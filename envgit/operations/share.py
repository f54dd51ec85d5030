"""Share snapshots and baselines with a remote: fetch, unite, push; nothing is overwritten on either side."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from envgit.errors import BadFile, Conflict, EnvgitError, NoStore
from envgit.operations.record import catch_up
from envgit.store.append import read_tip
from envgit.store.history import observation_at
from envgit.store.names import BASELINES, BRANCHES, branch_ref, is_automatic
from envgit.store.own_refs import own_refs, refs_below
from envgit.store.remote import find_remote
from envgit.store.shallow import is_cut_off
from envgit.store.transaction import Patience
from envgit.store.unite import adopt, require_sighting, unite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.operations.workspace import Workspace
    from envgit.store.git import Git
    from envgit.store.remote import Progress, Remote

#: Seconds that `init` waits for each answer of a remote.
_SHORT = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What became of one ref on its way.

    ``note`` says why it was refused, or what else there is to know.
    """

    ref: str
    outcome: Literal["created", "forwarded", "united", "unchanged", "refused"]
    note: str = ""

    @property
    def name(self) -> str:
        """The ref as people call it."""
        return self.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """What came from a remote and what went there. Of tags, those which are not the same on both sides.

    ``waiting``: nothing went, though there is something to push, since the remote has no branch yet.
    """

    remote: str
    fetched: tuple[Carried, ...] = ()
    pushed: tuple[Carried, ...] = ()
    waiting: bool = False

    @property
    def refused(self) -> tuple[Carried, ...]:
        """What could not be taken or given."""
        return tuple(carried for carried in self.fetched + self.pushed if carried.outcome == "refused")


def pull(workspace: Workspace, remote: str | None = None, *, progress: Progress | None = None) -> Shared:
    """Fetch snapshots and baselines and unite them with those recorded here.

    Args:
        workspace: the repository.
        remote: a remote's name, a URL or a path; left out: the current branch's, ``origin``, or the only one.
        progress: where Git's own is shown.

    Raises:
        UsageError: there is no such remote.
        Unreachable: it does not answer.
    """
    (end,) = find_remote(workspace.git, remote)
    end = replace(end, attended=workspace.environ, progress=progress)
    fetched = _take(workspace.git, end, end.listing().refs)
    return Shared(remote=end.name, fetched=tuple(fetched.values()))


def push(workspace: Workspace, remote: str | None = None, *, progress: Progress | None = None) -> Shared:
    """Unite with what the remote has, and push snapshots and baselines; never by force.

    Raises:
        NoStore: there is nothing to push.
        Conflict: the remote has no branch yet, and its first is to be one of code.
        UsageError, Unreachable: as for `pull`.
    """
    catch_up(workspace)
    fetched: list[Carried] = []
    pushed: list[Carried] = []
    ends = find_remote(workspace.git, remote, pushing=True)
    for end in ends:
        shared = _exchange(workspace.git, replace(end, attended=workspace.environ, progress=progress))
        if shared.waiting:
            raise Conflict(
                f"{end.name} has no branch yet; the first one it gets becomes its default",
                hint=f"git push {end.name} HEAD, then envgit push",
            )
        fetched += shared.fetched
        pushed += shared.pushed
    if not own_refs(workspace.git):
        raise NoStore("this repository holds no snapshots yet", hint="envgit init")
    return Shared(remote=ends[0].name, fetched=tuple(fetched), pushed=tuple(pushed))


def push_along(workspace: Workspace, remote: str, url: str, in_hand: frozenset[str]) -> Shared:
    """Push along with a push of the user's, where nobody can be asked anything.

    Args:
        workspace: the repository.
        remote: the remote's name, or its URL again.
        url: where that push goes.
        in_hand: refs that it has in hand: two pushes of one ref would fail.

    Raises:
        Unreachable: the remote does not answer us.
    """
    end = find_remote(workspace.git, remote, pushing=True)[0]
    if end.address != remote:
        end = replace(end, address=url)
    return _exchange(workspace.git, end, leave=in_hand)


def join(workspace: Workspace, environment: str) -> None:
    """Continue the branch that a remote has of an environment, where there is none here yet.

    Before the first snapshot, so that a second device continues what the first one began. A remote that
    does not answer soon is left aside: `push` and `pull` unite what was begun apart.
    """
    git = workspace.git
    if read_tip(git, environment) is not None or adopt(git, environment):
        return
    with suppress(EnvgitError):
        end = replace(find_remote(git, None)[0], limit=_SHORT)
        branch = branch_ref(environment)
        _take(git, end, {ref: tip for ref, tip in end.listing().refs.items() if ref == branch})


def _exchange(git: Git, end: Remote, *, leave: frozenset[str] = frozenset()) -> Shared:
    """Fetch, unite and push until both sides have it all; nothing where the remote has no branch yet."""
    fetched: dict[str, Carried] = {}
    pushed: dict[str, Carried] = {}
    drafts: set[str] = set()
    patience = Patience()
    while True:
        listing = end.listing()
        if not listing.begun:
            return Shared(remote=end.name, waiting=not own_refs(git).keys() <= leave)
        theirs = {ref: value for ref, value in listing.refs.items() if ref not in leave}
        _note(fetched, _take(git, end, theirs, drafts))
        kept = leave | {ref for ref, carried in fetched.items() if carried.outcome == "refused"}
        given, moved = _give(git, end, theirs, kept)
        _note(pushed, given)
        # Whoever moved the remote is done now: only where nobody moves it any more is waiting in vain.
        if not moved or not patience.lasts(listing.refs):
            return Shared(remote=end.name, fetched=tuple(fetched.values()), pushed=tuple(pushed.values()))


def _note(known: dict[str, Carried], news: Mapping[str, Carried]) -> None:
    """Keep what happened to each ref in any round: that a later one finds it unchanged is no news."""
    known.update({ref: new for ref, new in news.items() if new.outcome != "unchanged" or ref not in known})


def _take(
    git: Git, end: Remote, theirs: Mapping[str, str], drafts: set[str] | None = None
) -> dict[str, Carried]:
    """Fetch what is not here and unite branches; a tag that exists here is never overwritten."""
    here = refs_below(git, BRANCHES, BASELINES, *([end.tracking] if end.tracking else []))
    branches = {ref: tip for ref, tip in theirs.items() if ref.startswith(BRANCHES)}
    tags = {ref: tag for ref, tag in theirs.items() if ref not in branches}
    new = [ref for ref in tags if ref not in here]
    others = [ref for ref in tags if here.get(ref, tags[ref]) != tags[ref] and not _automatic(ref)]
    known = {ref for ref, tip in branches.items() if here.get(end.tracked(ref) or ref) == tip}
    cut_off = is_cut_off(git, [branches[ref] for ref in known])
    words = end.fetch(
        branches if cut_off else [ref for ref in branches if ref not in known],
        new,
        [ref for ref in others if git.find("cat-file", "-t", tags[ref]) is None],
        whole=cut_off,
    )
    carried = {ref: _united(git, end, ref, tip, drafts) for ref, tip in branches.items()}
    arrived = refs_below(git, BASELINES)
    for ref in new:
        came = ref in arrived
        carried[ref] = Carried(ref=ref, outcome="created" if came else "refused", note="" if came else words)
    for ref in others:
        there, own = _named(git, tags[ref]), _named(git, here[ref])
        if there != own:
            note = f"it is {there} at {end.name} and {own} here; neither was changed"
            carried[ref] = Carried(ref=ref, outcome="refused", note=note)
    return carried


def _united(git: Git, end: Remote, ref: str, tip: str, drafts: set[str] | None) -> Carried:
    # What is recorded for all to see names no folder and no host of this machine's.
    source = end.name if end.tracking else "another repository"
    try:
        united = unite(git, ref.removeprefix(BRANCHES), tip, source=source, drafts=drafts)
    except (BadFile, Conflict) as error:
        return Carried(ref=ref, outcome="refused", note=f"what {end.name} has is left alone: {error.message}")
    return Carried(ref=ref, outcome=united.outcome, note=united.note)


def _give(
    git: Git, end: Remote, theirs: Mapping[str, str], kept: frozenset[str] | set[str]
) -> tuple[dict[str, Carried], bool]:
    """Push what the remote has not; what became of it, and whether the remote moved meanwhile."""
    carried: dict[str, Carried] = {}
    wanted: list[str] = []
    for ref, value in own_refs(git).items():
        if ref in kept or (ref in theirs and ref.startswith(BASELINES)):
            continue
        carried[ref] = _fit(git, ref, value, theirs.get(ref))
        if carried[ref].outcome in ("created", "forwarded"):
            wanted.append(ref)
    refused = end.push(wanted) if wanted else {}
    for ref, refusal in refused.items():
        carried[ref] = Carried(ref=ref, outcome="refused", note=refusal.reason)
    return carried, any(refusal.moved for refusal in refused.values())


def _fit(git: Git, ref: str, value: str, there: str | None) -> Carried:
    """What a push is to do with a ref. A branch of the user's may be called as ours are."""
    if there == value:
        return Carried(ref=ref, outcome="unchanged")
    if ref.startswith(BRANCHES):
        try:
            require_sighting(git, ref.removeprefix(BRANCHES), value)
        except BadFile as error:
            return Carried(ref=ref, outcome="refused", note=error.message)
    return Carried(ref=ref, outcome="forwarded" if there else "created")


def _automatic(ref: str) -> bool:
    """Whether envgit gave this name by itself: two of one day name the same snapshot, seen twice."""
    return is_automatic(ref.removeprefix(BASELINES))


def _named(git: Git, tag: str) -> str:
    commit = git.find("rev-parse", "--verify", "--quiet", f"{tag}^{{commit}}")
    observation = observation_at(git, commit) if commit else None
    return f"snapshot {observation.snapshot[:12]}" if observation else f"object {tag[:12]}"
