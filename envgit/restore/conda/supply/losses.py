"""What is said of package files that cannot be had: a short line for each, and what may help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from envgit.errors import ArtifactUnavailable, IntegrityError
from envgit.redact import redact_text
from envgit.restore.faults import OTHER_CACHE, refused_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from envgit.errors import RestoreFailed
    from envgit.restore.conda.job import Artifact, Route

#: So many files that cannot be had are named; what else there is to fetch is given up then.
MOST = 20

_STATUS = re.compile(r"HTTP status \w+ error \((?P<status>(?P<code>\d{3})[^)]*)\)")
_URL = re.compile(r" for url \([^)]*\)")
_UNKNOWN_USER = frozenset({"401", "403", "407"})

_LOGIN = "if it wants a password: one in ~/.netrc is shown to the host, and those of `pixi auth login`"
_SPOILT = "a file with other bytes was replaced, or damaged on the way"
ELSEWHERE = (
    "an archive or a mirror may have what was recorded: git config --add envgit.archive PLACE, or "
    "git config --add envgit.mirror '<canonical URL> <mirror URL>'"
)
_STAND_IN = "to let another build or version stand in: envgit checkout --allow-substitutes"


def status_of(reason: str) -> str:
    """The HTTP status that the client names as a reason, empty where it names none."""
    refusal = _STATUS.search(reason)
    return refusal["code"] if refusal else ""


def short(reason: str) -> str:
    """What the client says, without what was asked for: that is said beside it."""
    refusal = _STATUS.search(reason)
    return redact_text(refusal["status"] if refusal else _URL.sub("", reason))


def unavailable(artifact: Artifact, route: Route, reason: str) -> RestoreFailed:
    """The error for a file that cannot be had by one route."""
    full = refused_to("the downloader", reason, artifact.local, forbidden=OTHER_CACHE)
    return full or ArtifactUnavailable(
        f"{artifact.label} cannot be had from {route.place}: {short(reason)}",
        hint=_LOGIN if status_of(reason) in _UNKNOWN_USER else "",
    )


def spoilt(artifact: Artifact, route: Route, difference: str) -> IntegrityError:
    """The error for a file that one route has with other bytes."""
    return IntegrityError(
        f"{artifact.label} from {route.place} is not what was recorded: {difference}", hint=_SPOILT
    )


def of_one(artifact: Artifact, failures: Sequence[RestoreFailed]) -> RestoreFailed:
    """One error for all routes to a file. Wrong bytes are worse than none, and are what is told first."""
    if not failures:
        error: RestoreFailed = ArtifactUnavailable(
            f"{artifact.label} is not in the package cache, and its URL needs the network: {artifact.url}",
            hint="try again without --offline",
        )
    else:
        worst = next((one for one in failures if isinstance(one, IntegrityError)), failures[-1])
        others = [one.message for one in failures if one is not worst]
        hints = [one.hint for one in failures if one.hint]
        hints += [ELSEWHERE] if artifact.twins else [ELSEWHERE, _STAND_IN]
        error = type(worst)("\n  ".join([worst.message, *others]), hint="\n".join(dict.fromkeys(hints)))
    found = "is not the file that can be had" if isinstance(error, IntegrityError) else "cannot be had"
    error.lost = {artifact.name: f"the recorded file {found}"}
    return error


def of_all(losses: Sequence[RestoreFailed]) -> RestoreFailed:
    """One error for all files that cannot be had, each given by :func:`of_one`."""
    if len(losses) == 1:
        return losses[0]
    kind = next((type(one) for one in losses if isinstance(one, IntegrityError)), ArtifactUnavailable)
    count = f"at least {len(losses)}" if len(losses) >= MOST else f"{len(losses)}"
    told = sorted(one.message.partition("\n")[0] for one in losses)
    hints = dict.fromkeys(line for one in losses for line in one.hint.split("\n"))
    error = kind("\n  ".join([f"{count} packages cannot be had:", *told]), hint="\n".join(hints))
    error.lost = {name: why for one in losses for name, why in one.lost.items()}
    return error
