"""What a commit says by its trailers: a sighting of a snapshot, or that nothing could be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envgit.model import Observation
from envgit.store.names import is_environment
from envgit.store.trailers import (
    CODE_COMMIT,
    CODE_TREE,
    ENVIRONMENT,
    REWRITTEN,
    SNAPSHOT,
    TRIGGER,
    UNOBSERVED,
    read_trailers,
)

#: What caused the commit that unites two histories: it says again what one of its parents said.
UNITE = "unite"
#: What caused the commit of an environment that a file told, and nobody saw.
IMPORT = "import"

_ID = re.compile(r"[0-9a-f]{64}")
_OBJECT_NAME = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What one commit on a snapshot branch says.

    ``unobserved`` is why there is no snapshot, whose id is empty then. ``rewritten`` are pairs of the names
    of code commits, old and new: Git made the new one of the old.
    """

    observation: Observation
    unobserved: str = ""
    rewritten: tuple[tuple[str, str], ...] = ()

    @property
    def observed(self) -> bool:
        """Whether an environment was seen then: neither said to be unobservable, nor told a second time."""
        return not self.unobserved and self.observation.trigger != UNITE

    def shows(self, environment: str | None = None) -> bool:
        """Whether an environment was seen then: any, or the one of this name."""
        return self.observed and environment in (None, self.observation.environment)


def sighting_of(commit: str, tree: str, time: str, message: str) -> Sighting | None:
    """What a commit says, None when it is none of ours, whatever its message imitates."""
    said = read_trailers(message)
    first = {key: values[0] for key, values in said.items()}
    snapshot, environment = first.get(SNAPSHOT, ""), first.get(ENVIRONMENT, "default")
    unobserved = "" if snapshot else first.get(UNOBSERVED, "")
    if not (_ID.fullmatch(snapshot) or unobserved) or not is_environment(environment):
        return None
    return Sighting(
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
        unobserved=unobserved,
        rewritten=tuple(
            (old, new)
            for old, _, new in (pair.partition(" ") for pair in said.get(REWRITTEN, ()))
            if _object_name(old) and _object_name(new)
        ),
    )


def _object_name(text: str) -> str | None:
    return text if _OBJECT_NAME.fullmatch(text) else None


def to_line(sighting: Sighting) -> str:
    """A sighting on one line, its parts set apart by NUL: no text of a commit has one, or a line's end."""
    seen = sighting.observation
    return "\0".join(
        (
            seen.commit,
            seen.tree,
            seen.time,
            seen.snapshot,
            seen.environment,
            seen.trigger,
            seen.code_commit or "",
            seen.code_tree or "",
            " ".join(name for pair in sighting.rewritten for name in pair),
            sighting.unobserved,
            seen.summary,
        )
    )


def from_line(line: str) -> Sighting:
    """The sighting that `to_line` wrote."""
    commit, tree, time, snapshot, environment, trigger, code_commit, code_tree, names, unobserved, summary = (
        line.split("\0")
    )
    rewritten = names.split()
    return Sighting(
        observation=Observation(
            snapshot=snapshot,
            environment=environment,
            commit=commit,
            tree=tree,
            time=time,
            summary=summary,
            trigger=trigger,
            code_commit=code_commit or None,
            code_tree=code_tree or None,
        ),
        unobserved=unobserved,
        rewritten=tuple(zip(rewritten[::2], rewritten[1::2], strict=True)),
    )
