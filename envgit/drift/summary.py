"""Say a drift in one line: the subject of a snapshot commit, of a log entry, of advice after a checkout.

On the path of every commit, so nothing here loads a library unless settings alone have changed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from envgit.drift.packages import package_changes
from envgit.drift.settings import differences, python_difference
from envgit.model import Drift
from envgit.versions import compare_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from envgit.model import Change, Environment

#: Columns of a summary, as Git's own advice for the first line of a commit message.
WIDTH = 72
#: More pieces than can ever fit.
_MOST_PIECES = 16

_LAYER_NAMES = {"conda": "conda", "pypi": "pip"}
#: Changes that are counted rather than named, unless they were asked for or nothing else happened.
_MINOR = frozenset({"added", "removed", "metadata"})
_RANKS = {"moved": 1, "rechanneled": 2, "rebuilt": 3, "added": 4, "removed": 5, "metadata": 6}


def summarise(drift: Drift) -> str:
    """A drift in one line of printable characters, at most 72.

    Names what was requested first, then what else changed as far as it fits, and counts the rest:
    ``+2 −1 ~3`` is two more packages added, one removed, three changed. Settings are named where no
    package changed; a change of the interpreter always is.
    """
    if not drift.changes:
        sentences = [difference.sentence for difference in drift.differences]
        return _fitted(sentences, lambda named: _more(len(sentences) - named)) or "unchanged"
    python = [difference.sentence for difference in drift.differences if difference.subject == "python"]
    changes = sorted(drift.changes, key=_rank)
    nameable = sum(map(_is_notable, changes)) or len(changes)

    def counts(named: int) -> str:
        return _counted(changes[max(0, named - len(python)) :])

    return _fitted([*python, *map(_piece, changes[:nameable])], counts)


def summarise_between(before: Environment, after: Environment) -> str:
    """``summarise(drift(before, after))``, without ordering versions, which takes a library."""
    changes = package_changes(before, after, compare=compare_text)
    settings = python_difference(before, after) if changes else differences(before, after)
    return summarise(Drift(changes=changes, differences=settings))


def summarise_environment(environment: Environment) -> str:
    """What an environment holds, in one line: ``42 conda and 7 pip packages, Python 3.11.7``."""
    counts = {"conda": len(environment.conda), "pip": len(environment.additions)}
    layers = [f"{count} {layer}" for layer, count in counts.items() if count]
    noun = "package" if sum(counts.values()) == 1 else "packages"
    line = f"{' and '.join(layers) or 'no'} {noun}"
    return line + (f", Python {printable(environment.python)}" if environment.python else "")


def printable(text: str) -> str:
    r"""Text in which control, bidirectional and other invisible characters show as escapes (``\x1b``).

    Names and versions can come from a stranger's snapshot: no terminal may obey them, and no line
    of them may pass for a trailer of a commit message.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _is_notable(change: Change) -> bool:
    return change.requested or change.kind not in _MINOR


def _rank(change: Change) -> tuple[bool, bool, bool, int, str, str]:
    other_version = _versions(change) is not None
    rank = 0 if other_version else _RANKS.get(change.kind, 0)
    is_python = change.name == "python" and other_version
    return (not _is_notable(change), not change.requested, not is_python, rank, change.layer, change.name)


def _versions(change: Change) -> tuple[str, str] | None:
    """Both versions of a package that stayed where it is and has another version."""
    if change.kind == "moved" or not change.before or not change.after:
        return None
    versions = change.before.version, change.after.version
    return versions if all(versions) and versions[0] != versions[1] else None


def _piece(change: Change) -> str:
    versions = _versions(change)
    if versions:
        return f"{change.name} {versions[0]} → {versions[1]}"
    if change.kind == "added" and change.after:
        return f"+{change.name} {change.after.version}".rstrip()
    if change.kind == "removed":
        return f"−{change.name}"
    if change.kind == "moved":
        return f"{change.name} moved to {_LAYER_NAMES[change.layer]}"
    if change.kind == "rechanneled" and change.after:
        return f"{change.name} now from {change.after.channel}"
    return f"{change.name} metadata patched" if change.kind == "metadata" else f"{change.name} {change.kind}"


def _counted(changes: Sequence[Change]) -> str:
    signs = Counter({"added": "+", "removed": "−"}.get(change.kind, "~") for change in changes)
    return " ".join(f"{sign}{signs[sign]}" for sign in "+−~" if signs[sign])


def _more(count: int) -> str:
    return f"and {count} more" if count else ""


def _fitted(pieces: Sequence[str], rest: Callable[[int], str]) -> str:
    """As many pieces as fit into the width, followed by what ``rest`` says of those left out."""
    shown = [printable(piece) for piece in pieces[:_MOST_PIECES]]
    for named in range(len(shown), 0, -1):
        line = ", ".join(filter(None, [*shown[:named], rest(named)]))
        if len(line) <= WIDTH:
            return line
    if not shown:
        return ""
    tail = f"…, {rest(1)}" if rest(1) else "…"
    return shown[0][: WIDTH - len(tail)] + tail
