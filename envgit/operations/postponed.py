"""What a hook could not write waits in a queue, and is written by whatever records next."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from envgit.errors import BadFile, EnvgitError
from envgit.formats.syntax.checked import parse_json
from envgit.operations.live import Remembered
from envgit.operations.rewrite import link_rewritten
from envgit.operations.sighting import Sighting, write_sighting
from envgit.operations.unobserved import write_unobserved
from envgit.operations.workspace import Code
from envgit.store import queue
from envgit.store.cataloguing import read_catalogue
from envgit.store.history import linked
from envgit.store.names import is_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from envgit.formats.syntax.checked import Place
    from envgit.operations.workspace import Workspace

_OBJECT_NAME = re.compile(r"[0-9a-f]{40,64}")
_LOST = "what was seen of it was lost before it could be written"


class Postponed(EnvgitError):
    """An event could not be written now, and waits; the message says why."""

    kind = "postponed"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """An environment that was captured; ``files`` are those of its snapshot, unless Git had its tree."""

    time: int
    trigger: str
    code: Code | None
    last: Remembered
    files: Mapping[str, str]

    @classmethod
    def read(cls, place: Place) -> _Seen:
        last, files = place.get("last"), place.get("files")
        return cls(
            time=place.get("time").number(),
            trigger=place.get("trigger").text(),
            code=_code(place.get("code")),
            last=Remembered(
                mark="",
                environment=_environment(last.get("environment")),
                snapshot=last.get("snapshot").text(),
                tree=last.get("tree").text(),
                conda=last.get("conda").number(),
                pypi=last.get("pypi").number(),
            ),
            files={name: files.get(name).text() for name in files.members()},
        )

    def write(self, workspace: Workspace) -> None:
        known = linked(workspace.git, self.code.commit) if self.code else None
        if known is not None and known.snapshot == self.last.snapshot:
            return
        if self.files or workspace.git.find("cat-file", "-t", self.last.tree) == "tree":
            files = {name: text.encode("utf-8", "surrogateescape") for name, text in self.files.items()}
            sighting = Sighting(last=self.last, files=files)
            write_sighting(workspace, sighting, trigger=self.trigger, code=self.code, seen=self.time)
        elif self.code is not None:
            lost = {"environment": self.last.environment, "reason": _LOST, "trigger": self.trigger}
            _Unobserved(time=self.time, code=self.code, **lost).write(workspace)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Unobserved:
    """A commit that was made while its environment could not be observed."""

    time: int
    trigger: str
    code: Code
    environment: str
    reason: str

    @classmethod
    def read(cls, place: Place) -> _Unobserved:
        code = _code(place.get("code"))
        if code is None:
            raise BadFile(f"{place.where}: names no commit")
        return cls(
            time=place.get("time").number(),
            trigger=place.get("trigger").text(),
            code=code,
            environment=_environment(place.get("environment")),
            reason=place.get("reason").text(),
        )

    def write(self, workspace: Workspace) -> None:
        known = read_catalogue(workspace.git)
        if not known.linked(self.code.commit) and not known.unobserved(self.code.commit):
            write_unobserved(
                workspace,
                self.environment,
                self.reason,
                trigger=self.trigger,
                code=self.code,
                seen=self.time,
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rewritten:
    """Pairs of commits, old and new, that Git rewrote."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, place: Place) -> _Rewritten:
        pairs = [pair.items() for pair in place.get("pairs").items()]
        return cls(pairs=tuple((_object_name(old), _object_name(new)) for old, new in pairs))

    def write(self, workspace: Workspace) -> None:
        link_rewritten(workspace, list(self.pairs))


_Event = _Seen | _Unobserved | _Rewritten
_KINDS: dict[str, type[_Event]] = {"seen": _Seen, "unobserved": _Unobserved, "rewritten": _Rewritten}


def postpone_sighting(workspace: Workspace, sighting: Sighting, *, trigger: str, code: Code | None) -> None:
    """Keep an environment that was captured, with the commit that ran in it.

    Raises:
        EnvgitError: not even that can be written.
    """
    files = {name: content.decode("utf-8", "surrogateescape") for name, content in sighting.files.items()}
    _put(workspace, "seen", _Seen(time=_now(), trigger=trigger, code=code, last=sighting.last, files=files))


def postpone_unobserved(
    workspace: Workspace, environment: str, reason: str, *, trigger: str, code: Code
) -> None:
    """Keep that a commit was made while its environment could not be observed.

    Raises:
        EnvgitError: not even that can be written.
    """
    event = _Unobserved(time=_now(), trigger=trigger, code=code, environment=environment, reason=reason)
    _put(workspace, "unobserved", event)


def postpone_rewritten(workspace: Workspace, pairs: list[tuple[str, str]]) -> None:
    """Keep which commits Git rewrote.

    Raises:
        EnvgitError: not even that can be written.
    """
    _put(workspace, "rewritten", _Rewritten(pairs=tuple(pairs)))


def write_postponed(workspace: Workspace) -> list[str]:
    """Write what waits to the repository, oldest first; what there is to say of it, as a rule nothing.

    An event that was written by somebody who was killed before it could be taken out is not written again.
    One that cannot be read is set aside.

    Raises:
        EnvgitError: it still cannot be written; it waits on.
    """
    complaints = []
    with queue.taking(workspace.repository.queue_dir) as files:
        for file in files:
            try:
                event = _read(file)
            except BadFile as bad:
                aside = f"{queue.set_aside(file)} holds no event that can be read, and was passed over"
                complaints.append(f"{aside} ({bad.message})")
            else:
                event.write(workspace)
                queue.done(file)
    return complaints


def _put(workspace: Workspace, kind: str, event: _Event) -> None:
    fields: dict[str, Any] = {"kind": kind, **asdict(event)}
    queue.put(workspace.repository.queue_dir, json.dumps(fields))


def _read(file: str) -> _Event:
    place = parse_json(queue.read(file), where=file)
    kind: str = place.get("kind").choice(tuple(_KINDS))
    try:
        return _KINDS[kind].read(place)
    except ValueError as error:  # of a pair that is none
        raise BadFile(f"{file}: {error}") from error


def _code(place: Place) -> Code | None:
    if place.value is None:
        return None
    return Code(_object_name(place.get("commit")), _object_name(place.get("tree")))


def _object_name(place: Place) -> str:
    if _OBJECT_NAME.fullmatch(place.text()) is None:
        raise BadFile(f"{place.where}: {place.path} names no object of Git")
    return place.text()


def _environment(place: Place) -> str:
    if not is_environment(place.text()):
        raise BadFile(f"{place.where}: {place.path} names no environment")
    return place.text()


def _now() -> int:
    return int(time.time())
