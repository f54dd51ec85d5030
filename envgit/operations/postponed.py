"""What a hook could not write waits in a queue, and is written by whatever records next."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from envgit.errors import BadFile, EnvgitError
from envgit.operations.live import Remembered
from envgit.operations.sighting import Sighting, write_sighting
from envgit.operations.workspace import Code
from envgit.store import queue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from envgit.operations.workspace import Workspace


class Postponed(EnvgitError):
    """An event could not be written now, and waits; the message says why."""

    kind = "postponed"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Event:
    """What waits; ``time`` in seconds since the epoch.

    Of a commit, what was seen with the ``files`` of its snapshot, or why its environment was ``unobserved``;
    or the pairs of commits that were ``rewritten``.
    """

    time: int
    trigger: str = ""
    code: Code | None = None
    seen: Remembered | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    environment: str = ""
    unobserved: str = ""
    rewritten: Sequence[tuple[str, str]] = ()


def postpone_sighting(workspace: Workspace, sighting: Sighting, *, trigger: str, code: Code | None) -> None:
    """Keep an environment that was captured, with the commit that ran in it.

    Raises:
        EnvgitError: not even that can be written.
    """
    files = {name: content.decode("utf-8", "surrogateescape") for name, content in sighting.files.items()}
    _put(workspace, seen=sighting.last, files=files, trigger=trigger, code=code)


def postpone_unobserved(
    workspace: Workspace, environment: str, reason: str, *, trigger: str, code: Code
) -> None:
    """Keep that a commit was made while its environment could not be observed.

    Raises:
        EnvgitError: not even that can be written.
    """
    _put(workspace, environment=environment, unobserved=reason, trigger=trigger, code=code)


def postpone_rewritten(workspace: Workspace, pairs: list[tuple[str, str]]) -> None:
    """Keep which commits Git rewrote.

    Raises:
        EnvgitError: not even that can be written.
    """
    _put(workspace, rewritten=pairs)


def _put(workspace: Workspace, **event: Any) -> None:
    queue.put(workspace.repository.queue_dir, asdict(_Event(time=int(time.time()), **event)))


def write_postponed(workspace: Workspace) -> list[str]:
    """Write what waits to the repository, oldest first; what there is to say of it, as a rule nothing.

    An event that was written by somebody who was killed before it could be taken out is not written again.

    Raises:
        EnvgitError: it still cannot be written; it waits on.
    """
    complaints = []
    with queue.taking(workspace.repository.queue_dir) as files:
        for file in files:
            event = _read(file)
            if event is not None:
                _write(workspace, event)
                queue.done(file)
            else:
                complaints.append(
                    f"{queue.set_aside(file)} holds no event that can be read, and was passed over"
                )
    return complaints


def _read(file: str) -> _Event | None:
    try:
        fields = queue.read(file)
        fields["code"] = Code(**fields["code"]) if fields["code"] else None
        fields["seen"] = Remembered(**fields["seen"]) if fields["seen"] else None
        fields["rewritten"] = [(old, new) for old, new in fields["rewritten"]]
        return _Event(**fields)
    except (BadFile, LookupError, TypeError, ValueError):
        return None


def _write(workspace: Workspace, event: _Event) -> None:
    from envgit.operations.rewrite import link_rewritten
    from envgit.operations.unobserved import write_unobserved
    from envgit.store.history import linked

    trigger, code = event.trigger, event.code
    known = linked(workspace.git, code.commit) if code else None
    if event.rewritten:
        link_rewritten(workspace, list(event.rewritten))
    elif event.seen and (known is None or known.snapshot != event.seen.snapshot):
        files = {name: text.encode("utf-8", "surrogateescape") for name, text in event.files.items()}
        sighting = Sighting(last=event.seen, files=files)
        write_sighting(workspace, sighting, trigger=trigger, code=code, seen=event.time)
    elif event.unobserved and code and known is None:
        write_unobserved(
            workspace, event.environment, event.unobserved, trigger=trigger, code=code, seen=event.time
        )
