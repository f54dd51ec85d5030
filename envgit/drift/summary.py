"""Say a drift in one line: the subject of a snapshot commit, of a log entry, of advice after a checkout.

On the path of every commit, so nothing here loads a library unless settings alone have changed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from envgit.drift.packages import package_changes
from envgit.drift.pieces import Piece, pieces_of
from envgit.drift.sentences import printable
from envgit.drift.settings import differences, python_difference
from envgit.drift.switches import switches
from envgit.model import Drift
from envgit.versions import compare_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envgit.model import Change, Environment

#: Columns of a summary, as Git's own advice for the first line of a commit message.
WIDTH = 72
#: More pieces than can ever fit.
_MOST_PIECES = 16


def summarise(drift: Drift) -> str:
    """A drift in one line of printable characters, at most 72.

    Names as far as it fits what was requested, a product of many parts (``qiime2 and 22 q2* 2018.2 →
    2018.4``), languages, switches, and what else changed, the biggest step first; counts the rest:
    ``+2 −1 ~3`` is two more packages added, one removed, three changed. Settings are named where no
    package changed; a change of the interpreter always is.
    """
    if not drift.changes:
        pieces = [Piece(words=difference.sentence) for difference in drift.differences]
        return _fitted(pieces, lambda named: _more(len(pieces) - len(named))) or "unchanged"

    signs = Counter(map(_sign, drift.changes))

    def counts(named: Sequence[Piece]) -> str:
        left = signs - Counter(_sign(change) for piece in named for change in piece.tells)
        return " ".join(f"{sign}{left[sign]}" for sign in "+−~" if left[sign])

    return _fitted(pieces_of(drift), counts)


def summarise_between(before: Environment, after: Environment) -> str:
    """``summarise(drift(before, after))``, without ordering versions, which takes a library."""
    changes = package_changes(before, after, compare=compare_text)
    settings = python_difference(before, after) if changes else differences(before, after)
    return summarise(Drift(changes=changes, differences=settings, switches=switches(before, after)))


def summarise_environment(environment: Environment) -> str:
    """What an environment holds, in one line: ``42 conda and 7 pip packages, Python 3.11.7``."""
    counts = {"conda": len(environment.conda), "pip": len(environment.additions)}
    layers = [f"{count} {layer}" for layer, count in counts.items() if count]
    noun = "package" if sum(counts.values()) == 1 else "packages"
    line = f"{' and '.join(layers) or 'no'} {noun}"
    return line + (f", Python {printable(environment.python)}" if environment.python else "")


def _sign(change: Change) -> str:
    return {"added": "+", "removed": "−"}.get(change.kind, "~")


def _more(count: int) -> str:
    return f"and {count} more" if count else ""


def _fitted(pieces: Sequence[Piece], rest: Callable[[Sequence[Piece]], str]) -> str:
    """The pieces that fit into the width, in their order, and what ``rest`` says of those left out."""

    def line(named: Sequence[Piece]) -> str:
        return ", ".join(filter(None, [*(printable(piece.words) for piece in named), rest(named)]))

    if not pieces or (len(pieces) <= _MOST_PIECES and len(line(pieces)) <= WIDTH):
        return line(pieces)
    named: list[Piece] = []
    for piece in pieces[:_MOST_PIECES]:
        if len(line([*named, piece])) <= WIDTH:
            named.append(piece)
    if named and named[0] is pieces[0]:
        return line(named)
    left = rest(pieces[:1])
    tail = f"…, {left}" if left else "…"
    return printable(pieces[0].words)[: WIDTH - len(tail)] + tail
